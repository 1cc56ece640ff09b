"""Every query of a restore: what there is in the way, and what of the past must not go on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, func, inspect, select, text, update

from webapp.accounts.models import Account
from webapp.factors.models import PasskeyChallenge, TotpFactor
from webapp.infra.database import db
from webapp.infra.job_models import Job, JobFile
from webapp.infra.models import AuditEvent, Mail, SingleUseLink
from webapp.keys.models import SigningKey
from webapp.signin.models import KnownDevice, PendingSignIn
from webapp.webhooks.models import WebhookMessage

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from sqlalchemy import Delete, Update

WHY: Final = "The service was restored from a backup."


@dataclass(frozen=True, slots=True)
class Present:
    """What the database in the way holds: no tables at all, so many accounts (None: it cannot be read), and when its
    last event was.
    """

    has_tables: bool
    accounts: int | None = 0
    newest: datetime | None = None


def look() -> Present:
    """At the database of the application at work, of whichever release it is."""
    tables = set(inspect(db.session.connection()).get_table_names())
    if not {Account.__tablename__, AuditEvent.__tablename__} <= tables:
        return Present(bool(tables))
    accounts = db.session.scalar(select(func.count()).select_from(Account)) or 0
    last = select(AuditEvent.occurred_at).order_by(AuditEvent.id.desc()).limit(1)
    return Present(has_tables=True, accounts=accounts, newest=db.session.scalar(last))


def list_revoked_keys() -> frozenset[str] | None:
    """The signing keys that stand revoked in the database of the application at work; None where it has none."""
    if SigningKey.__tablename__ not in inspect(db.session.connection()).get_table_names():
        return None
    return frozenset(db.session.scalars(select(SigningKey.kid).where(SigningKey.state == "revoked")))


def take_time() -> None:
    """Let the statements of the present transaction take as long as they need: nobody is served here."""
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(text("SET LOCAL statement_timeout = 0"))


def void_links(moment: datetime) -> int:
    """Every link that could still be spent; how many."""
    return _count(
        update(SingleUseLink)
        .where(SingleUseLink.spent_at.is_(None), SingleUseLink.replaced_at.is_(None))
        .values(replaced_at=moment)
    )


def forget_begun() -> None:
    """Sign-ins that wait for a second step, challenges to passkeys, authenticator apps that were never confirmed."""
    _count(delete(PendingSignIn))
    _count(delete(PasskeyChallenge))
    _count(delete(TotpFactor).where(TotpFactor.confirmed_at.is_(None)))


def end_trust() -> None:
    """No browser skips the second factor: its owner may have taken the trust back since the backup."""
    _count(update(KnownDevice).where(KnownDevice.trusted_until.is_not(None)).values(trusted_until=None))


def give_letters_up(moment: datetime) -> int:
    """Every letter on its way; how many."""
    values = {"given_up_at": moment, "due_at": None, "claimed_until": None, "body": None, "last_failure": WHY}
    return _count(update(Mail).where(Mail.due_at.is_not(None)).values(**values))


def give_messages_up(moment: datetime) -> int:
    """Every message to a webhook on its way; how many."""
    values = {"given_up_at": moment, "due_at": None, "claimed_until": None, "last_problem": "restored"}
    return _count(update(WebhookMessage).where(WebhookMessage.due_at.is_not(None)).values(**values))


def stop_jobs(moment: datetime) -> int:
    """Every job that was not over, with its file; how many."""
    _count(delete(JobFile))
    values = {"finished_at": moment, "due_at": None, "claimed_until": None, "problem": WHY}
    return _count(update(Job).where(Job.due_at.is_not(None)).values(**values))


def put_deletions_off(moment: datetime, time_to_return: timedelta) -> None:
    """Whoever's account is to be deleted has the whole time again: they may have kept it since the backup."""
    due_at = moment + time_to_return
    _count(update(Account).where(Account.deletion_due_at < due_at).values(deletion_due_at=due_at))


def _count(statement: Update | Delete) -> int:
    changed: Any = db.session.execute(statement.execution_options(synchronize_session=False))
    return int(changed.rowcount)
