"""Every query about known devices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, delete, select, update

from webapp.infra.database import begin_writing, db, insert_unless_there
from webapp.signin.models import KnownDevice

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

_DEVICES: Final[Any] = KnownDevice.__table__


def find_device(device_id: str, account_id: str) -> KnownDevice | None:
    """What is remembered of a browser for an account, as it stands now."""
    query = select(KnownDevice).where(
        KnownDevice.device_id == device_id, KnownDevice.account_id == account_id
    )
    return db.session.scalar(query.execution_options(populate_existing=True))


def list_devices(account_id: str) -> Sequence[KnownDevice]:
    """The devices of an account as they stand now, latest use first."""
    query = select(KnownDevice).where(KnownDevice.account_id == account_id)
    query = query.order_by(KnownDevice.last_seen_at.desc(), KnownDevice.device_id)
    return db.session.scalars(query.execution_options(populate_existing=True)).all()


def add_device(**values: object) -> bool:
    """Remember a device; False when it was known, also since this very moment."""
    return insert_unless_there(KnownDevice, **values)


def change_device(device_id: str, account_id: str, **values: object) -> bool:
    """Write down where and when it was seen, or whether it is trusted; False when it is not known (any more)."""
    changed = db.session.execute(
        update(KnownDevice)
        .where(KnownDevice.device_id == device_id, KnownDevice.account_id == account_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return bool(changed.rowcount == 1)  # type: ignore[attr-defined]


def end_trust(account_id: str) -> None:
    """Let every device of an account be known, and trusted no more."""
    db.session.execute(
        update(KnownDevice)
        .where(KnownDevice.account_id == account_id, KnownDevice.trusted_until.is_not(None))
        .values(trusted_until=None)
        .execution_options(synchronize_session=False)
    )


def forget(account_id: str, device_ids: Iterable[str] | None = None) -> int:
    """Forget these devices of an account, or all; how many were."""
    statement = delete(KnownDevice).where(KnownDevice.account_id == account_id)
    if device_ids is not None:
        statement = statement.where(KnownDevice.device_id.in_(list(device_ids)))
    forgotten = db.session.execute(statement.execution_options(synchronize_session=False))
    return int(forgotten.rowcount)  # type: ignore[attr-defined]


def list_excess(account_id: str, kept: int) -> Sequence[str]:
    """Ids beyond so many, those that were not seen for longest."""
    query = select(KnownDevice.device_id).where(KnownDevice.account_id == account_id)
    query = query.order_by(KnownDevice.last_seen_at.desc(), KnownDevice.device_id)
    return db.session.scalars(query.offset(kept)).all()


def forget_unseen(before: datetime, most: int) -> int:
    """Forget so many devices that nobody used since then, oldest first; how many were."""
    query = select(KnownDevice.device_id, KnownDevice.account_id).where(KnownDevice.last_seen_at < before)
    found = db.session.execute(query.order_by(KnownDevice.last_seen_at).limit(most)).all()
    if not found:
        return 0
    begin_writing()
    # One after the other: of a list of pairs SQLite makes a search through the whole table.
    statement = delete(_DEVICES).where(
        _DEVICES.c.device_id == bindparam("device"),
        _DEVICES.c.account_id == bindparam("account"),
        _DEVICES.c.last_seen_at < before,
    )
    keys = [{"device": device_id, "account": account_id} for device_id, account_id in found]
    return int(db.session.execute(statement, keys).rowcount)  # type: ignore[attr-defined]
