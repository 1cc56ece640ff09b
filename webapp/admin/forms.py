"""The forms of the console."""

from __future__ import annotations

from wtforms import BooleanField, HiddenField, SelectMultipleField, StringField, TextAreaField
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


class RevokeKeyForm(Form):
    """Whether everybody is to sign in again."""

    end_sessions = BooleanField(
        "Also sign everybody out, yourself included",
        description="For when somebody may have used the key: every session ends, and people sign in again.",
    )


class ClientForm(Form):
    """A program that is to ask about tokens. The form names it, so that sending it twice registers it once."""

    id = HiddenField()
    name = StringField("Name", [InputRequired("Write a name, such as Reports.")])
    audience = StringField("Audience", [InputRequired("Write whom the tokens are meant for.")])
    scopes = TextAreaField("Scopes")


class ScopesForm(Form):
    """What tokens for a service may carry."""

    version = HiddenField()
    scopes = TextAreaField("Scopes")


class ReturnAddressForm(Form):
    """An address to which signing in may lead back."""

    url = StringField("Address", [InputRequired("Write the whole address.")])


class InvitationForm(Form):
    """Whom to invite, and the roles they hold from the start."""

    email = StringField("Email address", [InputRequired("Write an email address.")])
    roles = SelectMultipleField("Roles", option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False))
