"""Where the present piece of work came from: a request, a command or a job.

Held in a context variable, so that the audit trail and the log can say it without any function passing it on.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Literal

from webapp.core.opaque import new_id


@dataclass(frozen=True, slots=True)
class Origin:
    """`address` is the caller's as established through trusted proxies; `user_agent` is cut to 512 characters."""

    via: Literal["request", "command", "job"]
    request_id: str = field(default_factory=new_id)
    address: str = ""
    user_agent: str = ""


_origin: ContextVar[Origin | None] = ContextVar("latchkey_origin", default=None)


def set_origin(origin: Origin) -> None:
    """Name the origin of everything that follows in this context."""
    _origin.set(origin)


def current_origin() -> Origin:
    """The origin named last in this context; a command when nobody named one."""
    known = _origin.get()
    if known is None:
        known = Origin(via="command")
        _origin.set(known)
    return known
