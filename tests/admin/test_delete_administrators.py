"""Deleting administrators: one stays, whoever deletes whom and however many do so at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.admin.account_acts import delete
from tests.admin.console import Console, enter, find, open_console, path_of
from tests.make import entered, make_administrator
from webapp.accounts.errors import LastAdministrator
from webapp.admin.removal import order_deletion
from webapp.infra.database import unit_of_work

if TYPE_CHECKING:
    from flask import Flask

    from tests.make import Person


@pytest.fixture
def console(app: Flask) -> Console:
    return open_console(app)


def test_last_administrator_is_not_deleted(app: Flask, console: Console) -> None:
    with entered(app), pytest.raises(LastAdministrator), unit_of_work():
        order_deletion(console.root.id, actor_id=console.bob.id)
    assert find(app, console.root).deletion_due_at is None


def test_one_who_is_to_be_deleted_counts_no_more_until_restored(app: Flask, console: Console) -> None:
    other = make_administrator(app, "other")
    delete(console, other)
    sentence = "The last administrator who can sign in cannot be locked."
    assert sentence in console.open(console.root).text
    console.send("restore", other)
    assert sentence not in console.open(console.root).text


@pytest.mark.database
def test_of_two_who_delete_each_other_at_once_one_stays(app: Flask, console: Console) -> None:
    other = make_administrator(app, "other")
    both = [(console.root, other), (other, console.root)]
    browsers = [enter(app, actor) for actor, _ in both]
    for pages, (_, victim) in zip(browsers, both, strict=True):
        pages.get(f"{path_of(victim)}/delete")
    start = threading.Barrier(2)

    def go(number: int) -> None:
        victim: Person = both[number][1]
        start.wait(20)
        browsers[number].submit(f"{path_of(victim)}/delete", username=victim.username)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(go, range(2)))
    assert sorted(find(app, each).is_shut for each in (console.root, other)) == [False, True]
