"""The forms of the console."""

from __future__ import annotations

from datetime import UTC, datetime

from wtforms import (
    BooleanField,
    HiddenField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, DateTimeLocalInput, ListWidget

from webapp.web.forms import Form


class NameForm(Form):
    """The name shown."""

    version = HiddenField()
    display_name = StringField("Display name", [InputRequired("Write a name to show.")])


class RolesForm(Form):
    """Every role there is, those held ticked."""

    version = HiddenField()
    roles = SelectMultipleField("Roles", option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False))


def check_moment(_form: Form, field: StringField) -> None:
    """Refuse what is no moment; whether it is a good one is not the form's business."""
    try:
        read_moment(field.data)
    except ValueError:
        raise ValidationError("Write a date and a time, such as 2030-12-24T18:00.") from None


def read_moment(text: str | None) -> datetime | None:
    """The moment as a browser sends it, without a zone, taken as UTC; a day alone is its beginning.

    None where nothing is written. Raises ValueError for anything else.
    """
    if not text:
        return None
    # Browsers leave seconds of zero out.
    pattern = ("%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S")[min(text.count(":"), 2)]
    return datetime.strptime(text.replace(" ", "T"), pattern).replace(tzinfo=UTC)


class LockForm(Form):
    """Why the account is locked, and until when."""

    version = HiddenField()
    reason = StringField(
        "Reason",
        [InputRequired("Write why, for those who look at it later.")],
        description="Administrators see it here and in the audit. The person does not.",
    )
    until = StringField(
        "Until, in UTC",
        [check_moment],
        widget=DateTimeLocalInput(),
        description="Left empty, the account stays locked until somebody unlocks it.",
    )

    @property
    def ends_at(self) -> datetime | None:
        """The moment as it was written, in a form that is sent; None where there is none."""
        return read_moment(self.until.data)


class VersionForm(Form):
    """The intention, and the state of the account that it was formed upon."""

    version = HiddenField()


class DeleteForm(Form):
    """Typed by hand, so that nobody deletes an account they did not mean."""

    version = HiddenField()
    username = StringField("Username", [InputRequired("Type the username of the account.")])

    def names(self, username: str) -> bool:
        """Whether this is the username that was typed; says so beside the field where it is not."""
        if (self.username.data or "").casefold() == username.casefold():
            return True
        self.point_at(
            {"username": f"That is not the username of this account. Type {username} to delete it."}
        )
        return False


class DeleteNamedForm(Form):
    """Its name typed by hand, so that nobody deletes what they did not mean."""

    name = StringField("Name")

    def names(self, name: str, kind: str) -> bool:
        """Whether this is the name that was typed; says so beside the field where it is not. `kind`: "connection"."""
        if self.name.data == name:
            return True
        self.point_at({"name": f"That is not the name of this {kind}. Type {name} to delete it."})
        return False


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


class RoleForm(Form):
    """What a role is for and what it grants. `version` is the state it was made from, `seal` the plan looked at."""

    version = HiddenField()
    seal = HiddenField()
    name = StringField("Name")
    description = StringField("Description")
    # Which there are is for the domain to say: a service may go while the form is open.
    scopes = SelectMultipleField(
        "Scopes",
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
        choices=[],
        validate_choice=False,
    )
    more = TextAreaField("Further scopes")

    @property
    def wanted(self) -> list[str]:
        """The scopes ticked and those typed."""
        return [*(self.scopes.data or []), *(self.more.data or "").split()]
