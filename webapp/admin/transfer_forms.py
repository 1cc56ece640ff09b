"""The forms of import and export."""

from __future__ import annotations

from wtforms import BooleanField, FileField, HiddenField, TextAreaField

from webapp.web.forms import Form


class ImportForm(Form):
    """A file, or its text. The form names the job it asks for, so that sending it twice does it once."""

    id = HiddenField()
    # What it brings is taken from the request: forms here read text alone.
    file = FileField("File")
    text = TextAreaField("Or paste its text")


class ConfirmImportForm(Form):
    """Whether what is faulty may be left out."""

    leave_out = BooleanField("Leave out what is refused, and import the others")
