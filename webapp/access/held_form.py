"""A form sent after its session had ended: kept in the page session, offered again once the same person is back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from flask import request, session

_KEY = "held"
# A cookie holds 4 kB; signed and in base64 this is half of it, and the page session needs some.
_MOST_BYTES = 1500
_NEVER_HELD = ("password", "csrf_token", "code", "credential")


@dataclass(frozen=True, slots=True)
class HeldForm:
    """Where it was going, and its fields."""

    action: str
    fields: list[tuple[str, str]]


def hold_form(account_id: str) -> bool:
    """Keep the present form for this person; False when it is too large. What proves who one is is never kept."""
    fields = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if not any(word in name for word in _NEVER_HELD)
    ]
    if len(json.dumps(fields)) > _MOST_BYTES:
        return False
    session[_KEY] = {"account": account_id, "action": request.path, "fields": fields}
    return True


def held_form() -> Any:
    """What is kept, as it lies in the cookie; sign-in carries it over."""
    return session.get(_KEY)


def restore_held_form(held: Any) -> None:
    """Put it back after the page session has begun anew."""
    if held is not None:
        session[_KEY] = held


def take_held_form(account_id: str) -> HeldForm | None:
    """The form this person had sent, once; nobody else ever sees it."""
    held = session.pop(_KEY, None)
    if not isinstance(held, dict) or held.get("account") != account_id:
        return None
    return HeldForm(str(held["action"]), [(str(name), str(value)) for name, value in held["fields"]])
