"""After ENCRYPTION_KEY was replaced: what the former one sealed is sealed anew, so that the fallback can go."""

from __future__ import annotations

from contextlib import suppress

from sqlalchemy import func, select, update

from webapp.core.parts import part
from webapp.factors import totp
from webapp.factors.models import TotpFactor
from webapp.infra.database import begin_writing, db
from webapp.infra.sealing import SealBroken, Sealer


def reseal_secrets(most: int) -> int:
    """Seal so many secrets of apps anew; how many were. Those that no key opens are left as they are."""
    sealer = part(Sealer)
    if not sealer.has_former_keys:
        return 0
    is_former = func.substr(TotpFactor.secret, 1, len(sealer.mark)) != sealer.mark
    found = db.session.scalars(select(TotpFactor).where(is_former).order_by(TotpFactor.id).limit(most)).all()
    changed = 0
    for app in found:
        with suppress(SealBroken):
            sealed = totp.seal_secret(totp.open_secret(app), app.id)
            begin_writing()
            changed += _replace(app.id, app.secret, sealed)
    return changed


def _replace(factor_id: str, before: bytes, after: bytes) -> int:
    swapped = db.session.execute(
        update(TotpFactor)
        .where(TotpFactor.id == factor_id, TotpFactor.secret == before)
        .values(secret=after)
        .execution_options(synchronize_session=False)
    )
    return int(swapped.rowcount)  # type: ignore[attr-defined]
