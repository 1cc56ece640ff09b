"""Two administrators who act on each other's kind at once: somebody who administers is left, and nobody fails."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.admin.bulk import BULK, CONFIRM, csrf_of
from tests.admin.console import enter, events
from tests.admin.test_last_administrator import administrators
from tests.make import make_administrator
from webapp.infra.database import unit_of_work
from webapp.infra.jobs import count_unfinished

if TYPE_CHECKING:
    from flask import Flask

    from tests.make import Person
    from tests.page_client import PageClient

MORE = {"lock": {"reason": "quarrel"}, "delete": {"number": "3"}, "remove_role": {}}


def form_of(pages: PageClient, action: str, people: list[Person]) -> dict[str, str | list[str]]:
    """What the page that confirms would send."""
    fields: dict[str, str | list[str]] = {
        "csrf_token": csrf_of(pages),
        "action": action,
        "chosen_role": "administrator",
        "account": [each.id for each in people],
    }
    page = pages.post(BULK, fields)
    assert page.status == 200
    return {**fields, **MORE[action], "id": page.get("input[name=id]").attributes["value"]}


@pytest.mark.database
@pytest.mark.parametrize("action", ["lock", "delete", "remove_role"])
def test_administrators_who_act_on_all_others_at_once_leave_one(app: Flask, action: str) -> None:
    people = [make_administrator(app, name) for name in ("one", "two", "three", "four")]
    browsers = [(enter(app, each), [other for other in people if other is not each]) for each in people[:2]]
    forms = [(pages, form_of(pages, action, others)) for pages, others in browsers]
    start = threading.Barrier(2)

    def send(pages: PageClient, fields: dict[str, str | list[str]]) -> int:
        start.wait(timeout=20)
        return pages.client.post(CONFIRM, data=fields).status_code

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(send, *zip(*forms, strict=True)))
    assert administrators(app) == 1
    # Whoever comes second is signed out, or may no longer do it.
    assert (answers[0], answers[1] in {303, 403}) == (303, True)
    assert len(events(app, "job.finished")) == 1
    with app.app_context(), unit_of_work(writes=False):
        assert count_unfinished() == 0
