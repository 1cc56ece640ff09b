"""What the guide says of tokens holds for the tokens that are issued, and its code verifies them."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any

import jwt
import pytest

from tests.architecture.sources import ROOT
from tests.make import csrf_header, make_account, make_program, sign_in, sign_in_by_api
from tests.page_client import PageClient
from webapp.guide.chapters import CHAPTERS
from webapp.guide.claims import CLAIMS, HEADER

if TYPE_CHECKING:
    from flask import Flask


def part_of(token: str, place: int) -> dict[str, Any]:
    text = token.split(".")[place]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return found


@pytest.fixture
def token(app: Flask) -> str:
    return sign_in_by_api(app.test_client(), make_account(app))["Authorization"].split(" ")[1]


def test_every_claim_of_an_issued_token_is_explained_and_no_other(token: str, pages: PageClient) -> None:
    explained = [
        each.attributes["data-part"] for each in pages.get("/guide/access-tokens").find_all("[data-part]")
    ]
    # A plain token is bound to nothing; nothing else may be missing.
    assert {*explained} - {"cnf"} == {*part_of(token, 0), *part_of(token, 1)}
    assert explained == [each.name for each in (*HEADER, *CLAIMS)]


def test_sample_is_of_the_kind_that_is_issued(token: str, pages: PageClient) -> None:
    page = pages.get("/guide/access-tokens")
    shown = {each.attributes["data-value"]: each.text for each in page.find_all("[data-value]")}
    header, claims = part_of(token, 0), part_of(token, 1)
    same = ("alg", "typ", "iss", "aud", "client_id")
    assert {name: shown[name] for name in same} == {name: {**header, **claims}[name] for name in same}
    assert int(shown["exp"]) - int(shown["iat"]) == claims["exp"] - claims["iat"]
    for name, real in (("kid", header["kid"]), ("sub", claims["sub"]), ("sid", claims["sid"])):
        assert len(shown[name]) == len(real), name
    rest = int(page.get("[data-slot=rest]").text)
    assert rest + len(page.get("[data-slot=start]").text) == len(token.split(".")[2])


def test_python_of_the_last_chapter_verifies_a_token_for_its_service(
    app: Flask, pages: PageClient, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    make_program(app, "notes", "notes:read")
    client = app.test_client()
    sign_in_by_api(client, make_account(app))
    answer = client.post("/api/v1/refresh", headers=csrf_header(client), json={"audience": "notes"})
    published = client.get("/.well-known/jwks.json").get_json()
    monkeypatch.setattr(jwt.PyJWKClient, "fetch_data", lambda _keys: published)
    room: dict[str, Any] = {}
    program = "".join(map(str, pages.get("/guide/your-service").get("#in-python").children))
    exec(program, room)
    assert room["verify"](answer.get_json()["token"])["scope"] == "notes:read"
    with pytest.raises(jwt.InvalidAudienceError):
        room["verify"](token)


def test_every_button_has_its_act_and_every_act_its_button(app: Flask, pages: PageClient) -> None:
    sign_in(pages, make_account(app))
    buttons = {
        (each.attributes["data-kind"], each.attributes["data-try"])
        for chapter in CHAPTERS
        for each in pages.get(chapter.path).find_all("button[data-try]")
    }
    acts = {
        (file.stem.removeprefix("try-"), name)
        for file in (ROOT / "static/js/guide").glob("try-*.js")
        for name in re.findall(r"^  async (\w+)\(", file.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert buttons == acts
    assert len(acts) == 13
