"""The forms of the sign-in page."""

from __future__ import annotations

from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

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


class ConfirmIdentityForm(Form):
    """The password of whoever is signed in already; the account is the session's, not the form's."""

    password = PasswordField("Password", [InputRequired("Write your password.")])
