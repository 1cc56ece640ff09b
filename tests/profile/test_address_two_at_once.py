"""Two who claim one address, or one link sent from twenty windows: the database lets one of them have it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from tests.make import Person, make_account, sign_in_by_api
from tests.page_client import PageClient
from tests.profile.address_people import (
    MAIL,
    NEW,
    addresses_of,
    ask_for,
    change,
    claim_again,
    enter,
    undo_path,
    verify_path,
)
from tests.signin.faces import events_of

pytestmark = pytest.mark.database


@pytest.fixture
def environment() -> dict[str, str]:
    return MAIL


def at_once(acts: list[Callable[[], int]]) -> Counter[int]:
    with ThreadPoolExecutor(len(acts)) as people:
        return Counter(each.result() for each in [people.submit(act) for act in acts])


def ready_to_confirm(app: Flask, person: Person, path: str) -> Callable[[], int]:
    """The person's own browser with the link open."""
    pages = enter(app, person)
    pages.get(path)
    return lambda: pages.submit().status


def sent_again(app: Flask, person: Person, address: str) -> str:
    client = app.test_client()
    answer = client.post("/api/v1/email/verification", headers=sign_in_by_api(client, person))
    assert answer.status_code == 202
    return verify_path(app, address)


def test_two_who_claim_one_address_end_with_one_owner(app: Flask) -> None:
    one, other = claim_again(app, NEW), claim_again(app, NEW)
    acts = [ready_to_confirm(app, each, sent_again(app, each, NEW)) for each in (one, other)]
    assert at_once(acts) == {200: 1, 410: 1}
    found = sorted((addresses_of(app, each) for each in (one, other)), key=len)
    assert found == [{}, {NEW: True}]


def test_link_sent_from_twenty_windows_is_spent_once(app: Flask) -> None:
    ada = make_account(app, "ada")
    assert ask_for(app.test_client(), ada, NEW).status_code == 202
    path = verify_path(app, NEW)
    acts = [ready_to_confirm(app, ada, path) for _ in range(20)]
    assert at_once(acts) == {200: 1, 410: 19}
    assert (addresses_of(app, ada), len(events_of(app, "address.changed"))) == ({NEW: True}, 1)


def test_undo_sent_from_twenty_windows_is_spent_once(app: Flask) -> None:
    ada = make_account(app, "ada")
    change(app, ada)

    def window() -> Callable[[], int]:
        pages = PageClient(app.test_client())
        pages.get(undo_path(app, ada.email))
        return lambda: pages.submit().status

    assert at_once([window() for _ in range(20)]) == {200: 1, 410: 19}
    assert len(events_of(app, "address.change_undone")) == 1


def test_undo_and_another_change_at_once_leave_one_verified_address(app: Flask) -> None:
    ada = make_account(app, "ada")
    change(app, ada)
    thief = app.test_client()
    assert ask_for(thief, ada, "third@example.net").status_code == 202
    confirm = ready_to_confirm(app, ada, verify_path(app, "third@example.net"))
    owner = PageClient(app.test_client())
    owner.get(undo_path(app, ada.email))
    at_once([confirm, lambda: owner.submit().status])
    # Whichever came first, the owner's way back has the last word, now or with the link that still works.
    assert addresses_of(app, ada) == {ada.email: True}


def test_wishes_of_two_windows_leave_one_that_waits(app: Flask) -> None:
    ada = make_account(app, "ada")

    def wish(email: str) -> Callable[[], int]:
        client = app.test_client()
        headers = sign_in_by_api(client, ada)
        return lambda: client.post("/api/v1/email", json={"email": email}, headers=headers).status_code

    assert at_once([wish(f"wish{number}@example.net") for number in range(4)]) == {202: 4}
    assert sorted(addresses_of(app, ada).values()) == [False, True]
