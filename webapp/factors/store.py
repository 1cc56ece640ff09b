"""Every query about authenticator apps, recovery codes, and factors of all kinds; passkey_store has the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, exists, func, or_, select, update

from webapp.accounts.models import Account
from webapp.factors.models import Passkey, RecoveryCode, TotpFactor
from webapp.infra.database import db, find_row

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

# Asked at each sign-in, so it is one statement that is made once.
_METHODS = select(
    exists().where(Passkey.account_id == bindparam("account_id")),
    exists().where(TotpFactor.account_id == bindparam("account_id"), TotpFactor.confirmed_at.is_not(None)),
    exists().where(RecoveryCode.account_id == bindparam("account_id"), RecoveryCode.used_at.is_(None)),
)


def has_methods(account_id: str) -> tuple[bool, bool, bool]:
    """Whether there is a passkey, a confirmed app, an unused recovery code."""
    row = find_row(_METHODS, account_id=account_id)
    assert row is not None, "a row of three answers"
    return bool(row[0]), bool(row[1]), bool(row[2])


def list_apps(account_id: str) -> Sequence[TotpFactor]:
    """The confirmed apps as they stand now, oldest first."""
    query = select(TotpFactor).where(
        TotpFactor.account_id == account_id, TotpFactor.confirmed_at.is_not(None)
    )
    query = query.order_by(TotpFactor.confirmed_at, TotpFactor.id)
    return db.session.scalars(query.execution_options(populate_existing=True)).all()


def list_passkeys(account_id: str) -> Sequence[Passkey]:
    """The passkeys as they stand now, oldest first."""
    query = select(Passkey).where(Passkey.account_id == account_id).order_by(Passkey.created_at, Passkey.id)
    return db.session.scalars(query.execution_options(populate_existing=True)).all()


def find_app(account_id: str, factor_id: str) -> TotpFactor | None:
    """An app of this account, confirmed or not."""
    query = select(TotpFactor).where(TotpFactor.id == factor_id, TotpFactor.account_id == account_id)
    return db.session.scalar(query.execution_options(populate_existing=True))


def find_passkey(account_id: str, factor_id: str) -> Passkey | None:
    """A passkey of this account."""
    query = select(Passkey).where(Passkey.id == factor_id, Passkey.account_id == account_id)
    return db.session.scalar(query.execution_options(populate_existing=True))


def add(row: TotpFactor | Passkey) -> None:
    """A new factor."""
    db.session.add(row)


def delete_factor(account_id: str, factor_id: str) -> bool:
    """Delete an app or a passkey; False when it was gone."""
    found = [
        db.session.execute(
            delete(model)
            .where(model.id == factor_id, model.account_id == account_id)
            .execution_options(synchronize_session=False)
        ).rowcount  # type: ignore[attr-defined]
        for model in (TotpFactor, Passkey)
    ]
    return bool(sum(found) == 1)


def delete_all(account_id: str) -> None:
    """Every factor, code and begun enrolment of an account."""
    for model in (TotpFactor, Passkey, RecoveryCode):
        db.session.execute(
            delete(model).where(model.account_id == account_id).execution_options(synchronize_session=False)
        )


def delete_begun(account_id: str) -> None:
    """Apps that were never confirmed."""
    db.session.execute(
        delete(TotpFactor)
        .where(TotpFactor.account_id == account_id, TotpFactor.confirmed_at.is_(None))
        .execution_options(synchronize_session=False)
    )


def confirm_app(factor_id: str, timecode: int, moment: datetime) -> bool:
    """Let an app count, and its first code never again; False when it was confirmed already."""
    changed = db.session.execute(
        update(TotpFactor)
        .where(TotpFactor.id == factor_id, TotpFactor.confirmed_at.is_(None))
        .values(confirmed_at=moment, last_timecode=timecode)
        .execution_options(synchronize_session=False)
    )
    return bool(changed.rowcount == 1)  # type: ignore[attr-defined]


def spend_timecode(factor_id: str, timecode: int, moment: datetime) -> bool:
    """Use a time step up, in one guarded statement: of two with the same code, one is told True."""
    changed = db.session.execute(
        update(TotpFactor)
        .where(TotpFactor.id == factor_id, TotpFactor.confirmed_at.is_not(None))
        .where(or_(TotpFactor.last_timecode.is_(None), TotpFactor.last_timecode < timecode))
        .values(last_timecode=timecode, last_used_at=moment)
        .execution_options(synchronize_session=False)
    )
    return bool(changed.rowcount == 1)  # type: ignore[attr-defined]


def spend_code(account_id: str, digest: bytes, moment: datetime) -> bool:
    """Use a recovery code up, in one guarded statement."""
    changed = db.session.execute(
        update(RecoveryCode)
        .where(RecoveryCode.account_id == account_id, RecoveryCode.code_digest == digest)
        .where(RecoveryCode.used_at.is_(None))
        .values(used_at=moment)
        .execution_options(synchronize_session=False)
    )
    return bool(changed.rowcount == 1)  # type: ignore[attr-defined]


def replace_codes(account_id: str, codes: Sequence[RecoveryCode]) -> None:
    """These instead of all there were."""
    db.session.execute(
        delete(RecoveryCode)
        .where(RecoveryCode.account_id == account_id)
        .execution_options(synchronize_session=False)
    )
    db.session.add_all(codes)


def count_codes(account_id: str) -> tuple[int, datetime | None]:
    """Unused recovery codes, and when the present ones were made."""
    query = select(func.count().filter(RecoveryCode.used_at.is_(None)), func.max(RecoveryCode.created_at))
    left, made_at = db.session.execute(query.where(RecoveryCode.account_id == account_id)).one()
    return left, made_at


def failures_of(account_id: str) -> int:
    """Wrong codes of apps in a row, as they stand now."""
    return db.session.scalar(select(Account.factor_failures_in_a_row).where(Account.id == account_id)) or 0


def add_failure(account_id: str) -> None:
    """Count one wrong code; in the database, so that parallel guesses are all counted."""
    _set_failures(account_id, Account.factor_failures_in_a_row + 1)


def forget_failures(account_id: str) -> None:
    """Begin counting anew."""
    _set_failures(account_id, 0)


def _set_failures(account_id: str, value: object) -> None:
    db.session.execute(
        update(Account)
        .where(Account.id == account_id)
        .values(factor_failures_in_a_row=value)
        .execution_options(synchronize_session=False)
    )
