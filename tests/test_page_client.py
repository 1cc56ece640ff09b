"""The page client sends what a browser without JavaScript would send."""

from __future__ import annotations

import pytest
from flask import Flask, Response, redirect, request
from werkzeug.wrappers import Response as ResponseValue

from tests.page_client import PageClient
from tests.servers.application import BrowserLikeClient

FORM = """<!doctype html><html lang="en"><head><title>Cat</title></head><body><main><h1>Cat</h1>
<form method="post" action="/cats"><input type="hidden" name="csrf_token" value="t0ken">
<label>Name <input name="name" value="Tom"></label>
<label>Kind <select name="kind"><option value="a">A</option><option value="b" selected>B</option></select></label>
<label><input type="checkbox" name="wild" value="yes"> Wild</label>
<label><input type="checkbox" name="tame" value="yes" checked> Tame</label>
<label>Notes <textarea name="notes">two
lines</textarea></label>
<button name="act" value="keep">Keep</button><button name="act" value="drop">Drop</button></form></main></body>
</html>"""


@pytest.fixture
def pages() -> PageClient:
    """A visitor of a small site with one form, which keeps what it was last sent."""
    site = Flask(__name__)
    site.test_client_class = BrowserLikeClient

    @site.after_request
    def policy(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
        return response

    @site.get("/seen/<int:number>")
    def seen(number: int) -> str:
        return FORM.replace("t0ken", f"t0ken-{number}").replace(
            "<label>Kind", "Kind" if number > 1 else "<label>Kind"
        )

    @site.get("/cat")
    def show() -> str:
        return FORM

    @site.post("/cats")
    def keep() -> ResponseValue:
        site.config["SENT"] = request.form.to_dict()
        return redirect("/cat?kept=1", 303)

    return PageClient(site.test_client())


def sent_by(pages: PageClient) -> dict[str, str]:
    sent: dict[str, str] = pages.client.application.config["SENT"]
    return sent


def test_form_is_sent_with_its_defaults_and_its_hidden_fields(pages: PageClient) -> None:
    pages.get("/cat")
    page = pages.submit(name="Felix")
    expected = {
        "csrf_token": "t0ken",
        "name": "Felix",
        "kind": "b",
        "tame": "yes",
        "notes": "two\nlines",
        "act": "keep",
    }
    assert sent_by(pages) == expected
    assert (page.status, page.path) == (200, "/cat?kept=1")


def test_pressed_button_and_left_out_fields_count(pages: PageClient) -> None:
    pages.get("/cat")
    pages.submit("/cats", button="Drop", tame=None, wild="yes")
    sent = sent_by(pages)
    assert (sent["act"], sent["wild"]) == ("drop", "yes")
    assert "tame" not in sent


def test_field_that_the_form_does_not_have_is_refused(pages: PageClient) -> None:
    pages.get("/cat")
    with pytest.raises(AssertionError, match="no field"):
        pages.submit(colour="red")


def test_page_that_differs_from_one_seen_is_audited_too(pages: PageClient) -> None:
    for number in (0, 1):
        assert pages.get(f"/seen/{number}").form().attributes["action"] == "/cats"
    with pytest.raises(AssertionError, match="/seen/2"):
        pages.get("/seen/2")
