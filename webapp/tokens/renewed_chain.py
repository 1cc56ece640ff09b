"""A new chain of refresh tokens for a session that goes on, after a fresh proof of who is asking.

The new number is c + 1 and counts as received at once (r := c + 1). By the table of tokens/refresh_rule nothing below
r earns anything then: what was handed out before waits with 409 for a deadline, since a tab of this browser may have
sent it just before, and ends the session from then on. Had r stayed where it was, a copy of the last token would be
answered with its successor for an overlap, which is what the proof is to prevent. The key is forgotten, because a
proof may replace it (RFC 9449 binds tokens, not people): the next refresh with a proof of possession binds anew.

If the answer to this very act is lost, a browser without a refresh cookie asks for the proof again. One that still
holds an old cookie and shows it after the deadline is signed out, as it would be by signing in anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.core import clock
from webapp.core.event_names import EventName
from webapp.core.origin import current_origin
from webapp.infra.audit import record_event
from webapp.infra.database import begin_writing
from webapp.sessions.causes import EndCause
from webapp.sessions.errors import SessionEnded
from webapp.tokens import chain_store
from webapp.tokens.refresh_rule import digest_user_agent

if TYPE_CHECKING:
    from webapp.sessions.service import Standing


def renew_chain(standing: Standing) -> None:
    """Void every refresh token handed out so far, and show the new number in `standing.session`.

    Only for somebody who has just proved who they are. Raises SessionEnded when the session is over by now.
    """
    begin_writing()
    presenter = digest_user_agent(current_origin().user_agent)
    if not chain_store.begin_anew(standing.session, clock.now(), presenter):
        raise SessionEnded(EndCause.SIGNED_OUT, standing.account.id)
    record_event(
        EventName.REFRESH_CHAIN_RENEWED, account_id=standing.account.id, session_id=standing.session.id
    )
