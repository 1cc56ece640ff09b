"""The question desk of the refresh rule: what the guide's table says, the rule itself answers."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from tests.page_client import PageClient
from webapp.guide import refresh_desk

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

# As the table of the chapter stands, with 60 s of overlap and a deadline of 15 s.
ROWS = [
    ("unknown", 5, "browser", "no", 401, "session_ended"),
    ("newest", 119, "browser", "no", 200, ""),
    ("newest", 120, "other", "yes", 200, ""),
    ("former", 5, "other", "no", 401, "refresh_token_reused"),
    ("former", 59, "browser", "no", 200, ""),
    ("former", 60, "browser", "no", 409, "refresh_retry"),
    ("former", 89, "browser", "yes", 409, "refresh_retry"),
    ("former", 90, "browser", "no", 200, ""),
    ("former", 120, "browser", "yes", 401, "refresh_token_reused"),
    ("second", 14, "browser", "no", 409, "refresh_retry"),
    ("second", 15, "browser", "no", 401, "refresh_token_reused"),
    ("old", 0, "browser", "no", 401, "refresh_token_reused"),
    ("newest", 600, "keyless", "yes", 401, "invalid_dpop_proof"),
]


def test_each_row_is_answered_as_the_rule_decides(at_work: Flask) -> None:
    found = []
    for shown, age, who, kept, _, _ in ROWS:
        verdict = refresh_desk.answer(refresh_desk.Question(shown, age, who, kept))
        found.append((shown, age, who, kept, verdict.status, verdict.code))
    assert found == ROWS


def test_answer_stands_under_the_question_that_was_asked(pages: PageClient) -> None:
    assert pages.get("/guide/refresh").find(".verdict") is None
    page = pages.submit("/guide/refresh#desk", shown="newest", age="130", who="other", kept="yes")
    assert page.status == 200
    assert page.get(".verdict code").text == "200"
    assert "number 8 comes in a cookie" in page.get(".verdict").text
    chosen = [page.get(f"#{name} option[selected]").attributes["value"] for name in ("shown", "who", "kept")]
    assert (chosen, page.get("#age").attributes["value"]) == (["newest", "other", "yes"], "130")


def test_answer_goes_by_the_settings_in_force(make_app: Callable[..., Flask]) -> None:
    other = PageClient(make_app(REFRESH_OVERLAP="100", REFRESH_DEADLINE="20").test_client())
    page = other.get("/guide/refresh?shown=former&age=99")
    assert page.get(".verdict code").text == "200"
    assert "less than 100 seconds ago" in page.get(".verdict").text
    assert other.get("/guide/refresh?age=100").get(".verdict code").text == "409 refresh_retry"


def test_question_without_sense_is_marked_at_its_field(pages: PageClient) -> None:
    ages = ("", "-1", "1.5", "86401", "9" * 3000, "٣٠", "x\x00")
    names = [("shown", ""), ("shown", "<script>"), ("who", "nobody"), ("kept", "perhaps")]
    for name, value in [*(("age", age) for age in ages), *names]:
        page = pages.get(f"/guide/refresh?{urlencode({name: value})}")
        assert page.status == 422, (name, value)
        marked = [each.attributes["id"] for each in page.find_all("form [aria-invalid=true]")]
        assert marked == [name], (name, value)
        assert page.find(f"#{name}-error") is not None
        assert page.find(".verdict") is None


def test_other_words_in_the_address_are_no_question(pages: PageClient) -> None:
    page = pages.get("/guide/refresh?from=mail")
    assert (page.status, page.find(".verdict")) == (200, None)
