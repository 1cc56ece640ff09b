"""The forms of recovery."""

from __future__ import annotations

from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

from webapp.web.forms import Form


class ForgotForm(Form):
    """Whose password is forgotten."""

    username = StringField(
        "Username or email",
        [
            InputRequired("Write your username or email."),
            Length(max=254, message="That is too long for a name."),
        ],
    )


class ResetForm(Form):
    """A new password, once: the person can look at what they typed."""

    password = PasswordField("New password", [InputRequired("Choose a password.")])
