"""The list of accounts: who is found, by which words and filters, and what an empty list says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.admin.console import call, enter, events, names_on, open_console
from tests.make import make_account, make_administrator

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

ODD = [
    "100% sure",
    "under_score",
    "back\\slash",
    "O'Brien; --",
    '"quoted"',
    "<b>bold</b>",
    "日本 太郎",
    "a & b",
]


def search(app: Flask, **filters: str) -> list[str]:
    page = enter(app, make_administrator(app, "root")).get("/admin/accounts", query_string=filters)
    return sorted(names_on(page))


@pytest.mark.database
@pytest.mark.parametrize("q", ["carol", "CAR", "carol@example.org", "Carol@EXAMPLE", "Lanterns", "  carol  "])
def test_search_finds_by_username_address_and_part_of_the_name(app: Flask, q: str) -> None:
    carol = make_account(app, "carol")
    make_account(app, "dave")
    call(app, carol, "Carol of the Lanterns")
    assert search(app, q=q) == ["Carol of the Lanterns"]


def test_search_finds_by_id(app: Flask) -> None:
    carol = make_account(app, "carol")
    pages = enter(app, make_administrator(app, "root"))
    assert names_on(pages.get(f"/admin/accounts?q={carol.id.upper()}")) == ["carol"]
    assert names_on(pages.get(f"/admin/accounts?q={carol.id[:-1]}")) == []


@pytest.mark.database
@pytest.mark.parametrize("name", ODD)
def test_search_takes_odd_characters_literally(app: Flask, name: str) -> None:
    call(app, make_account(app, "odd1"), name)
    call(app, make_account(app, "odd2"), "100 sure under-score back slash")
    assert search(app, q=name) == [name]


@pytest.mark.parametrize("q", ["%", "_", "c%l", "c_rol"])
def test_search_signs_of_like_match_nothing_but_themselves(app: Flask, q: str) -> None:
    make_account(app, "carol")
    assert search(app, q=q) == []


@pytest.mark.database
@pytest.mark.parametrize("q", ["élan", "ÉLAN", "e\u0301lan"])
def test_search_folds_case_and_form_of_letters_beyond_ascii(app: Flask, q: str) -> None:
    call(app, make_account(app, "zoe"), "Zoé Élan")
    assert search(app, q=q) == ["Zoé Élan"]


@pytest.mark.parametrize(
    "q", ["\x00", "%00", "x" * 5_000, "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")]
)
def test_search_survives_what_nobody_is_called(app: Flask, q: str) -> None:
    pages = enter(app, make_administrator(app, "root"))
    assert pages.get("/admin/accounts", query_string={"q": q}).status == 200


@pytest.mark.database
def test_state_filter_tells_active_locked_and_unverified_apart(app: Flask) -> None:
    make_account(app, "open")
    make_account(app, "shut", locked=True)
    make_account(app, "claims", verified=False)
    pages = enter(app, make_administrator(app, "root"))
    found = {
        state: names_on(pages.get(f"/admin/accounts?state={state}"))
        for state in ("active", "locked", "unverified")
    }
    assert found == {"active": ["root", "open"], "locked": ["shut"], "unverified": ["claims"]}


@pytest.mark.database
def test_role_filter_and_search_narrow_each_other_down(app: Flask) -> None:
    make_administrator(app, "ruth")
    make_account(app, "rudolf")
    assert search(app, role="administrator") == ["root", "ruth"]
    pages = enter(app, make_administrator(app, "rita"))
    assert names_on(pages.get("/admin/accounts?role=administrator&q=ru")) == ["ruth"]
    assert names_on(pages.get("/admin/accounts?role=nobody-holds-this")) == []


def test_filters_stay_in_the_address_and_in_the_form(app: Flask) -> None:
    pages = enter(app, make_administrator(app, "root"))
    pages.get("/admin/accounts")
    page = pages.submit("/admin/accounts", q="ro", state="active", role="administrator")
    assert {"q=ro", "state=active", "role=administrator"} <= {*page.path.partition("?")[2].split("&")}
    assert page.get("#q").attributes["value"] == "ro"
    assert [each.text for each in page.find_all("option[selected]")] == ["Active", "administrator"]
    assert [each.text for each in page.find_all(".chip")] == [
        "“ro”: remove this filter",
        "State: active: remove this filter",
        "Role: administrator: remove this filter",
    ]
    assert page.find_all(".chip")[1].attributes["href"] == "/admin/accounts?q=ro&role=administrator"


def test_unknown_state_in_the_address_counts_as_any(app: Flask) -> None:
    assert search(app, state="<script>") == ["root"]


def test_counts_say_how_many_there_are_and_how_many_match(app: Flask) -> None:
    console = open_console(app)
    assert console.pages.get("/admin/accounts").get(".subtitle").text == "2 accounts"
    assert console.pages.get("/admin/accounts?q=bob").get(".subtitle").text == "2 accounts · 1 matches"


def test_no_match_says_so_and_leads_back(app: Flask) -> None:
    pages = enter(app, make_administrator(app, "root"))
    assert "No account matches" in pages.get("/admin/accounts?q=nobody").text
    assert pages.click("Show all accounts").path == "/admin/accounts"


def test_search_words_are_shown_as_text(app: Flask) -> None:
    pages = enter(app, make_administrator(app, "root"))
    page = pages.get("/admin/accounts", query_string={"q": '"><script>alert(1)</script>'})
    assert page.get("#q").attributes["value"] == '"><script>alert(1)</script>'
    assert page.find("main script") is None


@pytest.mark.parametrize(
    "path", ["/admin", "/admin/accounts", "/admin/audit", "/admin/accounts/x", "/admin/accounts/x/lock"]
)
def test_console_sends_strangers_to_sign_in_and_back(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 303
    assert response.headers["Location"].endswith("/login?next=" + path.replace("/", "%2F"))


@pytest.mark.database
@pytest.mark.parametrize("path", ["/admin", "/admin/accounts", "/admin/audit"])
def test_console_refuses_plain_people_and_writes_it_down(app: Flask, path: str) -> None:
    bob = make_account(app, "bob")
    page = enter(app, bob).get(path)
    assert page.status == 403
    denied = events(app, "access.denied")
    assert [(each.account_id, each.result) for each in denied] == [(bob.id, "failure")]
