"""What acts on many accounts ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wtforms import HiddenField, RadioField, StringField
from wtforms.widgets import DateTimeLocalInput

from webapp.admin.forms import check_moment, read_moment
from webapp.web.forms import Form

if TYPE_CHECKING:
    from datetime import datetime


class BulkForm(Form):
    """What some acts ask for. The form names the job it asks for, so that sending it twice does it once."""

    id = HiddenField()
    fingerprint = HiddenField()
    reason = StringField("Reason")
    until = StringField("Until, in UTC", [check_moment], widget=DateTimeLocalInput())
    number = StringField("Number of accounts")

    @property
    def ends_at(self) -> datetime | None:
        """As in `LockForm`."""
        return read_moment(self.until.data)


class BulkRoleForm(Form):
    """Which role is given or taken."""

    chosen_role = RadioField("Role")
