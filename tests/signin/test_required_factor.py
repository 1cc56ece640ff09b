"""A role that requires a second factor: who lacks one signs in, lands where it is set up, and gets no further."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.make import bearer, enrol_app, make_account, make_administrator, sign_in, sign_in_by_api
from tests.page_client import PageClient
from tests.signin.second_step_faces import SecondStep


@pytest.fixture
def environment() -> dict[str, str]:
    return {"REQUIRE_MFA_FOR": "administrator"}


@pytest.mark.parametrize("wanted", [None, "/admin", "/account"])
def test_sign_in_leads_to_the_second_step_first(app: Flask, pages: PageClient, wanted: str | None) -> None:
    page = sign_in(pages, make_administrator(app), next_path=wanted)
    assert (page.status, page.path) == (200, "/account/second-step")


@pytest.mark.parametrize("path", ["/admin", "/admin/accounts", "/admin/audit"])
def test_pages_beyond_the_profile_lead_there_too(app: Flask, pages: PageClient, path: str) -> None:
    sign_in(pages, make_administrator(app))
    assert pages.get(path).path == "/account/second-step"
    assert pages.get("/account").status == 200


def test_token_opens_no_more_than_the_profile(app: Flask, pages: PageClient) -> None:
    token = sign_in_by_api(pages.client, make_administrator(app))
    assert pages.client.get("/api/v1/profile", headers=token).get_json()["second_factor_required"] is True


def test_with_a_factor_everything_is_open(app: Flask, pages: PageClient) -> None:
    person = make_administrator(app)
    device = enrol_app(app, person)
    pages.get("/login?next=/admin")
    pages.submit("/login", username=person.username, password=person.password)
    assert pages.submit("/login/factor", code=device.code()).path == "/admin"


def test_scope_of_the_api_comes_with_the_factor(app: Flask) -> None:
    person = make_administrator(app)
    device = enrol_app(app, person)
    answer = SecondStep("api", app.test_client(), person).send(device.code()).get_json()
    assert "admin:write" in answer["scope"].split()
    assert bearer(answer["token"])


def test_person_whose_roles_ask_for_none_is_sent_nowhere(app: Flask, pages: PageClient) -> None:
    person = make_account(app)
    assert sign_in(pages, person).path == "/account"
    assert pages.get("/admin").status == 403
