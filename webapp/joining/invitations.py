"""Invitations: an administrator names an address and its roles; whoever reads the letter there makes the account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from webapp.accounts import service as accounts
from webapp.accounts import store as account_store
from webapp.accounts.addresses import find_owner
from webapp.accounts.errors import AccountNotFound, AddressTaken
from webapp.accounts.names import address_key
from webapp.core.event_names import EventName
from webapp.infra.audit import record_event
from webapp.infra.links import LinkUnusable, get_link, make_link, spend_link
from webapp.joining.flow import create_person

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.accounts.models import Account
    from webapp.accounts.names import Address
    from webapp.infra.links import Link

INVITATION_LIFETIME: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Invitation:
    """Who may join, with which roles, and who says so."""

    address: str
    roles: tuple[str, ...]
    inviter_id: str


def make_invitation(address: Address, roles: Sequence[str], inviter_id: str) -> str:
    """The token of a new invitation."""
    detail = {"address": address.written, "roles": sorted(set(roles)), "inviter": inviter_id}
    return make_link("invitation", None, INVITATION_LIFETIME, detail=detail, replaces=False)


def invitation_in(link: Link) -> Invitation:
    """What a link of that purpose says."""
    return Invitation(
        str(link.detail["address"]),
        tuple(str(each) for each in link.detail["roles"]),
        str(link.detail["inviter"]),
    )


def get_invitation(token: str) -> Invitation:
    """The invitation, if it holds now. Spends nothing. Raises LinkUnusable (`reason` also taken, withdrawn)."""
    return _require_good(get_link("invitation", token))


def accept_invitation(token: str, username: str, password: str) -> Account:
    """A new account with the invited address, verified by the link, and the roles given.

    Raises LinkUnusable, InvalidInput, UsernameTaken, UnacceptablePassword, PasswordWorkBusy.
    """
    invitation = get_invitation(token)

    def spend() -> None:
        # Whoever makes an address theirs waits here for everybody else who does.
        account_store.hold_administrators()
        link = get_link("invitation", token)
        _require_good(link)
        spend_link(link)

    roles = {accounts.USER, *invitation.roles}
    try:
        account = create_person(
            username, invitation.address, password, roles=roles, is_verified=True, spend=spend
        )
    except AddressTaken:
        raise LinkUnusable(reason="taken") from None
    record_event(EventName.INVITATION_ACCEPTED, account_id=account.id)
    return account


def _require_good(link: Link) -> Invitation:
    invitation = invitation_in(link)
    if find_owner(address_key(invitation.address) or "") is not None:
        raise LinkUnusable(reason="taken")
    # Roles are given by whoever may give them now: an administrator who is one no more leaves no doors open behind.
    try:
        inviter = accounts.get_account(invitation.inviter_id)
    except AccountNotFound:
        raise LinkUnusable(reason="withdrawn") from None
    if inviter.is_shut or "admin:write" not in inviter.scopes:
        raise LinkUnusable(reason="withdrawn")
    # Whoever was in an administrator's account may have let friends in.
    if inviter.secured_at is not None and link.created_at <= inviter.secured_at:
        raise LinkUnusable(reason="withdrawn")
    return invitation
