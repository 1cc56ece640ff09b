"""A person's own address, for their front end."""

from __future__ import annotations

from pydantic import BaseModel, Field

from webapp.access.guards import bearer
from webapp.access.visitor import caller
from webapp.config import current_settings
from webapp.core.errors import InvalidInput
from webapp.infra.throttle import TooManyAttempts
from webapp.joining.errors import MailOff, NothingToVerify
from webapp.joining.verification import send_again
from webapp.profile import addresses
from webapp.sessions.errors import ProofNeeded
from webapp.web.json_bodies import JsonBody
from webapp.web.limits import auth_view
from webapp.web.versions import Api

api = Api("addresses")
_SENT = "A letter is on its way to {}. Open the link in it to verify the address."


class EmailBody(JsonBody):
    """Another address."""

    email: str = Field(max_length=254)


class LetterAnswer(BaseModel):
    """Accepted; the same whether or not somebody else owns the address."""

    message: str


@api.add(
    "POST",
    "/email",
    access=bearer(),
    accepts=EmailBody,
    answers={202: LetterAnswer},
    problems=(ProofNeeded, InvalidInput, TooManyAttempts),
    limits=auth_view,
    writes_late=True,
)
def send_email(body: EmailBody) -> LetterAnswer:
    """Give another address; the present one stays until the link sent there is confirmed. Needs a fresh proof."""
    address = addresses.request_change(caller(), body.email)
    if not current_settings().sends_mail:
        return LetterAnswer(message=f"{address} is noted. Ask an administrator for a link that verifies it.")
    return LetterAnswer(message=_SENT.format(address))


@api.add("DELETE", "/email", access=bearer(), answers={204: None})
def drop_email() -> None:
    """Forget the address that waits for its verification beside a verified one. Repeating it is harmless."""
    addresses.drop_change(caller())


@api.add(
    "POST",
    "/email/verification",
    access=bearer(),
    answers={202: LetterAnswer},
    problems=(NothingToVerify, MailOff, TooManyAttempts),
    limits=auth_view,
    writes_late=True,
)
def send_letter_again() -> LetterAnswer:
    """Have the letter to the address that waits sent once more; the link in the former one stops working."""
    return LetterAnswer(message=_SENT.format(send_again(caller().account_id)))
