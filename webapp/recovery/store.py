"""Every query of recovery and of securing an account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from webapp.infra.database import db
from webapp.infra.models import SingleUseLink
from webapp.signin.models import KnownDevice, PendingSignIn

if TYPE_CHECKING:
    from datetime import datetime


def last_reset_link(account_id: str) -> datetime | None:
    """When the latest reset link of an account was made, used or not."""
    query = select(func.max(SingleUseLink.created_at)).where(
        SingleUseLink.account_id == account_id, SingleUseLink.purpose == "password_reset"
    )
    return db.session.scalar(query)


def forget_devices(account_id: str, *, besides: str | None = None) -> int:
    """Forget every known device of an account, trust included, but one; how many were."""
    forgotten = db.session.execute(
        delete(KnownDevice)
        .where(KnownDevice.account_id == account_id, KnownDevice.device_id != (besides or ""))
        .execution_options(synchronize_session=False)
    )
    return int(forgotten.rowcount)  # type: ignore[attr-defined]


def drop_pending_sign_ins(account_id: str) -> None:
    """Sign-ins whose password was right and that wait for a second step come to nothing."""
    db.session.execute(
        delete(PendingSignIn)
        .where(PendingSignIn.account_id == account_id)
        .execution_options(synchronize_session=False)
    )
