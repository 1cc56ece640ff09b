"""The console's blueprint, and how its lists read their filters."""

from __future__ import annotations

from flask import Blueprint, request

blueprint = Blueprint("admin", __name__, url_prefix="/admin")
_LONGEST_FILTER = 200


def filters_of(*names: str) -> dict[str, str]:
    """What the URL says under these names, as a list can be asked for it."""
    return {name: request.args.get(name, "").replace("\x00", "").strip()[:_LONGEST_FILTER] for name in names}
