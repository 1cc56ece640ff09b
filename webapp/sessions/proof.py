"""Fresh proof: the password again, before something sensitive, good for ten minutes of this session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.accounts import store as account_store
from webapp.accounts.passwords import check_password, stored_hash
from webapp.config import current_settings
from webapp.core import clock
from webapp.core.event_names import EventName
from webapp.core.parts import part
from webapp.infra.audit import record_event
from webapp.infra.database import begin_writing
from webapp.infra.throttle import Throttle
from webapp.sessions import store
from webapp.sessions.errors import ProofNeeded, ProofRefused

if TYPE_CHECKING:
    from webapp.sessions.service import Standing


def require_fresh_proof(standing: Standing) -> None:
    """Raises ProofNeeded unless the person proved themselves within the last ten minutes."""
    if not standing.is_freshly_proved:
        raise ProofNeeded(max_age=600)


def prove(standing: Standing, password: str) -> None:
    """Take the password as proof. Raises ProofRefused, TooManyAttempts, PasswordWorkBusy.

    Counted in a lane of its own for each session: a thief with an unlocked browser cannot try a word list here.
    """
    account, session_id = standing.account, standing.session_id
    throttle = part(Throttle)
    ticket = throttle.count("proof", session_id, current_settings().limit_signin_per_account)
    try:
        stored = stored_hash(account)
        checked = check_password(password, stored, whose=account.username_key, known_device=True)
    except Exception:
        throttle.give_back(ticket)
        raise
    begin_writing()
    if not checked.matches:
        account_store.add_failure(account.id)
        record_event(EventName.PROOF_FAILED, account_id=account.id, session_id=session_id, result="failure")
        raise ProofRefused(fields={"password": "That is not your password."})
    throttle.give_back(ticket)
    standing.proved_at = clock.now()
    store.note_proof(session_id, standing.proved_at)
    record_event(EventName.PROOF_SUCCEEDED, account_id=account.id, session_id=session_id)
