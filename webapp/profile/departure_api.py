"""Taking one's data along, and leaving, for the front end."""

from __future__ import annotations

from datetime import datetime

from flask import Response
from pydantic import BaseModel

from webapp.access.guards import bearer
from webapp.access.visitor import caller
from webapp.accounts.errors import LastAdministrator
from webapp.connections.own_data import WholeExport, export_all
from webapp.profile.departure import keep_account, request_deletion
from webapp.sessions.errors import ProofNeeded
from webapp.web.versions import Api

api = Api("departure")


class DeletionAnswer(BaseModel):
    """The day on which the account is deleted, unless its owner comes back before."""

    deletion_due_at: datetime


@api.add(
    "GET",
    "/export",
    access=bearer(),
    answers={200: WholeExport},
    problems=(ProofNeeded,),
    writes_late=True,
)
def read_export() -> Response:
    """Everything kept about the person, as a file: no secret is in it. Needs a fresh proof."""
    export = export_all(caller())
    response = Response(export.model_dump_json(indent=2), content_type="application/json")
    name = f"latchkey-{export.account.username}-{export.exported_at:%Y-%m-%d}.json"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@api.add(
    "POST",
    "/deletion",
    access=bearer(),
    answers={202: DeletionAnswer},
    problems=(ProofNeeded, LastAdministrator),
)
def send_deletion() -> DeletionAnswer:
    """Ask for the account to be deleted in 14 days; every session ends, this one too. Needs a fresh proof."""
    return DeletionAnswer(deletion_due_at=request_deletion(caller()))


@api.add("DELETE", "/deletion", access=bearer(), answers={204: None})
def drop_deletion() -> None:
    """Keep the account. Where no deletion is due, nothing changes."""
    keep_account(caller())
