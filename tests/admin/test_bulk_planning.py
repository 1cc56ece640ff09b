"""Finding whom many filters mean takes a while: nobody else waits for it, and it has an end."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from tests.admin.bulk import CONFIRM, ask_all, confirm
from tests.admin.console import Console, events, find, make_crowd, open_console
from tests.make import entered
from webapp.accounts import service
from webapp.admin import account_list, bulk, bulk_pages
from webapp.infra.database import unit_of_work
from webapp.sessions import service as sessions
from webapp.sessions.causes import EndCause

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask


@pytest.fixture
def console(app: Flask) -> Console:
    return open_console(app)


def meanwhile(monkeypatch: pytest.MonkeyPatch, act: Callable[[], None]) -> None:
    """Have somebody else act while it is looked for whom is meant, and be done before it is known."""
    finding = bulk.find_ids

    def find_slowly(selection: bulk.Selection) -> list[str]:
        found = finding(selection)
        other = threading.Thread(target=act)
        other.start()
        # Were a lock held, it would wait for us, and we for it.
        other.join(timeout=4)
        assert not other.is_alive()
        return found

    monkeypatch.setattr(bulk_pages, "find_ids", find_slowly)


@pytest.mark.database
def test_others_write_while_it_is_looked_for_who_is_meant(
    app: Flask, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_crowd(app, 30)

    def rename_bob() -> None:
        with entered(app), unit_of_work():
            bob = service.hold_account(console.bob.id)
            service.rename(bob, bob.display_name + "!", actor_id=console.root.id)

    meanwhile(monkeypatch, rename_bob)
    assert ask_all(console, "lock", q="crowd").status == 200
    assert confirm(console, reason="spam").path.startswith("/admin/jobs/")
    assert find(app, console.bob).display_name == "bob!!"


def test_whoever_is_signed_out_while_it_looks_queues_nothing(
    app: Flask, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_crowd(app, 30)
    ask_all(console, "lock", q="crowd")

    def sign_out() -> None:
        with entered(app), unit_of_work():
            sessions.end_all_sessions(console.root.id, EndCause.ADMINISTRATOR)

    meanwhile(monkeypatch, sign_out)
    page = console.pages.submit(CONFIRM, reason="spam")
    assert (page.path.startswith("/login"), events(app, "job.started")) == (True, [])


def test_filters_that_many_meet_alone_and_nobody_together_are_refused(
    app: Flask, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_crowd(app, 30)
    with entered(app), unit_of_work():
        for number in range(10):
            service.change_roles(service.get_account(f"crowd{number:04}"), ["user"], actor_id=console.root.id)
    monkeypatch.setattr("webapp.admin.account_list_store.count_up_to", lambda *_given: None)
    monkeypatch.setattr(account_list, "MOST_SEARCHED", 20)
    page = ask_all(console, "unlock", role="user", state="locked")
    assert (page.status, "add a filter that fewer match" in page.text) == (422, True)
    monkeypatch.setattr(account_list, "MOST_SEARCHED", 40)
    assert "No account is selected" in ask_all(console, "unlock", role="user", state="locked").text
