"""Registration for programs and scripts."""

from __future__ import annotations

from pydantic import BaseModel, Field, SecretStr

from webapp.access.guards import PUBLIC_API
from webapp.accounts.errors import UsernameTaken
from webapp.accounts.password_errors import PasswordWorkBusy, UnacceptablePassword
from webapp.joining import flow
from webapp.joining.errors import RegistrationClosed, SetupRequired
from webapp.web.json_bodies import JsonBody
from webapp.web.limits import joining_view
from webapp.web.versions import Api

api = Api("joining")


class RegisterBody(JsonBody):
    """A name, an address and a password."""

    username: str = Field(max_length=254)
    email: str = Field(max_length=254)
    password: SecretStr = Field(max_length=1000)


class RegisterAnswer(BaseModel):
    """Accepted; the same whether or not somebody else owns the address."""

    message: str


@api.add(
    "POST",
    "/register",
    access=PUBLIC_API,
    accepts=RegisterBody,
    answers={202: RegisterAnswer},
    problems=(SetupRequired, RegistrationClosed, UsernameTaken, UnacceptablePassword, PasswordWorkBusy),
    limits=joining_view,
    writes_late=True,
)
def register(body: RegisterBody) -> RegisterAnswer:
    """Make an account with a claimed, not yet verified address."""
    flow.register(body.username, body.email, body.password.get_secret_value())
    return RegisterAnswer(message="Your account is ready. Sign in to begin.")
