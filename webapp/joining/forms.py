"""The forms of set-up and registration: exactly these three fields."""

from __future__ import annotations

from wtforms import EmailField, PasswordField, StringField
from wtforms.validators import InputRequired

from webapp.web.forms import Form


class JoiningForm(Form):
    """A name, an address and a password. What they may be is decided by the flow."""

    username = StringField("Username", [InputRequired("Choose a username.")])
    email = EmailField("Email address", [InputRequired("Write your email address.")])
    password = PasswordField("Password", [InputRequired("Choose a password.")])
