"""Changing a setting in the console: in force at once, audited, held to the environment's rules, undone again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.admin.console import Console, enter, events, open_console
from tests.admin.test_settings_page import row
from tests.make import enrol_app, make_account, make_administrator
from tests.page_client import PageClient

if TYPE_CHECKING:
    from flask import Flask

    from tests.page_client import Page


@pytest.fixture
def environment() -> dict[str, str]:
    return {}


@pytest.fixture
def console(app: Flask) -> Console:
    return open_console(app)


def change(console: Console, slug: str, value: str | list[str]) -> Page:
    """Open the form of a setting, and send it; where it is looked at first, confirm."""
    path = f"/admin/settings/{slug}"
    console.pages.get(path)
    if slug != "require-mfa-for":
        return console.pages.submit(path, value=value)
    console.pages.submit(f"{path}/confirm", value=value)
    return console.pages.submit(path)


@pytest.mark.database
def test_registration_is_closed_for_visitors_at_once_and_open_again(app: Flask, console: Console) -> None:
    visitor = PageClient(app.test_client())
    assert "REGISTRATION is closed." in change(console, "registration", "closed").text
    assert visitor.get("/register").status == 403
    assert "/register" not in [each.attributes["href"] for each in visitor.get("/login").find_all("a")]
    assert row(console, "REGISTRATION")[1].startswith("changed here by root, just now")
    assert "REGISTRATION is invite." in change(console, "registration", "invite").text
    assert visitor.get("/register").heading == "By invitation only"
    console.pages.get("/admin/settings/registration/return")
    page = console.pages.submit("/admin/settings/registration/return")
    assert "REGISTRATION is open." in page.text
    assert row(console, "REGISTRATION") == ("open", "default")
    assert visitor.get("/register").status == 200
    told = [json.loads(each.detail) for each in events(app, "setting.changed")]
    assert [(each["before"], each["after"], each["source"]) for each in told] == [
        ("open", "closed", "console"),
        ("closed", "invite", "console"),
        ("invite", "open", "environment"),
    ]
    assert {each.actor_id for each in events(app, "setting.changed")} == {console.root.id}


def test_name_of_the_service_is_on_every_page_at_once(app: Flask, console: Console) -> None:
    page = change(console, "app-name", "  Ängste  & <b>Söhne</b> ")
    assert page.get(".brand").text == "Ängste & <b>Söhne</b>"
    assert PageClient(app.test_client()).get("/login").get("title").text.endswith("Ängste & <b>Söhne</b>")
    assert app.test_client().get("/openapi.json").get_json()["info"]["title"] == "Ängste & <b>Söhne</b>"
    assert "from Latchkey to Ängste" in console.pages.get("/admin/audit?name=setting.changed").text


@pytest.mark.parametrize("value", ["", "   ", "x" * 61, "x" * 20_000, "a\u202eb", "a\0b", "\u200b"])
def test_name_that_cannot_be_shown_is_refused(app: Flask, console: Console, value: str) -> None:
    page = change(console, "app-name", value)
    assert page.status == 422
    assert page.get("#value").attributes["aria-invalid"] == "true"
    assert events(app, "setting.changed") == []
    assert row(console, "APP_NAME") == ("Latchkey", "default")


@pytest.mark.parametrize(
    ("slug", "data"),
    [
        ("registration", {"value": "OPEN"}),
        ("registration", {}),
        ("registration", {"value": '{"a":1}'}),
        ("require-mfa-for", {"value": ["administrator", "nobody"]}),
        ("require-mfa-for", {"value": "administrator,support"}),
    ],
)
def test_value_that_the_form_does_not_offer_is_refused(
    app: Flask, console: Console, slug: str, data: dict[str, object]
) -> None:
    token = console.pages.get("/admin/settings").get("[name=csrf_token]").attributes["value"]
    sent = console.pages.post(f"/admin/settings/{slug}", data={**data, "csrf_token": token, "version": "0"})
    assert sent.status == 422
    assert events(app, "setting.changed") == []


def test_saving_what_is_in_force_changes_nothing(app: Flask, console: Console) -> None:
    assert "APP_NAME was Latchkey already." in change(console, "app-name", "Latchkey").text
    assert events(app, "setting.changed") == []
    assert row(console, "APP_NAME") == ("Latchkey", "default")


@pytest.mark.database
def test_stale_form_is_refused_and_shows_how_things_stand(app: Flask, console: Console) -> None:
    other = enter(app, make_administrator(app, "other"))
    other.get("/admin/settings/app-name")
    change(console, "app-name", "First")
    page = other.submit("/admin/settings/app-name", value="Second")
    assert page.status == 409
    assert page.get("#value").attributes["value"] == "First"
    # The page that came back was made from the present state.
    assert "APP_NAME is Third." in other.submit("/admin/settings/app-name", value="Third").text
    console.pages.get("/admin/settings/app-name/return")
    other.get("/admin/settings/app-name")
    other.submit("/admin/settings/app-name", value="Fourth")
    assert console.pages.submit("/admin/settings/app-name/return").status == 409
    assert row(console, "APP_NAME")[0] == "Fourth"


def test_form_without_a_version_or_with_an_invented_one_is_stale(console: Console) -> None:
    token = console.pages.get("/admin/settings").get("[name=csrf_token]").attributes["value"]
    for version in ({}, {"version": "1-0"}, {"version": "x" * 9_000}):
        data = {"csrf_token": token, "value": "closed", **version}
        assert console.pages.post("/admin/settings/registration", data=data).status == 409


def test_required_factor_says_first_who_is_held_back(app: Flask, console: Console) -> None:
    enrol_app(app, make_administrator(app, "safe"))
    make_account(app, "eve", roles=("user", "auditor"))
    console.pages.get("/admin/settings/require-mfa-for")
    page = console.pages.submit("/admin/settings/require-mfa-for/confirm", value=["administrator", "auditor"])
    assert "2 accounts hold such a role and have none." in page.text
    assert "Yours is one of them" in page.text
    assert row(console, "REQUIRE_MFA_FOR") == ("none", "default")


@pytest.mark.database
def test_required_factor_holds_back_at_once_whoever_has_none(app: Flask, console: Console) -> None:
    enrol_app(app, make_administrator(app, "safe"))
    auditor = enter(app, make_account(app, "eve", roles=("user", "auditor")))
    assert auditor.get("/admin/audit").status == 200
    page = change(console, "require-mfa-for", ["auditor"])
    assert "REQUIRE_MFA_FOR is auditor." in page.text
    assert auditor.get("/admin/audit").heading == "Second step"
    assert "REQUIRE_MFA_FOR is none." in change(console, "require-mfa-for", []).text
    assert auditor.get("/admin/audit").status == 200


@pytest.mark.database
def test_requirement_that_would_leave_no_administrator_is_refused(app: Flask, console: Console) -> None:
    other = make_administrator(app, "other")
    console.pages.get("/admin/settings/require-mfa-for")
    page = console.pages.submit("/admin/settings/require-mfa-for/confirm", value=["administrator"])
    assert page.status == 409
    assert "No administrator would be left" in page.text
    token = page.get("[name=csrf_token]").attributes["value"]
    data = {"csrf_token": token, "value": "administrator", "version": "0"}
    assert console.pages.post("/admin/settings/require-mfa-for", data=data).status == 409
    assert row(console, "REQUIRE_MFA_FOR") == ("none", "default")
    enrol_app(app, other)
    change(console, "require-mfa-for", ["administrator"])
    assert console.pages.get("/admin/accounts").heading == "Second step"
