"""The forms about addresses."""

from __future__ import annotations

from wtforms import EmailField, PasswordField
from wtforms.validators import InputRequired, Length

from webapp.web.forms import Form


class AddressForm(Form):
    """Another address."""

    email = EmailField(
        "New email address",
        [InputRequired("Write your email address."), Length(max=254, message="That is too long.")],
    )


class VerifyForm(Form):
    """The intention alone; in a browser where the account is not signed in, its password too."""

    password = PasswordField("Password")


class SureForm(Form):
    """Nothing but the intention."""
