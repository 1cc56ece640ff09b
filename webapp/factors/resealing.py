"""After ENCRYPTION_KEY was replaced: secrets of authenticator apps are sealed anew, so that the fallback can go."""

from __future__ import annotations

from webapp.factors import totp
from webapp.factors.models import TotpFactor
from webapp.infra.resealing import reseal_column


def reseal_app_secrets(most: int) -> int:
    """Seal so many secrets of apps anew; how many were."""
    return reseal_column(TotpFactor, TotpFactor.secret, lambda app: totp.context_of(app.id), most)
