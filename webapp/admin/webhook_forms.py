"""The forms of webhook endpoints. A secret is typed into none of them: it is made here and shown once."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, HiddenField, SelectMultipleField, StringField
from wtforms.widgets import CheckboxInput, ListWidget

from webapp.web.forms import Form
from webapp.webhooks.words import LONGEST_NAME, LONGEST_URL


class EndpointForm(Form):
    """An endpoint that is there. `version` is the state the form was made from. The domain says what may be typed."""

    version = HiddenField()
    name = StringField("Name", render_kw={"maxlength": LONGEST_NAME})
    url = StringField("Address", render_kw={"maxlength": LONGEST_URL})
    events = SelectMultipleField(
        "Events",
        choices=[],
        validate_choice=False,
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )

    @property
    def typed(self) -> dict[str, Any]:
        """As the domain reads it."""
        return {"name": self.name.data or "", "url": self.url.data or "", "events": self.events.data or []}


class NewEndpointForm(EndpointForm):
    """A new one. The form names it, so that sending it twice makes one."""

    version = None  # type: ignore[assignment]
    id = HiddenField()


class ReplaceSecretForm(Form):
    """Whether the former secret is known to others."""

    version = HiddenField()
    ends_former = BooleanField("Let the former secret sign no more, from now on")
