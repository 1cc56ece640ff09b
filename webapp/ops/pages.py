"""What machines ask: alive, ready, and what the API is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, current_app, jsonify

from webapp.access.guards import public
from webapp.config import current_settings
from webapp.infra.database import unit_of_work
from webapp.ops.health import list_faults
from webapp.web.openapi import describe_api

if TYPE_CHECKING:
    from collections.abc import Callable

blueprint = Blueprint("ops", __name__)


def touches_nothing(view: Callable[..., Any]) -> Callable[..., Any]:
    """Run without a unit of work: this must answer while the database is away."""
    view.needs_no_database = True  # type: ignore[attr-defined]
    return view


@blueprint.get("/healthz")
@public
@touches_nothing
def alive() -> Any:
    """The process answers; nothing else is asked."""
    return jsonify({"status": "alive"})


@blueprint.get("/readyz")
@public
@touches_nothing
def ready() -> Any:
    """Whether requests should come here: 503 says which part is missing."""
    # Reading only: a probe that took SQLite's write lock would hold up whoever works, and wait for them.
    with unit_of_work(writes=False):
        faults = list_faults()
    if faults:
        return jsonify({"status": "not ready", "faults": faults}), 503, {"Retry-After": "5"}
    return jsonify({"status": "ready"})


@blueprint.get("/openapi.json")
@public
@touches_nothing
def openapi() -> Any:
    """The API in OpenAPI 3.1."""
    settings = current_settings()
    document = describe_api(
        current_app.extensions["latchkey_operations"], settings.public_url, settings.app_name
    )
    response = jsonify(document)
    response.headers["Cache-Control"] = "public, max-age=300"
    return response
