"""What still needs which secret: counted by the marks that each value leaves, without opening anything."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import case, func, select

from webapp.accounts.models import Account
from webapp.accounts.password_hashing import pepper_version
from webapp.config import current_settings
from webapp.connections.models import Connection
from webapp.factors.models import TotpFactor
from webapp.infra.audit_seals import SealingKeys
from webapp.infra.database import db
from webapp.infra.job_models import JobFile
from webapp.infra.models import AuditSegment, Mail
from webapp.infra.sealing import Sealer
from webapp.keys.models import SigningKey
from webapp.webhooks.models import WebhookEndpoint, WebhookMessage

if TYPE_CHECKING:
    from collections.abc import Collection

_SEALED: Final[tuple[tuple[str, Any], ...]] = (
    ("Signing keys", SigningKey.sealed_private_key),
    ("Secrets of authenticator apps", TotpFactor.secret),
    ("Keys of connections", Connection.key_sealed),
    ("Secrets of webhook endpoints", WebhookEndpoint.secret_sealed),
    ("Former secrets of webhook endpoints", WebhookEndpoint.former_secret_sealed),
    ("Webhook messages on their way", case((WebhookMessage.due_at.is_not(None), WebhookMessage.mac))),
    ("Letters", Mail.body),
    ("Files of jobs", JobFile.body),
)
_MARK_LENGTH: Final = 5


@dataclass(frozen=True, slots=True)
class Need:
    """How many things of a kind open with the present value of a secret, with a fallback alone, or with neither."""

    secret: str
    title: str
    present: int
    former: int
    lost: int


def list_needs() -> list[Need]:
    """Of ENCRYPTION_KEY and PASSWORD_PEPPER. What SECRET_KEY signs is with its holders, and cannot be counted."""
    settings = current_settings()
    former = [each.get_secret_value() for each in settings.encryption_key_fallbacks]
    present_mark = Sealer(settings.encryption_key.get_secret_value()).mark
    former_marks = [Sealer(each).mark for each in former]
    keys = SealingKeys()
    trail = _count_by(AuditSegment.key_id)
    known = {each for each in trail if keys.knows(each)} - {keys.present_id}
    pepper = pepper_version(settings.password_pepper.get_secret_value().encode())
    peppers = [
        pepper_version(each.get_secret_value().encode()) for each in settings.password_pepper_fallbacks
    ]
    return [
        *(
            _need(
                "ENCRYPTION_KEY",
                title,
                _count_by(func.substr(column, 1, _MARK_LENGTH)),
                present_mark,
                former_marks,
            )
            for title, column in _SEALED
        ),
        _need("ENCRYPTION_KEY", "Segments of the audit trail", trail, keys.present_id, known),
        _need("PASSWORD_PEPPER", "Passwords", _count_by(Account.pepper_version), pepper, peppers),
    ]


def _count_by(mark: Any) -> Counter[Any]:
    """How many rows bear each mark; those that bear none hold nothing."""
    rows = db.session.execute(select(mark, func.count()).group_by(mark))
    return Counter({each: number for each, number in rows if each})


def _need(secret: str, title: str, counts: Counter[Any], present: Any, former: Collection[Any]) -> Need:
    fallback = sum(counts[each] for each in set(former) - {present})
    return Need(secret, title, counts[present], fallback, counts.total() - counts[present] - fallback)
