"""A person changes their own account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.accounts import service as accounts
from webapp.accounts.passwords import hash_new_password
from webapp.core.event_names import EventName
from webapp.infra.audit import record_event
from webapp.infra.database import begin_writing
from webapp.infra.links import revoke_links
from webapp.profile.mails import tell_of_new_password
from webapp.sessions import service as sessions
from webapp.sessions.causes import EndCause
from webapp.sessions.proof import require_fresh_proof

if TYPE_CHECKING:
    from webapp.sessions.service import Standing


def change_password(standing: Standing, password: str) -> None:
    """A new password; every other session of the account ends. Raises ProofNeeded, UnacceptablePassword."""
    require_fresh_proof(standing)
    account = standing.account
    email = account.email.address_key if account.email else ""
    hashed = hash_new_password(password, username=account.username, address=email)
    begin_writing()
    # The session may have been ended while the hash was made. Held, so that a reset or a securing in this very moment
    # either ends it before this, or comes after this and has the last word.
    sessions.hold_session(standing)
    fresh = sessions.require_standing(standing.session.id)
    accounts.set_password(fresh.account, hashed)
    # A link that was made while the password was forgotten must not open the account afterwards.
    revoke_links("password_reset", account.id)
    record_event(EventName.PASSWORD_CHANGED, account_id=account.id, session_id=standing.session.id)
    sessions.end_all_sessions(account.id, EndCause.PASSWORD_CHANGED, besides=standing.session.id)
    tell_of_new_password(fresh.account)
