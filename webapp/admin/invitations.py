"""What administrators do with invitations: make them, look at the open ones, take them back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from webapp.accounts import service as accounts
from webapp.accounts.addresses import find_owner
from webapp.accounts.errors import AddressTaken
from webapp.accounts.names import require_address
from webapp.admin import invitation_store as store
from webapp.admin.store import names_of
from webapp.config import current_settings
from webapp.core import clock
from webapp.core.errors import Conflict, InvalidInput
from webapp.core.event_names import EventName
from webapp.infra.audit import record_event
from webapp.infra.outbox import queue_letter
from webapp.joining.invitations import invitation_in, make_invitation
from webapp.joining.mails import invitation_letter

if TYPE_CHECKING:
    from collections.abc import Iterable


class InvitationOver(Conflict):
    """It was accepted, taken back or outlived meanwhile."""

    code = "invitation_over"
    message = "This invitation is open no more: it was accepted, taken back or is too old."


@dataclass(frozen=True, slots=True)
class Invited:
    """A new invitation; `token` is there to be shown, once, where no mail is."""

    address: str
    token: str | None


@dataclass(frozen=True, slots=True)
class OpenInvitation:
    """An invitation that can still be accepted, in the words of the list."""

    id: str
    address: str
    roles: tuple[str, ...]
    inviter: str
    created_at: datetime
    expires_at: datetime


def invite(email: str, roles: Iterable[str], *, actor_id: str) -> Invited:
    """Invite whoever reads mail at this address; an open invitation for it is taken back.

    Raises InvalidInput for an address that is none or a role that is none, AddressTaken.
    """
    address = require_address(email)
    wanted = sorted(set(roles))
    unknown = set(wanted) - set(accounts.list_role_names())
    if unknown:
        raise InvalidInput(fields={"roles": f"There is no role named {min(unknown)[:40]}."})
    # One after the other, so that two for one address do not both stay open.
    inviter = accounts.hold_account(actor_id)
    if find_owner(address.key) is not None:
        raise AddressTaken(fields={"email": "Another account has verified this address."})
    for each in store.list_open_at(address.key, clock.now()):
        _take_back(each, actor_id)
    token = make_invitation(address, wanted, actor_id)
    record_event(
        EventName.INVITATION_MADE,
        actor_id=actor_id,
        detail={"address": address.written, "roles": wanted},
    )
    if not current_settings().sends_mail:
        return Invited(address.written, token)
    extra = [each for each in wanted if each != accounts.USER]
    letter = invitation_letter(inviter.display_name, address.written, extra, token)
    queue_letter("invitation", address.written, letter)
    return Invited(address.written, None)


def list_open_invitations() -> list[OpenInvitation]:
    """Those that can still be accepted, newest first."""
    found = [(each, invitation_in(each.link)) for each in store.list_open(clock.now())]
    names = names_of({invitation.inviter_id for _, invitation in found})
    return [
        OpenInvitation(
            each.link.id,
            invitation.address,
            invitation.roles,
            names.get(invitation.inviter_id, "a deleted account"),
            each.created_at,
            each.expires_at,
        )
        for each, invitation in found
    ]


def take_back(invitation_id: str, *, actor_id: str) -> str:
    """Let an invitation open nothing any more; whose it was. Raises InvitationOver."""
    found = store.find_open(invitation_id, clock.now())
    if found is None or not _take_back(found, actor_id):
        raise InvitationOver
    return invitation_in(found.link).address


def _take_back(found: store.OpenLink, actor_id: str) -> bool:
    is_taken = store.take_back(found.link.id, clock.now())
    if is_taken:
        detail = {"address": invitation_in(found.link).address}
        record_event(EventName.INVITATION_REVOKED, actor_id=actor_id, detail=detail)
    return is_taken
