"""Every act of the console refuses strangers, plain people, forged forms, foreign sites and unknown accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.admin.console import Console, enter, events, find, open_console, path_of
from tests.make import make_account
from tests.page_client import ORIGIN, PageClient

if TYPE_CHECKING:
    from flask import Flask

ACTS = ["names", "roles", "verify-address", "lock", "unlock", "end-sessions", "reset-link"]
VALUES = {"display_name": "Mallory", "roles": "administrator", "reason": "malice"}


@pytest.fixture
def console(app: Flask) -> Console:
    return open_console(app)


def token_of(pages: PageClient, path: str) -> str:
    return pages.get(path).get("input[name=csrf_token]").attributes["value"]


def assert_untouched(console: Console) -> None:
    """Nothing of Bob's has changed, and nothing claims that it has."""
    bob = find(console.app, console.bob)
    assert (bob.display_name, bob.role_names, bob.is_locked, bob.version) == ("bob", ["user"], False, 1)
    assert events(console.app, "reset_link.made") == []
    assert events(console.app, "session.ended") == []


@pytest.mark.parametrize("act", ACTS)
def test_act_of_a_stranger_is_sent_to_sign_in(console: Console, act: str) -> None:
    stranger = PageClient(console.app.test_client())
    fields = {**VALUES, "csrf_token": token_of(stranger, "/login")}
    assert stranger.post(f"{path_of(console.bob)}/{act}", fields).redirects == ["/login"]
    assert_untouched(console)


@pytest.mark.parametrize("act", ACTS)
def test_act_of_a_plain_person_is_refused_and_written_down(console: Console, act: str) -> None:
    carol = make_account(console.app, "carol")
    pages = enter(console.app, carol)
    fields = {**VALUES, "csrf_token": token_of(pages, "/account")}
    assert pages.post(f"{path_of(console.bob)}/{act}", fields).status == 403
    assert [each.account_id for each in events(console.app, "access.denied")] == [carol.id]
    assert_untouched(console)


@pytest.mark.parametrize("token", [None, "", "forged", "x" * 5_000])
def test_acts_without_the_forms_own_token_are_refused(console: Console, token: str | None) -> None:
    fields = VALUES if token is None else {**VALUES, "csrf_token": token}
    pages = [
        console.pages.post(f"{path_of(console.bob)}/{act}", fields, headers={"Origin": ORIGIN})
        for act in ACTS
    ]
    assert [(page.status, "This form is too old" in page.text) for page in pages] == [(400, True)] * len(ACTS)
    assert_untouched(console)


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "https://other.localhost"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ORIGIN + ".evil.example"},
        {"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_acts_sent_by_another_site_are_refused_even_with_a_good_token(
    console: Console, headers: dict[str, str]
) -> None:
    fields = {**VALUES, "csrf_token": token_of(console.pages, path_of(console.bob))}
    pages = [console.pages.post(f"{path_of(console.bob)}/{act}", fields, headers=headers) for act in ACTS]
    assert [page.status for page in pages] == [403] * len(ACTS)
    assert_untouched(console)


@pytest.mark.parametrize("account_id", ["nobody", "a" * 2_000, "%FF", "'; DROP TABLE accounts"])
def test_acts_on_an_account_that_is_not_there_are_not_found(console: Console, account_id: str) -> None:
    fields = {**VALUES, "csrf_token": token_of(console.pages, path_of(console.bob))}
    pages = [console.pages.post(f"/admin/accounts/{account_id}/{act}", fields) for act in ACTS]
    assert [page.status for page in pages] == [404] * len(ACTS)
    assert_untouched(console)


@pytest.mark.parametrize("account_id", ["nobody", "a" * 2_000, "%FF", "-1"])
def test_page_of_an_account_that_is_not_there_is_not_found(console: Console, account_id: str) -> None:
    for below in ("", "/lock", "/end-sessions"):
        assert console.pages.get(f"/admin/accounts/{account_id}{below}").status == 404


def test_no_act_can_be_done_by_a_link(console: Console) -> None:
    for act in ("names", "roles", "verify-address", "unlock", "reset-link"):
        assert console.pages.get(f"{path_of(console.bob)}/{act}?reason=x&display_name=x").status == 405
    assert_untouched(console)


def test_token_of_somebody_elses_page_session_is_refused(console: Console) -> None:
    other = enter(console.app, console.root)
    token = token_of(other, path_of(console.bob))
    page = console.pages.post(f"{path_of(console.bob)}/names", {**VALUES, "csrf_token": token})
    assert page.status == 400
    assert_untouched(console)


@pytest.mark.parametrize("size", [70_000, 2_000_000])
def test_huge_form_is_refused_before_it_is_read(console: Console, size: int) -> None:
    token = token_of(console.pages, path_of(console.bob))
    response = console.pages.client.post(
        f"{path_of(console.bob)}/names", data={"csrf_token": token, "display_name": "x" * size}
    )
    assert response.status_code == 413
    assert_untouched(console)


@pytest.mark.parametrize(
    "kind", ["application/json", "text/plain", "multipart/form-data; boundary=x", "application/xml"]
)
def test_form_in_another_shape_is_refused(console: Console, kind: str) -> None:
    body = b'{"csrf_token": "x", "display_name": "Mallory"}'
    response = console.pages.client.post(f"{path_of(console.bob)}/names", data=body, content_type=kind)
    assert response.status_code == 400
    assert_untouched(console)
