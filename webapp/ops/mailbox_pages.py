"""The mailbox of a development installation: every letter that would have been sent. Registered nowhere else."""

from __future__ import annotations

from flask import Blueprint, Response, render_template

from webapp.access.guards import public
from webapp.infra.mailbox import get_kept_letter, list_kept_letters
from webapp.web.this_machine import require_this_machine

PATH = "/mailbox"
blueprint = Blueprint("mailbox", __name__, url_prefix=PATH)


@blueprint.get("")
@public
def index() -> str:
    """The newest letters of the last day."""
    require_this_machine()
    return render_template("mailbox/index.html", letters=list_kept_letters())


@blueprint.get("/<mail_id>")
@public
def show(mail_id: str) -> str:
    """One letter, its links ready to be followed."""
    require_this_machine()
    return render_template("mailbox/letter.html", kept=get_kept_letter(mail_id))


@blueprint.get("/<mail_id>.eml")
@public
def download(mail_id: str) -> Response:
    """The whole message, for a mail program: how it looks there is the program's affair."""
    require_this_machine()
    response = Response(get_kept_letter(mail_id).to_bytes(), mimetype="message/rfc822")
    response.headers.set("Content-Disposition", "attachment", filename=f"{mail_id}.eml")
    return response
