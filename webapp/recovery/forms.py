"""The form of a reset link."""

from __future__ import annotations

from wtforms import PasswordField
from wtforms.validators import InputRequired

from webapp.web.forms import Form


class ResetForm(Form):
    """A new password, once: the person can look at what they typed."""

    password = PasswordField("New password", [InputRequired("Choose a password.")])
