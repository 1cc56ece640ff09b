"""Accounts from another system: a CSV file with names, addresses and bcrypt hashes, checked whole before it is stored.

An import may be repeated: who came with an earlier one, name and hash alike, is passed over.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import IntegrityError

from webapp.accounts import import_store
from webapp.accounts.imported_hashes import cost_of_hash
from webapp.accounts.names import (
    Address,
    require_address,
    require_display_name,
    require_username,
    username_key,
)
from webapp.accounts.password_hashing import PasswordHasher
from webapp.config import current_settings
from webapp.core import clock
from webapp.core.errors import Conflict, InvalidInput, Problem
from webapp.core.event_names import EventName
from webapp.core.opaque import new_id
from webapp.core.parts import part
from webapp.infra.audit import record_event

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

REQUIRED: Final = ("username", "email", "password_hash")
OPTIONAL: Final = ("display_name", "email_verified")
BATCH: Final = 500
_YES: Final = frozenset({"true", "yes", "1"})
_NO: Final = frozenset({"false", "no", "0", ""})


class ImportUnreadable(Problem):
    """The file is no CSV with the columns that an import needs."""

    code = "import_unreadable"
    status = 422
    message = "This is not a CSV file with the columns username, email and password_hash."


class ImportOverlapped(Conflict):
    """Somebody else took a name or an address of the batch between its check and its storing."""

    code = "import_overlapped"
    message = (
        "Somebody took one of these names or addresses meanwhile. Run the import again: "
        "accounts that are stored already are passed over."
    )


@dataclass(frozen=True, slots=True)
class ImportedAccount:
    """One line that can be stored, as far as the line itself tells."""

    line: int
    username: str
    address: Address
    display_name: str
    password_hash: str = field(repr=False)
    is_verified: bool


@dataclass(frozen=True, slots=True)
class LineFault:
    """What is wrong with a line, and what to do about it. Never says the hash."""

    line: int
    sentence: str


def read_accounts(lines: Iterable[str]) -> Iterator[ImportedAccount | LineFault]:
    """Every line after the header, in order. Raises ImportUnreadable for a file that cannot be understood at all."""
    reader = csv.reader(lines, strict=True)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
    except csv.Error:
        raise ImportUnreadable from None
    _require_columns(header)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as fault:
            # From here on the columns cannot be told apart any more.
            raise ImportUnreadable(f"Line {reader.line_num} is not CSV: {fault}.") from None
        if any(cell.strip() for cell in cells):
            yield _read(reader.line_num, header, cells)


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


def sort_out(accounts: Sequence[ImportedAccount]) -> tuple[list[ImportedAccount], list[LineFault], int]:
    """Which of a batch are new, what keeps others from being stored, and how many came with an earlier import."""
    hasher = part(PasswordHasher)
    there = import_store.find_accounts([username_key(each.username) for each in accounts])
    owners = import_store.find_owners([each.address.key for each in accounts if each.is_verified])
    new, faults, known = [], [], 0
    for each in accounts:
        present = there.get(username_key(each.username))
        if present is not None:
            if hasher.came_from(each.password_hash, present.stored):
                known += 1
            else:
                faults.append(LineFault(each.line, f"The username {each.username} is taken."))
        elif each.is_verified and each.address.key in owners:
            faults.append(LineFault(each.line, "Another account has verified this address."))
        else:
            new.append(each)
    return new, faults, known


def store_accounts(accounts: Sequence[ImportedAccount]) -> None:
    """Store what `sort_out` found new, in the present unit; each has the role `user`. Raises ImportOverlapped."""
    hasher, moment = part(PasswordHasher), clock.now()
    ids = [new_id() for _ in accounts]
    rows = [
        {
            "id": account_id,
            "username": each.username,
            "username_key": username_key(each.username),
            "display_name": each.display_name,
            "password": hasher.wrap(each.password_hash),
            "created_at": moment,
            "address": each.address,
            "verified_at": moment if each.is_verified else None,
        }
        for account_id, each in zip(ids, accounts, strict=True)
    ]
    try:
        import_store.add_accounts(rows)
    except IntegrityError:
        raise ImportOverlapped from None
    for account_id in ids:
        record_event(
            EventName.ACCOUNT_CREATED, account_id=account_id, detail={"roles": ["user"], "imported": True}
        )


def note_import(count: int) -> None:
    """Record that an import is done."""
    record_event(EventName.ACCOUNTS_IMPORTED, detail={"count": count})


def _require_columns(header: list[str]) -> None:
    missing = [name for name in REQUIRED if name not in header]
    unknown = [name for name in header if name not in (*REQUIRED, *OPTIONAL)]
    if missing:
        raise ImportUnreadable(f"The first line must name the columns; missing: {', '.join(missing)}.")
    if unknown:
        raise ImportUnreadable(
            f"These columns are not known: {', '.join(name[:40] for name in unknown[:5])}. "
            f"Known ones: {', '.join((*REQUIRED, *OPTIONAL))}."
        )
    if len(set(header)) != len(header):
        raise ImportUnreadable("The first line names a column twice.")


def _read(line: int, header: list[str], cells: list[str]) -> ImportedAccount | LineFault:
    if len(cells) != len(header):
        return LineFault(line, f"It has {len(cells)} values, and the first line names {len(header)} columns.")
    values = dict(zip(header, cells, strict=True))
    if any("\x00" in cell for cell in cells):
        return LineFault(line, "Leave out the invisible character.")
    try:
        username = require_username(values["username"])
        address = require_address(values["email"])
        display_name = require_display_name(values.get("display_name", "").strip() or username)
    except InvalidInput as problem:
        return LineFault(line, " ".join((problem.fields or {}).values()))
    password_hash = values["password_hash"].strip()
    cost, most = cost_of_hash(password_hash), current_settings().bcrypt_rounds
    if cost is None:
        return LineFault(line, "The password_hash is not one of bcrypt ($2a$, $2b$ or $2y$).")
    if cost > most:
        # Refusing it would take longer than refusing an unknown name, and each guess would cost us more than it should.
        return LineFault(
            line, f"The password_hash has {cost} rounds. Raise BCRYPT_ROUNDS from {most} to that first."
        )
    verified = values.get("email_verified", "").strip().lower()
    if verified not in _YES | _NO:
        return LineFault(line, "Write true or false into email_verified.")
    return ImportedAccount(line, username, address, display_name, password_hash, verified in _YES)
