"""The console's blueprint, its start, and how its lists read their filters."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request

from webapp.access.guards import page

blueprint = Blueprint("admin", __name__, url_prefix="/admin")
_LONGEST_FILTER = 200


@blueprint.get("")
@page("admin:read")
def start() -> Any:
    """To the accounts."""
    return redirect("/admin/accounts", 303)


def filters_of(*names: str) -> dict[str, str]:
    """What the URL says under these names, as a list can be asked for it."""
    return {name: request.args.get(name, "").replace("\x00", "").strip()[:_LONGEST_FILTER] for name in names}
