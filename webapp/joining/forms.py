"""The forms of set-up, registration and invitation: exactly these fields."""

from __future__ import annotations

from wtforms import EmailField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from webapp.web.forms import Form

_LENGTH = Length(max=254, message="That is too long.")


class JoiningForm(Form):
    """A name, an address and a password. What they may be is decided by the flow."""

    username = StringField("Username", [InputRequired("Choose a username."), _LENGTH])
    email = EmailField("Email address", [InputRequired("Write your email address."), _LENGTH])
    password = PasswordField("Password", [InputRequired("Choose a password.")])


class InvitedForm(Form):
    """A name and a password; the address is the invitation's."""

    username = StringField("Username", [InputRequired("Choose a username."), _LENGTH])
    password = PasswordField("Password", [InputRequired("Choose a password.")])
