"""A person's own account, for their front end."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from webapp.access.guards import bearer
from webapp.access.visitor import caller
from webapp.accounts import service as accounts
from webapp.accounts.password_errors import PasswordWorkBusy, UnacceptablePassword
from webapp.core.errors import InvalidInput
from webapp.factors.passkey_errors import PasskeyRefused
from webapp.profile.service import change_password
from webapp.sessions.errors import ProofNeeded, ProofRefused
from webapp.sessions.standing import PROOF_LIFETIME
from webapp.signin import proof
from webapp.signin.answers import device_of_request
from webapp.signin.errors import SecondFactorNeeded
from webapp.signin.proof import ProofMethod
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
    """The present password, with a code where a second factor is enrolled; or what a passkey answered."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    password: SecretStr | None = Field(default=None, max_length=1000)
    mfaCode: SecretStr | None = Field(default=None, max_length=60)  # noqa: N815 - the name in the contract
    credential: dict[str, Any] | None = None


class ProofAnswer(BaseModel):
    """By what this person can prove who they are, and until when the last proof counts, if it still does."""

    methods: list[ProofMethod]
    fresh_until: datetime | None
    # The password alone is no proof.
    needs_code: bool


class ProofOptionsAnswer(BaseModel):
    """PublicKeyCredentialRequestOptionsJSON (Web Authentication Level 3, section 5.1.9), good for five minutes."""

    options: dict[str, Any]


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


@api.add("GET", "/proof", access=bearer(), answers={200: ProofAnswer})
def read_proof() -> ProofAnswer:
    """What a fresh proof takes, and whether there is one."""
    standing = caller()
    return ProofAnswer(
        methods=list(proof.methods_for_proof(standing.account_id)),
        fresh_until=standing.proved_at + PROOF_LIFETIME if standing.is_freshly_proved else None,
        needs_code=proof.needs_code(standing.account),
    )


@api.add(
    "POST",
    "/proof/options",
    access=bearer(),
    answers={200: ProofOptionsAnswer},
    problems=(PasskeyRefused,),
    limits=auth_view,
)
def begin_passkey_proof() -> ProofOptionsAnswer:
    """What the browser asks this person's passkeys with."""
    return ProofOptionsAnswer(options=proof.passkey_options(caller()))


@api.add(
    "POST",
    "/proof",
    access=bearer(),
    accepts=ProofBody,
    answers={204: None},
    problems=(ProofRefused, SecondFactorNeeded, PasskeyRefused, InvalidInput, PasswordWorkBusy),
    limits=auth_view,
    writes_late=True,
)
def send_proof(body: ProofBody) -> None:
    """Prove again who you are; good for the next 10 minutes of this session."""
    if (body.password is None) == (body.credential is None):
        raise InvalidInput(fields={"password": "Send either a password or the credential of a passkey."})
    try:
        proof.prove(
            caller(),
            password=body.password.get_secret_value() if body.password is not None else None,
            code=body.mfaCode.get_secret_value() if body.mfaCode is not None else None,
            credential=body.credential,
            device=device_of_request(),
        )
    except (ProofRefused, SecondFactorNeeded) as problem:
        # Under the name that the value has in this body.
        said = problem.fields or {}
        problem.fields = {"mfaCode" if name == "code" else name: each for name, each in said.items()}
        raise


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
