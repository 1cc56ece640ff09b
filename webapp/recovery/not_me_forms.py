"""The form that secures an account."""

from __future__ import annotations

from webapp.web.forms import Form


class NotMeForm(Form):
    """Nothing but the intention."""
