"""The pages of webhook endpoints: a secret is shown once, a form that is out of date saves nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.admin.console import Console, enter, events, open_console
from tests.make import make_account
from tests.webhooks.receiving import LOOPBACK, find, make_endpoint
from webapp.webhooks.secrets import FORMER, open_secret

if TYPE_CHECKING:
    from flask import Flask

    from tests.page_client import Page

LIST = "/admin/webhooks"
URL = "https://hooks.example.com/services/T0/B1?room=2"


@pytest.fixture
def environment() -> dict[str, str]:
    return dict(LOOPBACK)


@pytest.fixture
def console(app: Flask) -> Console:
    return open_console(app)


def create(console: Console, **values: str | list[str]) -> Page:
    console.pages.get(f"{LIST}/new")
    typed: dict[str, Any] = {"name": "Billing", "url": URL, "events": ["account.locked"]}
    return console.pages.submit(f"{LIST}/new", **{**typed, **values})


def secret_on(page: Page) -> str:
    return page.get("#webhook-secret").attributes["value"] or ""


def id_on(page: Page) -> str:
    return (page.get(".trail a").attributes["href"] or "").rpartition("/")[2]


def test_made_endpoint_shows_its_secret_once(app: Flask, console: Console) -> None:
    assert "No endpoints yet" in console.pages.get(LIST).text
    page = create(console, name=" Billing  system ")
    secret, endpoint_id = secret_on(page), id_on(page)
    assert (page.heading, secret[:6]) == ("Billing system is there", "whsec_")
    with app.app_context():
        assert open_secret(endpoint_id, URL, find(app, endpoint_id).secret_sealed) == secret
    shown = console.pages.get(f"{LIST}/{endpoint_id}")
    for words in (URL, "account.locked", "Nothing was sent yet", "Send test", "On"):
        assert words in shown.text, words
    row = console.pages.get(LIST)
    assert [each.text for each in row.find_all("tbody td")] == ["https://hooks.example.com", "On", "1"]
    opened = [shown, row, *(console.pages.get(f"{LIST}/{endpoint_id}/{each}") for each in ("edit", "secret"))]
    assert [each.path for each in opened if secret in each.html] == []
    (event,) = events(app, "webhook.created")
    assert ("hooks.example.com" in event.detail, "services" in event.detail) == (True, False)
    assert "root made the webhook endpoint Billing system" in console.pages.get("/admin/audit").text


def test_refused_form_names_every_field_and_keeps_what_was_typed(console: Console) -> None:
    page = create(console, name=" ", url="http://example.com/#x", events=[])
    errors = [each.text for each in page.find_all(".error-summary li")]
    assert (page.status, len(errors)) == (422, 3), errors
    assert page.get("#url").attributes["value"] == "http://example.com/#x"
    create(console)
    page = create(console)
    assert (page.status, page.get("#name-error").text) == (422, "Another endpoint has this name.")


def test_form_sent_twice_makes_one(console: Console) -> None:
    form = console.pages.get(f"{LIST}/new").form(f"{LIST}/new")
    hidden = form.find_all("input[type=hidden]")
    sent: dict[str, str | None] = {each.attributes["name"] or "": each.attributes["value"] for each in hidden}
    sent |= {"name": "Billing", "url": URL, "events": "backup.made"}
    first, again = (console.pages.post(f"{LIST}/new", sent) for _ in range(2))
    assert ("whsec_" in first.html, "whsec_" in again.html) == (True, False)
    assert "was made before" in again.text


def test_changed_endpoint_is_saved_and_a_form_out_of_date_is_not(app: Flask, console: Console) -> None:
    made = make_endpoint(app, URL)
    path, other = f"{LIST}/{made.id}", enter(app, console.root)
    other.get(f"{path}/edit")
    console.pages.get(f"{path}/edit")
    assert "is saved" in console.pages.submit(f"{path}/edit", url="https://example.net/a/").text
    assert find(app, made.id).url == "https://example.net/a/"
    refused = other.submit(f"{path}/edit", name="Mine")
    assert (refused.status, "was changed meanwhile" in refused.text) == (409, True)
    assert (find(app, made.id).name, other.submit(f"{path}/edit").status) == ("Billing", 200)
    console.pages.get(f"{path}/edit")
    page = console.pages.submit(f"{path}/edit", url="https://example.com/%2e%2e/")
    assert (page.status, find(app, made.id).url) == (422, "https://example.net/a/")


def test_replaced_secret_is_shown_once_and_the_former_signs_for_a_day(app: Flask, console: Console) -> None:
    made = make_endpoint(app, URL)
    path = f"{LIST}/{made.id}"
    form = console.pages.get(f"{path}/secret").form(f"{path}/secret")
    sent = {each.attributes["name"]: each.attributes["value"] for each in form.find_all("input[type=hidden]")}
    page = console.pages.post(f"{path}/secret", sent)
    row = find(app, made.id)
    assert secret_on(page) not in {made.secret, ""}
    assert row.former_secret_sealed is not None
    with app.app_context():
        assert open_secret(made.id, URL, row.former_secret_sealed, FORMER) == made.secret
    again = console.pages.post(f"{path}/secret", sent)
    assert ("whsec_" in again.html, find(app, made.id).version) == (False, row.version)
    assert "the former one signs too until" in again.text
    console.pages.get(f"{path}/secret")
    console.pages.submit(f"{path}/secret", ends_former="y")
    assert find(app, made.id).former_secret_sealed is None


def test_turned_off_on_and_deleted_by_its_typed_name(app: Flask, console: Console) -> None:
    made = make_endpoint(app, URL)
    path = f"{LIST}/{made.id}"
    for state in ("off", "on"):
        console.pages.get(path)
        assert f"is turned {state}" in console.pages.submit(f"{path}/turn-{state}").text
    console.pages.get(f"{path}/delete")
    page = console.pages.submit(f"{path}/delete", name="billing")
    assert (page.status, "Type Billing to delete it." in page.text) == (422, True)
    page = console.pages.submit(f"{path}/delete", name="Billing")
    assert ("is deleted" in page.text, "No endpoints yet" in page.text) == (True, True)
    for name in (made.id, "x", "A" * 26, "%00", f"{made.id}/messages/{made.id}"):
        assert console.pages.get(f"{LIST}/{name}").status in {400, 404}, name


def test_whoever_may_only_look_sees_no_path_and_no_buttons(app: Flask, console: Console) -> None:
    made = make_endpoint(app, URL)
    auditor = enter(app, make_account(app, "vera", roles=("user", "auditor")))
    page = auditor.get(f"{LIST}/{made.id}")
    assert ("https://hooks.example.com/…" in page.text, "services" in page.html) == (True, False)
    assert ("Danger zone" in page.text, "Send test" in page.text) == (False, False)
    assert auditor.get(f"{LIST}/{made.id}/edit").status == 403
