"""The forms of the console."""

from __future__ import annotations

from wtforms import HiddenField, SelectMultipleField, StringField
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from webapp.web.forms import Form


class NameForm(Form):
    """The name shown."""

    version = HiddenField()
    display_name = StringField("Display name", [InputRequired("Write a name to show.")])


class RolesForm(Form):
    """Every role there is, those held ticked."""

    version = HiddenField()
    roles = SelectMultipleField("Roles", option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False))


class LockForm(Form):
    """Why the account is locked."""

    reason = StringField(
        "Reason",
        [InputRequired("Write why, for those who look at this account later.")],
        description="Administrators see it here and in the audit. The person does not.",
    )


class ConfirmForm(Form):
    """Nothing but the intention."""
