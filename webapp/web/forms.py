"""The parent of every form."""

from __future__ import annotations

from typing import Any

from flask import g, request
from flask_wtf import FlaskForm
from wtforms import Field

from webapp.core.errors import Problem
from webapp.infra.database import undo

_REFUSALS = {
    "too_old": "This page was open for too long, or you signed in elsewhere meanwhile. Nothing is lost: send it again.",
    "no_cookie": (
        "This browser did not keep the cookie that protects this form. Allow cookies for this site and send it again; "
        "Safari keeps them over https only, not on http://localhost."
    ),
}


class Form(FlaskForm):
    """A form that keeps what was typed, and refuses what no field can hold."""

    class Meta(FlaskForm.Meta):
        """Spaces around a value are the keyboard's, except in a password."""

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """Text fields of the request alone: FlaskForm would take uploaded files and JSON for values too."""
            del form
            return None if formdata is None else request.form

        def bind_field(self, form: Any, unbound_field: Any, options: Any) -> Field:
            """Trim every text field."""
            filters = list(unbound_field.kwargs.get("filters", []))
            if unbound_field.field_class.__name__ in {
                "StringField",
                "TextAreaField",
                "EmailField",
                "HiddenField",
            }:
                filters.append(_trimmed)
            bound: Field = unbound_field.bind(form=form, filters=filters, **options)
            return bound

    def is_sent(self) -> bool:
        """Whether this is a whole form, sent by its own page. A refused one may be shown again with a reason."""
        if not self.is_submitted():
            return False
        if g.get("form_is_refused"):
            self.form_errors.append(_REFUSALS[g.form_is_refused])
            return False
        valid = bool(self.validate())
        for name, field in self._fields.items():
            if isinstance(field.data, str) and "\x00" in field.data:
                self.point_at({name: "Leave out the invisible character."})
                valid = False
        return valid

    def refuse(self, problem: Problem) -> None:
        """Show a refusal beside its fields, else above them. Undoes what the unit did, as raising would."""
        if not problem.keeps_changes:
            undo()
        self.point_at(problem.fields or {})
        if not problem.fields:
            self.form_errors.append(problem.message)

    def point_at(self, fields: dict[str, str]) -> None:
        """Put sentences beside fields; what belongs to no field of this form stands above them."""
        for name, sentence in fields.items():
            if name in self._fields:
                self._fields[name].errors = [*self._fields[name].errors, sentence]
            else:
                self.form_errors.append(sentence)


def _trimmed(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value
