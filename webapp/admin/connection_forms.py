"""The forms of connections. A key is in no form that is shown: neither sent back nor carried along."""

from __future__ import annotations

from typing import Any, Final

from wtforms import (
    BooleanField,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.widgets import CheckboxInput, ListWidget

from webapp.connections.quantities import size_in_words
from webapp.connections.word_rules import (
    LONGEST_KEY,
    LONGEST_NAME,
    LONGEST_PURPOSE,
    LONGEST_URL,
    METHODS,
)
from webapp.connections.words import DEFAULTS, ConnectionWords
from webapp.web.forms import Form

AUTH_WORDS: Final = {
    "bearer": "As a token: Authorization: Bearer …",
    "basic": "As the password of a user: Authorization: Basic …",
    "header": "In a header of its own",
    "query": "In a parameter of the query",
}
_SIZES: Final = ("most_sent", "most_answered")
_LINES: Final = ("paths", "request_headers", "answer_headers")
_NUMBERS: Final = ("answer_seconds", "call_seconds", "calls_at_once")


def _key_field() -> PasswordField:
    """What asks for a proof first carries no field whose name ends so, and nothing keeps one (see access)."""
    return PasswordField("Key", render_kw={"maxlength": LONGEST_KEY * 2})


def _url_field() -> StringField:
    return StringField("Base URL", render_kw={"maxlength": LONGEST_URL})


def _kind_field(default: str | None = None) -> RadioField:
    return RadioField("How the key is sent", choices=AUTH_WORDS, validate_choice=False, default=default)


def _name_field() -> StringField:
    return StringField("User, header or parameter")


def _template_field() -> StringField:
    return StringField("Template of the header")


def _ticks(label: str, choices: tuple[str, ...] = ()) -> SelectMultipleField:
    # What may be chosen is for the domain to say: a role may go while the form is open.
    offered: Any = list(choices)
    return SelectMultipleField(
        label,
        choices=offered,
        validate_choice=False,
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )


class _KeyForm(Form):
    """A form with a key in it, which the domain calls `key`."""

    @property
    def key(self) -> str:
        """As it was typed."""
        field = self._fields["key_credential"]
        return field.data or ""

    @property
    def typed(self) -> dict[str, Any]:
        """The rest, as the domain reads it."""
        return {name: field.data for name, field in self._fields.items() if name in DEFAULTS}

    @property
    def has_spaces_around_key(self) -> bool:
        """Whether something was left out of it."""
        return self.key != self.key.strip()

    def point_at(self, fields: dict[str, str]) -> None:
        """Beside the field in which the key was."""
        super().point_at({"key_credential" if name == "key" else name: text for name, text in fields.items()})


class NewConnectionForm(_KeyForm):
    """A new connection. The form names it, so that sending it twice makes one. The domain says what may stand in it."""

    id = HiddenField()
    name = StringField("Name", render_kw={"maxlength": LONGEST_NAME})
    purpose = StringField("Purpose", render_kw={"maxlength": LONGEST_PURPOSE})
    base_url = _url_field()
    is_enabled = BooleanField("Turned on from the start")
    key_credential = _key_field()
    auth_kind = _kind_field(DEFAULTS["auth_kind"])
    auth_name = _name_field()
    auth_template = _template_field()
    methods = _ticks("Methods", METHODS)
    paths = TextAreaField("Paths")
    request_headers = TextAreaField("Headers sent along")
    answer_headers = TextAreaField("Headers passed back")
    per_person = StringField("Calls of each person")
    overall = StringField("Calls of everybody together")
    calls_at_once = StringField("Calls of one person at once")
    most_sent = StringField("Largest body sent")
    most_answered = StringField("Largest answer")
    answer_seconds = StringField("Seconds until the answer begins")
    call_seconds = StringField("Seconds for the whole call")
    roles = _ticks("Roles")


class ConnectionForm(NewConnectionForm):
    """One that is there: its name stays; its state has a form of its own, and its key, with where and how it goes."""

    version = HiddenField()
    id = name = is_enabled = key_credential = None  # type: ignore[assignment]
    base_url = auth_kind = auth_name = auth_template = None  # type: ignore[assignment]


class ReplaceKeyForm(_KeyForm):
    """Another key, where it goes and how. `version` is the state the form was made from."""

    version = HiddenField()
    key_credential = _key_field()
    base_url = _url_field()
    auth_kind = _kind_field()
    auth_name = _name_field()
    auth_template = _template_field()


class TrialForm(Form):
    """A call to try the connection with."""

    method = SelectField("Method", choices=[], validate_choice=False)
    path = StringField("Path")
    body = TextAreaField("Body")


def as_written(words: ConnectionWords | None = None) -> dict[str, Any]:
    """The values of a form: of this connection, else the defaults."""
    values = {name: getattr(words, name) if words else value for name, value in DEFAULTS.items()}
    lines = {name: "\n".join(values[name]) for name in _LINES}
    sizes = {name: size_in_words(values[name]) for name in _SIZES}
    numbers = {name: str(values[name]) for name in _NUMBERS}
    return values | lines | sizes | numbers | {each: list(values[each]) for each in ("methods", "roles")}
