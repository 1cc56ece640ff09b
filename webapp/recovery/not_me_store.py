"""Every query of securing an account."""

from __future__ import annotations

from sqlalchemy import delete

from webapp.infra.database import db
from webapp.signin.models import KnownDevice, PendingSignIn


def forget_other_devices(account_id: str, device_id: str) -> int:
    """Forget every known device of an account, trust included, but this one; how many were."""
    forgotten = db.session.execute(
        delete(KnownDevice)
        .where(KnownDevice.account_id == account_id, KnownDevice.device_id != device_id)
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
