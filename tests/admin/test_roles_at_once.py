"""Two administrators change or delete one role in the same moment: one of them does, the other is told."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.admin.console import enter, events
from tests.admin.test_roles_page import COURIER, grants, make_role
from tests.make import make_administrator

if TYPE_CHECKING:
    from flask import Flask

    from tests.page_client import Page, PageClient

Form = tuple["PageClient", str, dict[str, str]]


def form_on(pages: PageClient, page: Page, path: str) -> Form:
    fields = page.form(path).find_all("input[type=hidden]")
    return pages, path, {each.attributes["name"]: each.attributes["value"] for each in fields}


def at_once(forms: list[Form]) -> list[int]:
    """Send all these forms in one moment; the statuses, sorted."""
    start = threading.Barrier(len(forms))

    def send(pages: PageClient, path: str, fields: dict[str, str]) -> int:
        start.wait(timeout=20)
        return pages.client.post(path, data=fields).status_code

    with ThreadPoolExecutor(len(forms)) as pool:
        return sorted(each.result() for each in [pool.submit(send, *form) for form in forms])


@pytest.mark.database
def test_of_two_changes_at_once_one_is_made_and_the_other_looked_at_again(app: Flask) -> None:
    make_role(app, "courier", "parcels:read")
    forms = []
    for name in ("one", "two"):
        pages = enter(app, make_administrator(app, name))
        pages.get(COURIER)
        forms.append(
            form_on(
                pages, pages.submit(f"{COURIER}/review", scopes=[], more=f"only:{name}"), f"{COURIER}/save"
            )
        )
    assert at_once(forms) == [303, 409]
    assert grants(app, "courier") in {("only:one",), ("only:two",)}
    assert len(events(app, "role.changed")) == 1


@pytest.mark.database
def test_role_deleted_twice_at_once_is_deleted_once(app: Flask) -> None:
    make_role(app, "courier", "parcels:read")
    forms = []
    for name in ("one", "two"):
        pages = enter(app, make_administrator(app, name))
        forms.append(form_on(pages, pages.get(f"{COURIER}/delete"), f"{COURIER}/delete"))
    assert at_once(forms) == [303, 303]
    assert len(events(app, "role.deleted")) == 1
