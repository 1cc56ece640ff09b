"""What acts on many accounts ask for."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from wtforms import HiddenField, RadioField, StringField

from webapp.core.errors import InvalidInput
from webapp.web.forms import Form


class BulkForm(Form):
    """What some acts ask for. The form names the job it asks for, so that sending it twice does it once."""

    id = HiddenField()
    fingerprint = HiddenField()
    reason = StringField("Reason")
    until = StringField("Locked until (optional)")
    number = StringField("Number of accounts")


class BulkRoleForm(Form):
    """Which role is given or taken."""

    chosen_role = RadioField("Role")


def read_day(text: str) -> datetime | None:
    """Its beginning, in UTC; None for an empty field."""
    if not text:
        return None
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        raise InvalidInput(fields={"until": "Write a day, such as 2026-12-31."}) from None
