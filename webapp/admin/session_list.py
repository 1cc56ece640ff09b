"""Every session of everybody, as the console lists them and as a page names some of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from webapp.admin import session_list_store as store
from webapp.admin.audit_list_store import ids_matching
from webapp.admin.authority import ADMINISTERS
from webapp.admin.query_plans import plan_for_values
from webapp.admin.sentences import cause_in_words
from webapp.core.paging import Page
from webapp.sessions.causes import EndCause
from webapp.sessions.history_store import list_of_administration
from webapp.sessions.limits import limits_of, passed_limit
from webapp.sessions.methods import methods_in_words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from webapp.admin.session_filters import Wanted
    from webapp.core.paging import Cursor
    from webapp.sessions.models import Session
    from webapp.sessions.service import Standing

_ID = re.compile(r"[0-9a-z]{1,26}\Z")


@dataclass(frozen=True, slots=True)
class ListedSession:
    """A sign-in, open, ended, or `over`: past a limit, and not marked as ended yet.

    `ends_at` is when it ends at the latest or ended, `idle_at` when it ends unless it is used before. `can_end` tells
    whether whoever looks may end it; their own present session they sign out of.
    """

    id: str
    account_id: str
    name: str
    username: str
    device: str
    address: str
    methods: str
    signed_in_at: datetime
    last_active_at: datetime
    state: Literal["open", "over", "ended"]
    ends_at: datetime
    idle_at: datetime
    cause: str
    is_bound: bool
    is_own: bool
    can_end: bool


def list_sessions(
    wanted: Wanted, who: str, cursor: Cursor | None, standing: Standing
) -> tuple[Page[str], list[ListedSession]]:
    """A page of sessions by the filters. `who` is an id, a username or an address; an empty one means everybody."""
    if who:
        wanted = replace(wanted, whom=tuple(ids_matching(who)))
    plan_for_values()
    # Nobody is meant: no session is.
    page: Page[str] = Page([], None, None) if wanted.whom == () else store.page_of_sessions(wanted, cursor)
    return page, describe_sessions(page.rows, standing)


def describe_sessions(session_ids: Sequence[str], standing: Standing) -> list[ListedSession]:
    """Those of these sessions that there are, in this order."""
    # What no column holds, no database is asked for.
    found = store.list_with_owners([each for each in session_ids if _ID.match(each)])
    administration = list_of_administration({row.account_id for row, _, _ in found})
    return [
        _listed(*each, standing, is_of_administration=each[0].account_id in administration) for each in found
    ]


def _listed(
    session: Session, name: str, username: str, standing: Standing, *, is_of_administration: bool
) -> ListedSession:
    ends_at, idle_at = limits_of(session, is_administrator=is_of_administration)
    passed = None
    cause = ""
    if session.ended_at is not None:
        ends_at, cause = session.ended_at, cause_in_words(EndCause(session.end_cause or EndCause.SIGNED_OUT))
    else:
        passed = passed_limit(session, is_administrator=is_of_administration)
    if passed is not None:
        ends_at, cause = passed.reached_at, cause_in_words(passed.cause)
    is_open = session.ended_at is None and passed is None
    is_own = session.id == standing.session_id
    return ListedSession(
        session.id,
        session.account_id,
        name,
        username,
        session.device,
        session.address,
        methods_in_words(session.methods),
        session.created_at,
        session.last_active_at,
        "open" if is_open else "ended" if passed is None else "over",
        ends_at,
        idle_at,
        cause,
        session.key_thumbprint is not None,
        is_own,
        is_open and not is_own and _reaches(standing, is_of_administration=is_of_administration),
    )


def _reaches(standing: Standing, *, is_of_administration: bool) -> bool:
    """For showing; `signing_out` decides."""
    return ADMINISTERS in standing.scopes or ("admin:support" in standing.scopes and not is_of_administration)
