"""By which words an account is found: its username, its name, its addresses, alike however they are written.

They follow every change that goes through the session. A statement that goes past its objects (`insert`, `update`,
`delete` of whole sets) has to be followed by `renew`.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import event, inspect
from sqlalchemy.orm.attributes import set_committed_value

from webapp.accounts import search_store as store
from webapp.accounts.models import Account, EmailAddress
from webapp.infra.database import db

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from sqlalchemy.orm import Session

BATCH: Final = 500
_NAMES: Final = ("username", "display_name")
_ADDRESS: Final = ("account_id", "address", "address_key", "verified_at")


def fold(text: str) -> str:
    """The same for every way to write it: small letters, composed, single spaces, nothing that no column holds."""
    sound = text.replace("\x00", "").encode("utf-8", "replace").decode()
    return unicodedata.normalize("NFC", " ".join(unicodedata.normalize("NFC", sound).casefold().split()))


def text_of(*lines: str) -> str:
    """What is kept for an account with these names and addresses. Whatever is folded and in it finds the account."""
    return "\n".join(dict.fromkeys(map(fold, lines)))


def renew(account_ids: Iterable[str], session: Session | None = None) -> None:
    """Make words and `verified_at` of these accounts anew from what the database holds now."""
    session = session or db.session()
    ids = sorted(set(account_ids))
    for start in range(0, len(ids), BATCH):
        _renew_batch(session, ids[start : start + BATCH])


def are_texts_dated() -> bool:
    """Whether all words lie in the order of their accounts. What a release before wrote does not, for some minutes."""
    return not store.list_undated(1)


def date_texts(most: int) -> int:
    """Complete so many rows that a release before wrote; how many were."""
    return store.date_texts(most)


def _renew_batch(session: Session, ids: list[str]) -> None:
    names = store.read_names(session, ids)
    lines = {each.account_id: [each.username, each.display_name] for each in names}
    verified: dict[str, datetime | None] = dict.fromkeys(lines)
    for key, address, address_key, moment in store.read_addresses(session, ids):
        if key in lines:
            lines[key] += [address, address_key]
            verified[key] = min(filter(None, (verified[key], moment)), default=None)
    texts = {each.account_id: (text_of(*lines[each.account_id]), each.created_at) for each in names}
    store.keep_texts(session, texts)
    moved = {
        each.account_id: verified[each.account_id]
        for each in names
        if each.verified_at != verified[each.account_id]
    }
    store.keep_verified(session, moved)
    for each in session.identity_map.values():
        if isinstance(each, Account) and each.id in moved:
            set_committed_value(each, "verified_at", moved[each.id])


def _follow(session: Session, _context: object) -> None:
    touched = set(_touched(session))
    if touched:
        renew(touched, session)


def _touched(session: Session) -> Iterator[str]:
    for each in (*session.new, *session.deleted):
        if isinstance(each, Account):
            yield each.id
        elif isinstance(each, EmailAddress):
            yield each.account_id
    for each in session.dirty:
        if isinstance(each, Account) and _is_changed(each, _NAMES):
            yield each.id
        elif isinstance(each, EmailAddress) and _is_changed(each, _ADDRESS):
            yield each.account_id


def _is_changed(row: object, names: tuple[str, ...]) -> bool:
    attributes: Any = inspect(row)
    return any(attributes.attrs[name].history.has_changes() for name in names)


# After the statements of a flush, before it is over: what was changed is still known, and the database holds it.
event.listen(db.session, "after_flush", _follow)
