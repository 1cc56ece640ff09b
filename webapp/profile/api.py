"""A person's own account, for their front end."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field, SecretStr

from webapp.access.guards import bearer
from webapp.access.visitor import caller
from webapp.accounts import service as accounts
from webapp.accounts.password_errors import PasswordWorkBusy, UnacceptablePassword
from webapp.core.errors import InvalidInput
from webapp.profile.service import change_password
from webapp.sessions.errors import ProofNeeded, ProofRefused
from webapp.sessions.proof import prove
from webapp.web.json_bodies import JsonBody
from webapp.web.limits import auth_view
from webapp.web.versions import Api

api = Api("profile")


class UserAnswer(BaseModel):
    """Who the token speaks for."""

    id: str
    username: str


class ProtectedAnswer(BaseModel):
    """Proof that a protected call went through."""

    message: str
    user: UserAnswer


class ProfileAnswer(BaseModel):
    """What is known about the person, for the person."""

    id: str
    username: str
    display_name: str
    email: str | None
    email_verified: bool
    # An address given and not verified yet, beside the one in use.
    pending_email: str | None
    has_second_factor: bool
    # A role held asks for a second factor that is not there: until then only the profile is open.
    second_factor_required: bool
    deletion_due_at: datetime | None
    roles: list[str]
    created_at: datetime
    password_changed_at: datetime | None
    last_signed_in_at: datetime | None


class ProfileBody(JsonBody):
    """What a person may change about themselves here."""

    display_name: str = Field(max_length=400)


class PasswordBody(JsonBody):
    """A new password."""

    password: SecretStr = Field(max_length=1000)


class ProofBody(JsonBody):
    """The present password."""

    password: SecretStr = Field(max_length=1000)


@api.add("GET", "/protected", access=bearer(), answers={200: ProtectedAnswer})
def protected() -> ProtectedAnswer:
    """A protected call that every valid token may make."""
    standing = caller()
    user = UserAnswer(id=standing.account_id, username=standing.username)
    return ProtectedAnswer(message=f"Hello, {standing.display_name}. Your access token is valid.", user=user)


@api.add("GET", "/profile", access=bearer("read:profile"), answers={200: ProfileAnswer})
def read_profile() -> ProfileAnswer:
    """The person's own account."""
    return _profile()


@api.add(
    "PATCH",
    "/profile",
    access=bearer("write:profile"),
    accepts=ProfileBody,
    answers={200: ProfileAnswer},
    problems=(InvalidInput,),
)
def change_profile(body: ProfileBody) -> ProfileAnswer:
    """Change the name shown."""
    account = caller().account
    accounts.rename(account, body.display_name, actor_id=account.id)
    return _profile()


@api.add(
    "POST",
    "/password",
    access=bearer(),
    accepts=PasswordBody,
    answers={204: None},
    problems=(ProofNeeded, UnacceptablePassword, PasswordWorkBusy),
    limits=auth_view,
    writes_late=True,
)
def send_password(body: PasswordBody) -> None:
    """Choose a new password; every other session ends. Needs a fresh proof."""
    change_password(caller(), body.password.get_secret_value())


@api.add(
    "POST",
    "/proof",
    access=bearer(),
    accepts=ProofBody,
    answers={204: None},
    problems=(ProofRefused, PasswordWorkBusy),
    limits=auth_view,
    writes_late=True,
)
def send_proof(body: ProofBody) -> None:
    """Prove again who you are; good for the next 10 minutes of this session."""
    prove(caller(), body.password.get_secret_value())


def _profile() -> ProfileAnswer:
    account = caller().account
    email = account.email
    pending = next((each for each in account.emails if each is not email and each.verified_at is None), None)
    return ProfileAnswer(
        id=account.id,
        username=account.username,
        display_name=account.display_name,
        email=email.address if email else None,
        email_verified=bool(email and email.verified_at),
        pending_email=pending.address if pending else None,
        has_second_factor=account.second_factor_since is not None,
        second_factor_required=account.lacks_required_factor,
        deletion_due_at=account.deletion_due_at,
        roles=account.role_names,
        created_at=account.created_at,
        password_changed_at=account.password_changed_at,
        last_signed_in_at=account.last_signed_in_at,
    )
