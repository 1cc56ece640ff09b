"""What is the page's own about signing in with a passkey: where it leads, and how a refusal is shown."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.page_client import PageClient
from tests.signin.passkey_faces import OWN, Visit, make_person_with_passkey


def test_passkey_leads_where_the_person_was_going(app: Flask, client: FlaskClient) -> None:
    _, device = make_person_with_passkey(app)
    visit = Visit("page", client, "/login?next=/resume")
    assert visit.send(device.get(visit.ask())).headers["Location"] == "/resume"
    assert client.get("/account/second-step").status_code == 200


def test_passkey_does_not_lead_elsewhere(app: Flask, client: FlaskClient) -> None:
    _, device = make_person_with_passkey(app)
    visit = Visit("page", client, "/login?next=https://evil.example/")
    assert visit.send(device.get(visit.ask())).headers["Location"] == "/account"


def test_nothing_to_press_is_seen_without_a_script(pages: PageClient) -> None:
    form = pages.get("/login").form("/login/passkey")
    assert "hidden" in form.attributes
    assert pages.get("/login").get("input[name=username]").attributes["autocomplete"] == "username webauthn"


@pytest.mark.parametrize("credential", ["", "{", "null", "[]", "{}", '"text"', "[" * 20_000])
def test_refusal_is_shown_on_the_sign_in_page(pages: PageClient, credential: str) -> None:
    pages.get("/login?next=/resume")
    page = pages.submit("/login/passkey", credential=credential)
    assert (page.status, page.heading) == (403, "Sign in")
    assert page.get(".error-summary").text.endswith(
        "That passkey could not be checked. Try again, or go on another way."
    )
    assert page.get("input[name=next]").attributes["value"] == "/resume"


def test_address_of_a_refusal_leads_back_to_the_sign_in_page(pages: PageClient) -> None:
    assert pages.get("/login/passkey").path == "/login"


def test_old_form_is_shown_again_with_a_reason(app: Flask, client: FlaskClient) -> None:
    _, device = make_person_with_passkey(app)
    visit = Visit("page", client)
    credential = device.get(visit.ask())
    visit._token = "old"
    refused = visit.send(credential)
    assert (refused.status_code, "open for too long" in refused.get_data(as_text=True)) == (422, True)


@pytest.mark.parametrize("path", ["/login/passkey/options", "/proof/passkey/options"])
def test_options_need_the_form_value_of_the_page(client: FlaskClient, path: str) -> None:
    answer = client.post(path, data={"csrf_token": "made up"}, headers=OWN)
    assert answer.status_code == (400 if path.startswith("/login") else 303)


@pytest.mark.parametrize("path", ["/login/passkey/options", "/login/passkey", "/proof/passkey/options"])
def test_another_site_is_refused(client: FlaskClient, path: str) -> None:
    theirs = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert client.post(path, data={}, headers=theirs).status_code == 403
