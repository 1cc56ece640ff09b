"""A person's own sessions, for their front end."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from webapp.access.guards import bearer
from webapp.access.visitor import caller
from webapp.sessions import service
from webapp.sessions.causes import EndCause
from webapp.sessions.errors import SessionNotFound
from webapp.web.versions import Api

api = Api("sessions")


class SessionAnswer(BaseModel):
    """One sign-in on one device."""

    id: str
    current: bool
    device: str
    address: str
    methods: list[str]
    created_at: datetime
    last_active_at: datetime
    ends_at: datetime


class SessionList(BaseModel):
    """The open sessions, latest use first."""

    sessions: list[SessionAnswer]


class EndedAnswer(BaseModel):
    """How many sessions were ended."""

    ended: int


@api.add("GET", "/sessions", access=bearer(), answers={200: SessionList})
def list_sessions() -> SessionList:
    """Where this person is signed in."""
    standing = caller()
    return SessionList(
        sessions=[
            SessionAnswer(
                id=each.id,
                current=each.id == standing.session.id,
                device=each.device,
                address=each.address,
                methods=each.methods.split(),
                created_at=each.created_at,
                last_active_at=each.last_active_at,
                ends_at=each.ends_at,
            )
            for each in service.list_sessions(standing.account)
        ]
    )


@api.add(
    "DELETE", "/sessions/<session_id>", access=bearer(), answers={204: None}, problems=(SessionNotFound,)
)
def end_session(session_id: str) -> None:
    """Sign one device out."""
    standing = caller()
    service.end_own_session(standing.account, session_id, current_id=standing.session.id)


@api.add("DELETE", "/sessions", access=bearer(), answers={200: EndedAnswer})
def end_other_sessions() -> EndedAnswer:
    """Sign every other device out."""
    standing = caller()
    cause = EndCause.SIGNED_OUT_ELSEWHERE
    return EndedAnswer(
        ended=service.end_all_sessions(standing.account.id, cause, besides=standing.session.id)
    )
