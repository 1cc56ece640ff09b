"""Accounts from another system: names, addresses and bcrypt hashes, checked whole before they are stored.

An import may be repeated: who came with an earlier one, name and hash alike, is passed over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.exc import IntegrityError

from webapp.accounts import import_store
from webapp.accounts.import_records import HASH, ImportUnreadable, Record, read_records
from webapp.accounts.imported_hashes import cost_of_hash
from webapp.accounts.locks import LONGEST_REASON
from webapp.accounts.names import (
    Address,
    require_address,
    require_display_name,
    require_username,
    username_key,
)
from webapp.accounts.password_hashing import PasswordHasher
from webapp.accounts.service import USER
from webapp.config import current_settings
from webapp.core import clock
from webapp.core.errors import Conflict, InvalidInput
from webapp.core.event_names import EventName
from webapp.core.opaque import new_id
from webapp.core.parts import part
from webapp.infra.audit import record_event

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

__all__ = [
    "BATCH",
    "Doubles",
    "ImportOverlapped",
    "ImportUnreadable",
    "ImportedAccount",
    "LineFault",
    "Record",
]
BATCH: Final = 500
_LONGEST_ROLE: Final = 40
_BETWEEN_ROLES: Final = re.compile(r"[\s;,]+")
_YES: Final = frozenset({"true", "yes", "1"})
_NO: Final = frozenset({"false", "no", "0", ""})


class ImportOverlapped(Conflict):
    """Somebody else took a name or an address of the batch between its check and its storing."""

    code = "import_overlapped"
    message = (
        "Somebody took one of these names or addresses meanwhile. Run the import again: "
        "accounts that are stored already are passed over."
    )


@dataclass(frozen=True, slots=True)
class ImportedAccount:
    """One line that can be stored, as far as the line itself tells. Without a hash, its owner chooses a password.

    `roles` is empty where the line says nothing of them, `lock_reason` None where the account is to be open.
    """

    line: int
    username: str
    address: Address
    display_name: str
    password_hash: str | None = field(repr=False)
    is_verified: bool
    roles: tuple[str, ...] = ()
    lock_reason: str | None = None


@dataclass(frozen=True, slots=True)
class LineFault:
    """What is wrong with a line, and what to do about it. Never says the hash."""

    line: int
    sentence: str


def read_accounts(
    lines: Iterable[str], *, needs_hashes: bool = True
) -> Iterator[ImportedAccount | LineFault]:
    """Every record of a file, in order. Raises ImportUnreadable for one that cannot be understood at all."""
    return map(read_account, read_records(lines, needs_hashes=needs_hashes))


class Doubles:
    """Notices names, and verified addresses, that come twice in one file."""

    def __init__(self) -> None:
        self._names: dict[str, int] = {}
        self._addresses: dict[str, int] = {}

    def find_fault(self, account: ImportedAccount) -> LineFault | None:
        """The fault of a line that repeats an earlier one."""
        earlier = self._names.setdefault(username_key(account.username), account.line)
        if earlier != account.line:
            return LineFault(account.line, f"The username {account.username} is on line {earlier} already.")
        if account.is_verified:
            earlier = self._addresses.setdefault(account.address.key, account.line)
            if earlier != account.line:
                return LineFault(account.line, f"The verified address is on line {earlier} already.")
        return None


def sort_out(
    accounts: Sequence[ImportedAccount],
) -> tuple[list[ImportedAccount], list[LineFault], list[ImportedAccount]]:
    """Which of a batch are new, what keeps others from being stored, and which came with an earlier import."""
    there = import_store.find_accounts([username_key(each.username) for each in accounts])
    owners = import_store.find_owners([each.address.key for each in accounts if each.is_verified])
    roles = import_store.find_roles() if any(each.roles for each in accounts) else set()
    new, faults, known = [], [], []
    for each in accounts:
        present = there.get(username_key(each.username))
        unknown = [name for name in each.roles if name not in roles]
        if present is not None and _is_same(each, present):
            known.append(each)
        elif present is not None:
            faults.append(LineFault(each.line, f"The username {each.username} is taken."))
        elif each.is_verified and each.address.key in owners:
            faults.append(LineFault(each.line, "Another account has verified this address."))
        elif unknown:
            faults.append(LineFault(each.line, f"There is no role {unknown[0][:_LONGEST_ROLE]}."))
        else:
            new.append(each)
    return new, faults, known


def _is_same(account: ImportedAccount, present: import_store.PresentAccount) -> bool:
    """Whether it came with an earlier import: by its hash, or where there is none, by its address."""
    if account.password_hash is None:
        return account.address.key in present.address_keys
    return part(PasswordHasher).came_from(account.password_hash, present.stored)


def store_accounts(accounts: Sequence[ImportedAccount], *, actor_id: str | None = None) -> None:
    """Store what `sort_out` found new, in the present unit; without roles of its own, each has the role `user`.

    Raises ImportOverlapped.
    """
    hasher, moment = part(PasswordHasher), clock.now()
    ids = [new_id() for _ in accounts]
    rows: list[dict[str, Any]] = [
        {
            "id": account_id,
            "username": each.username,
            "username_key": username_key(each.username),
            "display_name": each.display_name,
            "password": None if each.password_hash is None else hasher.wrap(each.password_hash),
            "created_at": moment,
            "address": each.address,
            "verified_at": moment if each.is_verified else None,
            "roles": each.roles or (USER,),
            "locked_at": None if each.lock_reason is None else moment,
            "lock_reason": each.lock_reason,
        }
        for account_id, each in zip(ids, accounts, strict=True)
    ]
    try:
        import_store.add_accounts(rows)
    except IntegrityError:
        raise ImportOverlapped from None
    for row in rows:
        detail: dict[str, object] = {"roles": sorted(row["roles"]), "imported": True}
        record_event(EventName.ACCOUNT_CREATED, account_id=row["id"], actor_id=actor_id, detail=detail)
        if row["locked_at"]:
            reason = {"reason": row["lock_reason"], "imported": True}
            record_event(EventName.ACCOUNT_LOCKED, account_id=row["id"], actor_id=actor_id, detail=reason)


def note_import(count: int, *, actor_id: str | None = None) -> None:
    """Record that an import is done."""
    record_event(EventName.ACCOUNTS_IMPORTED, actor_id=actor_id, detail={"count": count})


def read_account(record: Record) -> ImportedAccount | LineFault:
    """What a record says, checked as far as it can be by itself."""
    line, values = record.number, record.values
    if record.fault:
        return LineFault(line, record.fault)
    try:
        username = require_username(values.get("username", ""))
        address = require_address(values.get("email", ""))
        display_name = require_display_name(values.get("display_name", "").strip() or username)
        lock_reason = _lock_reason(values)
    except InvalidInput as problem:
        return LineFault(line, " ".join((problem.fields or {}).values()))
    password_hash = values[HASH].strip() if HASH in values else None
    if password_hash is not None and (fault := _fault_of_hash(password_hash)):
        return LineFault(line, fault)
    verified = values.get("email_verified", "").strip().lower()
    if verified not in _YES | _NO:
        return LineFault(line, "Write true or false into email_verified.")
    roles = tuple(dict.fromkeys(filter(None, _BETWEEN_ROLES.split(values.get("roles", "")))))
    return ImportedAccount(
        line, username, address, display_name, password_hash, verified in _YES, roles, lock_reason
    )


def _fault_of_hash(password_hash: str) -> str | None:
    cost, most = cost_of_hash(password_hash), current_settings().bcrypt_rounds
    if cost is None:
        return "The password_hash is not one of bcrypt ($2a$, $2b$ or $2y$)."
    if cost > most:
        # Refusing it would take longer than refusing an unknown name, and each guess would cost us more than it should.
        return f"The password_hash has {cost} rounds. Raise BCRYPT_ROUNDS from {most} to that first."
    return None


def _lock_reason(values: Mapping[str, str]) -> str | None:
    """Who was locked elsewhere is locked here from the start. Raises InvalidInput."""
    if not values.get("locked_at", "").strip():
        return None
    words = " ".join(values.get("lock_reason", "").split()) or "It was locked before it was imported."
    if len(words) > LONGEST_REASON:
        raise InvalidInput(fields={"lock_reason": f"Use at most {LONGEST_REASON} characters in lock_reason."})
    return words
