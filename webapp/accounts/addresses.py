"""Addresses of an account: claimed, confirmed, replaced by another, put back.

A claim reserves nothing. A verified address is one account's alone, and stays so for a week after it was replaced,
so that nobody can take it while its owner may still undo the change.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from webapp.accounts import address_store, store
from webapp.accounts.errors import AddressTaken
from webapp.accounts.models import Account, EmailAddress, FormerAddress
from webapp.core import clock
from webapp.core.opaque import new_id
from webapp.infra.database import db

if TYPE_CHECKING:
    from webapp.accounts.address_store import Owner
    from webapp.accounts.names import Address

FORMER_KEPT: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Replaced:
    """A verified address that made room for another, and the id under which it is kept."""

    id: str
    address: str


def pending_claim(account: Account) -> EmailAddress | None:
    """The address given and not verified yet."""
    return next((each for each in reversed(account.emails) if each.verified_at is None), None)


def verified_address(account: Account) -> EmailAddress | None:
    """The address that is proven to be theirs."""
    return next((each for each in account.emails if each.verified_at is not None), None)


def find_owner(key: str, *, besides: str | None = None) -> Owner | None:
    """Whose the address is, or was until lately; None when anybody may still make it theirs."""
    return address_store.find_owner(key, clock.now(), besides=besides)


def find_first_claimant(key: str) -> str | None:
    """The account that gave the address before all others that have yet to verify it."""
    return address_store.find_first_claimant(key)


def claim_address(account: Account, address: Address) -> EmailAddress:
    """Note an address to be verified, in place of any other that still is to be."""
    drop_claim(account)
    claim = EmailAddress(
        id=new_id(),
        account_id=account.id,
        address=address.written,
        address_key=address.key,
        created_at=clock.now(),
    )
    db.session.add(claim)
    _reload(account)
    return claim


def drop_claim(account: Account) -> None:
    """Forget what is not verified yet."""
    address_store.delete_addresses(account.id, unverified_only=True)
    _reload(account)


def confirm_claim(account: Account, claim: EmailAddress) -> Replaced | None:
    """The claimed address is theirs from now on, and the only one; what it replaced is kept for a week.

    Call it while the account is held. Raises AddressTaken, also when another claim to it was confirmed at once.
    """
    key, moment = claim.address_key, clock.now()
    is_standing = claim in store.hold_claims(key)
    if not is_standing or find_owner(key, besides=account.id) is not None:
        raise AddressTaken
    store.drop_other_claims(key, account.id)
    # Somebody's week may be over without maintenance having come by; and an address taken back is former no more.
    address_store.forget_former(key)
    replaced = verified_address(account)
    kept = None
    if replaced is not None:
        kept = _keep(replaced)
    claim.verified_at = moment
    account.version += 1
    db.session.flush()
    address_store.delete_addresses(account.id, besides=claim.id)
    _reload(account)
    return kept


def find_kept(former_id: str, account_id: str) -> FormerAddress | None:
    """An address the account had, while it may be put back."""
    former = address_store.find_former(former_id, account_id)
    return former if former is not None and former.kept_until > clock.now() else None


def put_back(account: Account, former: FormerAddress) -> list[str]:
    """The former address is theirs again, and every other is gone.

    Returns the ids of what was kept since then: whoever changed the address has no say in it by a later one. What was
    replaced before stays, so that its owner can still go back further.
    """
    address = EmailAddress(
        id=new_id(),
        account_id=account.id,
        address=former.address,
        address_key=former.address_key,
        created_at=clock.now(),
        verified_at=clock.now(),
    )
    voided = address_store.forget_former_since(account.id, former.replaced_at)
    store.drop_other_claims(address.address_key, account.id)
    address_store.delete_addresses(account.id)
    db.session.add(address)
    account.version += 1
    _reload(account)
    return voided


def forget_former_addresses(most: int) -> int:
    """Delete so many former addresses that are kept no longer; how many were."""
    return address_store.forget_kept_too_long(clock.now(), most)


def _keep(replaced: EmailAddress) -> Replaced:
    moment = clock.now()
    address_store.forget_former(replaced.address_key)
    former = FormerAddress(
        id=new_id(),
        account_id=replaced.account_id,
        address=replaced.address,
        address_key=replaced.address_key,
        replaced_at=moment,
        kept_until=moment + FORMER_KEPT,
    )
    db.session.add(former)
    return Replaced(former.id, former.address)


def _reload(account: Account) -> None:
    db.session.flush()
    db.session.expire(account, ["emails"])
