"""The forms of signing in and of proving oneself again."""

from __future__ import annotations

from wtforms import BooleanField, HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from webapp.web.forms import Form


class LoginForm(Form):
    """Name and password, and where the person was going."""

    username = StringField(
        "Username or email",
        [
            InputRequired("Write your username or email."),
            Length(max=254, message="That is too long for a name."),
        ],
    )
    password = PasswordField("Password", [InputRequired("Write your password.")])
    next = HiddenField()


class SecondStepForm(Form):
    """A code, or what a passkey answered as JSON; whether to trust this browser, and where the person was going."""

    code = StringField("Code")
    credential = HiddenField()
    trust = BooleanField("Trust this browser for 30 days")
    next = HiddenField()

    def validate_code(self, field: StringField) -> None:
        """One of the two."""
        if not field.data and not self.credential.data:
            raise ValidationError("Enter a code.")


class ProofForm(Form):
    """Who is signed in already proves it again; the account is the session's, not the form's.

    The names of these fields are taken: no form that asks for a fresh proof in between can have fields called so.
    """

    password = PasswordField("Password")
    code = StringField("Code")
    credential = HiddenField()

    def validate_password(self, field: PasswordField) -> None:
        """Unless a passkey stands for it."""
        if not field.data and not self.credential.data:
            raise ValidationError("Write your password.")
