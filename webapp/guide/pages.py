"""The guide's pages: public, and the same words for everybody; scripts fill in the reader's own token."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request

from webapp.access.guards import public
from webapp.access.visitor import page_standing
from webapp.core.errors import InvalidInput
from webapp.guide import refresh_desk
from webapp.guide.chapters import BESIDE, CHAPTERS, get_chapter, neighbours_of
from webapp.guide.claims import CLAIMS, HEADER
from webapp.guide.facts import list_facts
from webapp.guide.sample import make_sample
from webapp.web.waits import duration

_LONGEST_ANSWER = 20
blueprint = Blueprint("guide", __name__, url_prefix="/guide")


def frame_of(active: str) -> dict[str, Any]:
    """What the frame around each page of the guide shows; `active` is its place in the rail."""
    standing, facts = page_standing(), list_facts()
    return {
        "active": active,
        "chapters": CHAPTERS,
        "beside": BESIDE,
        "reader": standing.account if standing else None,
        "binds_at": facts.issuer if facts.binds else "",
        "facts": facts,
        "span": lambda span: duration(int(span.total_seconds())),
    }


@blueprint.get("")
@public
def index() -> str:
    """All in one picture, and the way to each chapter."""
    return render_template("guide/index.html", **frame_of("start"))


@blueprint.get("/<name>")
@public
def chapter(name: str) -> tuple[str, int]:
    """One chapter."""
    found, frame = get_chapter(name), frame_of(name)
    desk, status = _read_desk() if name == "refresh" else ({}, 200)
    page = render_template(
        f"guide/chapters/{found.name}.html",
        chapter=found,
        neighbours=neighbours_of(found),
        explained_header=HEADER,
        explained_claims=CLAIMS,
        sample=make_sample(frame["facts"]),
        **desk,
        **frame,
    )
    return page, status


def _read_desk() -> tuple[dict[str, Any], int]:
    """The question that the address carries, with its answer or with what is wrong with it."""
    usual = refresh_desk.USUAL
    asked = {name: request.args.get(name, usual[name]).strip()[:_LONGEST_ANSWER] for name in usual}
    desk: dict[str, Any] = {"desk": refresh_desk, "asked": asked, "verdict": None, "errors": {}}
    if not usual.keys() & request.args.keys():
        return desk, 200
    try:
        desk["verdict"] = refresh_desk.answer(refresh_desk.read_question(asked))
    except InvalidInput as invalid:
        desk["errors"] = invalid.fields
        return desk, invalid.status
    return desk, 200
