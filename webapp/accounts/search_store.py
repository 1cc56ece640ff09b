"""Every query that keeps the words of accounts, and since when one of their addresses is verified."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, select, update

from webapp.accounts.models import Account, EmailAddress
from webapp.accounts.search_models import AccountSearch
from webapp.infra.database import begin_writing, count_changed, db, insert_or

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection
    from sqlalchemy.orm import Session

_NAMES: Final = ("id", "username", "display_name", "created_at", "verified_at")


@dataclass(frozen=True, slots=True)
class Names:
    """What an account is called, since when it is there, and what `verified_at` says at present."""

    account_id: str
    username: str
    display_name: str
    created_at: datetime
    verified_at: datetime | None


def read_names(session: Session, account_ids: Sequence[str]) -> list[Names]:
    """Of those that there are, by id."""
    accounts = Account.__table__.c
    query = select(*(accounts[name] for name in _NAMES)).where(accounts.id.in_(account_ids))
    return [Names(*row) for row in session.connection().execute(query.order_by(accounts.id))]


def read_addresses(
    session: Session, account_ids: Sequence[str]
) -> list[tuple[str, str, str, datetime | None]]:
    """Whose, as written, key and since when verified, oldest first."""
    emails = EmailAddress.__table__.c
    query = select(emails.account_id, emails.address, emails.address_key, emails.verified_at)
    query = query.where(emails.account_id.in_(account_ids)).order_by(emails.created_at, emails.id)
    return [(row[0], row[1], row[2], row[3]) for row in session.connection().execute(query)]


def keep_texts(session: Session, texts: Mapping[str, tuple[str, datetime]]) -> None:
    """Store what each account is found by, and since when it is there; what is so already is left alone."""
    if not texts:
        return
    statement = insert_or(AccountSearch.__table__, session)
    statement = statement.on_conflict_do_update(
        index_elements=["account_id"],
        set_={"text": statement.excluded.text},
        where=AccountSearch.__table__.c.text != statement.excluded.text,
    )
    rows = [{"account_id": key, "text": text, "created_at": moment} for key, (text, moment) in texts.items()]
    session.connection().execute(statement, rows)


def list_undated(most: int) -> list[int]:
    """Numbers of so many rows that do not say since when their accounts are there."""
    undated = select(AccountSearch.id).where(AccountSearch.created_at.is_(None))
    # In the order of the index: PostgreSQL would else read all that are dated, while it believes that many are not.
    by_index = undated.order_by(AccountSearch.created_at, AccountSearch.account_id)
    return list(db.session.scalars(by_index.limit(most)))


def date_texts(most: int) -> int:
    """Say it of so many; how many those were."""
    found = list_undated(most)
    if not found:
        return 0
    begin_writing()
    # Nobody else says anything else: that they are still without needs no guard.
    moment = select(Account.created_at).where(Account.id == AccountSearch.account_id).scalar_subquery()
    return count_changed(update(AccountSearch).where(AccountSearch.id.in_(found)).values(created_at=moment))


def keep_verified(session: Session, moments: Mapping[str, datetime | None]) -> None:
    """Store since when an address of each account is verified."""
    if not moments:
        return
    accounts: Any = Account.__table__
    statement = update(accounts).where(accounts.c.id == bindparam("whose"))
    statement = statement.values(verified_at=bindparam("moment", type_=accounts.c.verified_at.type))
    rows = [{"whose": key, "moment": moment} for key, moment in moments.items()]
    session.connection().execute(statement, rows)


def rebuild_words(connection: Connection) -> None:
    """Make SQLite's table of words anew, after account_search was filled without its triggers."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(
            "INSERT INTO account_search_words (account_search_words) VALUES ('rebuild')"
        )
