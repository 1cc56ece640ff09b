"""The pages of connections: what is typed is kept but for the key, which nobody is ever shown again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.admin.console import Console, enter, events, open_console
from tests.connections.making import CANARY_KEY, OTHER_KEY, make_connection
from tests.make import entered
from webapp.admin.connection_forms import as_written
from webapp.connections.keys import open_key
from webapp.connections.service import get_connection, list_connections
from webapp.infra.database import unit_of_work

if TYPE_CHECKING:
    from flask import Flask

    from tests.page_client import Page

LIST = "/admin/connections"
GOOD = {"name": "weather", "purpose": "Forecasts", "base_url": "https://api.example.com/v1/"}
HIDDEN = "[type=hidden]"


@pytest.fixture
def console(app: Flask) -> Console:
    return open_console(app)


def create(console: Console, **values: str | list[str]) -> Page:
    console.pages.get(f"{LIST}/new")
    typed: dict[str, Any] = {"key_credential": CANARY_KEY, **GOOD, **values}
    return console.pages.submit(f"{LIST}/new", **typed)


def keys(app: Flask) -> list[str]:
    with entered(app), unit_of_work(writes=False):
        return [open_key(each) for each in list_connections()]


def test_made_connection_says_everything_but_its_key(app: Flask, console: Console) -> None:
    assert "No connections yet" in console.pages.get(LIST).text
    page = create(console, key_credential=f" {CANARY_KEY} ", roles=["user"], per_person="100/15m")
    assert (page.heading, keys(app)) == ("weather", [CANARY_KEY])
    for words in (
        "The connection weather is there.", "Spaces around the key were left out.", "https://api.example.com/v1",
        "by root", "Authorization: Bearer ***", "100 in 15 minutes, 4 at once", "up to 10 MB", "use:connection:weather",
    ):  # fmt: skip
        assert words in page.text, words
    row = console.pages.get(LIST)
    assert (row.get("tbody th a").text, row.get("[aria-current=page]").text) == ("weather", "Connections")
    assert [each.text for each in row.find_all("tbody td")][1:] == ["On", "user", "0"]
    told = console.pages.get("/admin/audit")
    assert "root made the connection weather" in told.text
    opened = [
        page,
        row,
        told,
        *(console.pages.get(f"{page.path}{each}") for each in ("", "/edit", "/key", "/test")),
    ]
    assert [each.path for each in opened if CANARY_KEY in each.html] == []


def test_refused_form_names_every_field_and_keeps_all_but_the_key(app: Flask, console: Console) -> None:
    page = create(
        console, name="Big Name", base_url="ftp://x", paths="/a\r\nb", methods=[], most_sent="lots", roles=["user"],
        key_credential="short", auth_kind="header", auth_name="X-Key", auth_template="none",
    )  # fmt: skip
    assert (page.status, CANARY_KEY in page.html, "short" in page.html) == (422, False, False)
    errors = [each.text for each in page.find_all(".error-summary li")]
    assert len(errors) == 7, errors
    assert page.get("#key_credential").attributes.get("value", "") == ""
    assert "Type it again: what was typed is kept, but never a key." in page.text
    assert (page.get("#name").attributes["value"], page.get("#most_sent").attributes["value"]) == (
        "Big Name",
        "lots",
    )
    assert page.get("#paths").text.split() == ["/a", "b"]
    assert "checked" in page.get("[name=roles][value=user]").attributes
    assert keys(app) == []


def test_name_that_is_taken_is_said_beside_the_name(console: Console) -> None:
    create(console)
    page = create(console, purpose="Another one")
    assert (page.status, page.get("#name-error").text) == (422, "Another connection has this name.")


def test_form_sent_twice_makes_one(app: Flask, console: Console) -> None:
    form = console.pages.get(f"{LIST}/new").form(f"{LIST}/new")
    hidden = {each.attributes["name"]: each.attributes["value"] for each in form.find_all(f"input{HIDDEN}")}
    sent = {**hidden, **as_written(), **GOOD, "key_credential": CANARY_KEY}
    first, again = (console.pages.post(f"{LIST}/new", sent) for _ in range(2))
    assert (first.path, "was made before" in again.text, len(keys(app))) == (again.path, True, 1)


def test_change_is_saved_once_and_sending_it_unchanged_says_so(app: Flask, console: Console) -> None:
    made = make_connection(app, base_url="https://api.example.com", roles=())
    path = f"{LIST}/{made.id}/edit"
    for words in ("It counts from the next call on.", "Nothing was changed."):
        console.pages.get(path)
        page = console.pages.submit(path, methods=["GET", "POST"], roles=["support"], overall="9/s")
        assert words in page.text
    assert ("GET, POST" in page.text, "9 a second" in page.text) == (True, True)
    assert len(events(app, "connection.changed")) == 1
    console.pages.get(path)
    page = console.pages.submit(path, per_person="lots", purpose="Mine now")
    assert (page.status, page.get("#purpose").attributes["value"]) == (422, "Mine now")


def test_form_out_of_date_shows_how_things_stand(app: Flask, console: Console) -> None:
    made = make_connection(app, base_url="https://api.example.com")
    path = f"{LIST}/{made.id}"
    other = enter(app, console.root)
    for page in ("edit", "key"):
        other.get(f"{path}/{page}")
        console.pages.get(path)
        console.pages.submit(0)
        values = {"purpose": "Mine"} if page == "edit" else {"key_credential": OTHER_KEY}
        refused = other.submit(f"{path}/{page}", **values)
        assert (refused.status, "was changed meanwhile" in refused.text, "Mine" in refused.text) == (
            409,
            True,
            False,
        )
        assert other.submit(f"{path}/{page}", **values).status == 200
    assert keys(app) == [OTHER_KEY]


def test_turned_off_and_on_by_buttons(app: Flask, console: Console) -> None:
    made = make_connection(app, base_url="https://api.example.com")
    path = f"{LIST}/{made.id}"
    console.pages.get(path)
    assert "is turned off" in console.pages.submit(f"{path}/turn-off").text
    assert "Off" in console.pages.get(LIST).get("tbody").text
    console.pages.get(path)
    assert "is turned on" in console.pages.submit(f"{path}/turn-on").text
    assert len(events(app, "connection.changed")) == 2


def test_deleting_takes_its_name_typed_and_its_scope_from_roles(app: Flask, console: Console) -> None:
    made = make_connection(app, base_url="https://api.example.com", roles=["user"])
    path = f"{LIST}/{made.id}/delete"
    assert "is taken from user" in console.pages.get(path).text
    page = console.pages.submit(path, name="Weather")
    assert (page.status, "Type weather to delete it." in page.text, len(keys(app))) == (422, True, 1)
    page = console.pages.submit(path, name="weather")
    assert ("is deleted" in page.text, keys(app)) == (True, [])
    assert "use:connection" not in console.pages.get("/admin/roles/user").text
    assert console.pages.get(path).status == 404
    for name in ("x", "a" * 26, "%00", "a" * 3000):
        assert console.pages.get(f"{LIST}/{name}").status in {400, 404}, name


def test_key_of_another_encryption_key_is_said_and_replaced(app: Flask, make_app: type) -> None:
    made = make_connection(app, base_url="https://api.example.com")
    console = open_console(make_app(ENCRYPTION_KEY="another-encryption-key-0123456789-abcdefghij"))
    path = f"{LIST}/{made.id}"
    assert "Key cannot be opened" in console.pages.get(LIST).text
    assert "The key cannot be opened with the present ENCRYPTION_KEY" in console.pages.get(path).text
    console.pages.get(f"{path}/edit")
    assert "is saved" in console.pages.submit(f"{path}/edit", purpose="Still there").text
    console.pages.get(f"{path}/test")
    assert console.pages.submit(f"{path}/test").status == 503
    console.pages.get(f"{path}/key")
    page = console.pages.submit(f"{path}/key", key_credential="short", base_url="ftp://x")
    assert (page.status, len(page.find_all(".error-summary li"))) == (422, 2)
    page = console.pages.submit(f"{path}/key", key_credential=CANARY_KEY, base_url="https://api.example.com")
    assert ("cannot be opened" in page.text, keys(console.app)) == (False, [CANARY_KEY])
    with entered(app), unit_of_work(writes=False):
        assert get_connection(made.id).name == "weather"
