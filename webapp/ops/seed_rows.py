"""The rows of made-up people, table by table, in batches for whoever stores them."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Final

from webapp.accounts.search_index import text_of
from webapp.core.opaque import new_id
from webapp.factors import totp
from webapp.factors.words import PLAIN_APP
from webapp.ops.seed_people import SeedEvent
from webapp.ops.seed_trail import TRAIL_COLUMNS, bits_of, text_of_moment

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from webapp.ops.seed_people import SeedAccount, SeedPeople, SeedSession
    from webapp.ops.seed_trail import SeedTrail

COLUMNS: Final = {
    "accounts": (
        "id", "username", "username_key", "display_name", "password_hash", "password_scheme", "pepper_version",
        "password_changed_at", "failures_in_a_row", "factor_failures_in_a_row", "locked_at", "lock_reason",
        "created_at", "last_signed_in_at", "second_factor_since", "verified_at", "version",
    ),
    "account_search": ("account_id", "text", "created_at"),
    "email_addresses": ("id", "account_id", "address", "address_key", "verified_at", "created_at"),
    "account_roles": ("account_id", "role_name"),
    "totp_factors": ("id", "account_id", "name", "secret", "created_at", "confirmed_at"),
    "sessions": (
        "id", "account_id", "device", "address", "methods", "created_at", "authenticated_at", "proved_at",
        "last_active_at", "ends_at", "ended_at", "end_cause", "address_bits", "counter", "received",
    ),
    **TRAIL_COLUMNS,
}  # fmt: skip
_BATCH: Final = 50_000
# Found by ids that follow no order: neighbours in the index are stored one after the other.
_BY_ID: Final = frozenset({"accounts", "account_roles", "email_addresses", "sessions"})
_LOCKED_BECAUSE: Final = "Made up for a trial"


class RowBatches:
    """Collects rows, each in the order of its table's COLUMNS, and hands on what fills a batch."""

    def __init__(self, hand_on: Callable[[tuple[str, Sequence[Sequence[object]]]], None]) -> None:
        self._hand_on = hand_on
        self._waiting: dict[str, list[Sequence[object]]] = {name: [] for name in COLUMNS}

    def add(self, table: str, row: Sequence[object]) -> None:
        """Take one row."""
        waiting = self._waiting[table]
        waiting.append(row)
        if len(waiting) == _BATCH:
            if table in _BY_ID:
                waiting.sort(key=itemgetter(0))
            self._hand_on((table, waiting))
            self._waiting[table] = []

    def flush(self) -> None:
        """Hand on what waits."""
        for table, rows in self._waiting.items():
            if rows:
                self._hand_on((table, rows))


def make_rows(
    people: SeedPeople, secret: tuple[str, str, str], trail: SeedTrail, batches: RowBatches
) -> None:
    """Every row; `secret` is hash, scheme and pepper of the password that all of them have."""
    for account in people.accounts():
        _add_account(batches, account, secret)
    for each in people.happenings():
        if isinstance(each, SeedEvent):
            trail.add(batches, each)
        else:
            _add_session(batches, each)
    trail.close(batches)
    batches.flush()


def _add_account(batches: RowBatches, account: SeedAccount, secret: tuple[str, str, str]) -> None:
    created = text_of_moment(account.created_at)
    key = account.username.lower()
    verified = created if account.is_verified else None
    batches.add(
        "accounts",
        (
            account.id,
            account.username,
            key,
            account.display_name,
            *secret,
            created,
            0,
            0,
            _text_or_none(account.locked_at),
            _LOCKED_BECAUSE if account.locked_at else None,
            created,
            _text_or_none(account.last_signed_in_at),
            _text_or_none(account.second_factor_since),
            verified,
            1,
        ),
    )
    batches.add(
        "account_search",
        (account.id, text_of(account.username, account.display_name, account.address), created),
    )
    batches.add(
        "email_addresses", (new_id(), account.id, account.address, account.address, verified, created)
    )
    for role in account.roles:
        batches.add("account_roles", (account.id, role))
    if account.second_factor_since:
        since, factor_id = _text_or_none(account.second_factor_since), new_id()
        sealed = totp.seal_secret(new_id().upper(), factor_id)
        batches.add("totp_factors", (factor_id, account.id, PLAIN_APP, sealed, since, since))


def _add_session(batches: RowBatches, session: SeedSession) -> None:
    begun = text_of_moment(session.created_at)
    batches.add(
        "sessions",
        (
            session.id,
            session.account_id,
            session.device,
            session.address,
            session.methods,
            begun,
            begun,
            begun,
            text_of_moment(session.last_active_at),
            text_of_moment(session.ends_at),
            _text_or_none(session.ended_at),
            session.end_cause,
            bits_of(session.address),
            1,
            1,
        ),
    )


def _text_or_none(moment: datetime | None) -> str | None:
    return None if moment is None else text_of_moment(moment)
