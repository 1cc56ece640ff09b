"""The API reference: the description of `/openapi.json`, rendered as pages."""

from __future__ import annotations

from typing import Any

from flask import current_app, render_template, request

from webapp.access.guards import public
from webapp.config import current_settings
from webapp.core.errors import NotFound
from webapp.guide.pages import blueprint, frame_of
from webapp.guide.reference import Group, Reference, list_versions, read_reference
from webapp.guide.reference_command import command_of
from webapp.web.openapi import describe_api

PATH = "/guide/api"
_USUAL_VERSION = "v1"
_LONGEST_SEARCH = 100
_READ = "latchkey_reference"


@blueprint.get("/api")
@public
def reference() -> str:
    """Every call, grouped; with `find`, those in which its words occur."""
    shown, frame = _reference_asked_for(), _frame()
    asked = request.args.get("find", "")[:_LONGEST_SEARCH].strip()
    return render_template(
        "guide/reference.html", reference=shown, asked=asked, found=shown.find(asked), **frame
    )


@blueprint.get("/api/<name>")
@public
def reference_group(name: str) -> str:
    """The calls of one group, each whole."""
    shown, frame = _reference_asked_for(), _frame()
    group = shown.get(name)
    return render_template(
        "guide/reference_group.html",
        reference=shown,
        group=group,
        commands={each.name: command_of(each, current_settings().public_url) for each in group.calls},
        beside_it=_beside(group, shown),
        **frame,
    )


def _frame() -> dict[str, Any]:
    return {
        **frame_of(PATH),
        "reference_path": PATH,
        "versions": list(_references()),
        "usual_version": _USUAL_VERSION,
    }


def _reference_asked_for() -> Reference:
    """That of the version in the address. Raises NotFound for one that there is not."""
    found = _references().get(request.args.get("version", _USUAL_VERSION))
    if found is None:
        raise NotFound
    return found


def _references() -> dict[str, Reference]:
    """By version. Read once: what is served does not change while it is served."""
    extensions = current_app.extensions
    if _READ not in extensions:
        settings = current_settings()
        document = describe_api(extensions["latchkey_operations"], settings.public_url, settings.app_name)
        extensions[_READ] = {each: read_reference(document, each) for each in list_versions(document)}
    found: dict[str, Reference] = extensions[_READ]
    return found


def _beside(group: Group, shown: Reference) -> tuple[Group | None, Group | None]:
    """The groups before and after this one; None at either end."""
    every = [None, *shown.groups, None]
    place = every.index(group)
    return every[place - 1], every[place + 1]
