"""An administrator who sends files of accounts and says what becomes of them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from tests.admin.bulk import csrf_of, run_jobs
from webapp.core.opaque import new_id

if TYPE_CHECKING:
    from flask import Flask

    from tests.page_client import Page, PageClient

IMPORT, EXPORT = "/admin/accounts/import", "/admin/accounts/export"


def send(pages: PageClient, body: bytes | str, *, token: str | None = None, **more: str) -> Page:
    """Send a file as the form does; the page of the import, or the form with what is wrong."""
    data = body.encode() if isinstance(body, str) else body
    fields = {"csrf_token": csrf_of(pages) if token is None else token, "id": new_id(), "text": "", **more}
    return pages.post(
        IMPORT,
        {**fields, "file": (io.BytesIO(data), "people.csv")},
        content_type="multipart/form-data",
        headers={"Sec-Fetch-Site": "same-origin"},
    )


def check(app: Flask, pages: PageClient, body: bytes | str) -> Page:
    """The page of an import whose check is over."""
    page = send(pages, body)
    assert page.status == 200, page.text
    run_jobs(app)
    return pages.get(page.path)


def confirm(pages: PageClient, **values: str) -> Page:
    """Send the form of the page that is open."""
    path = (pages.page.path if pages.page else "").partition("?")[0]
    return pages.submit(f"{path}/confirm", **values)


def lines_on(page: Page) -> list[tuple[str, ...]]:
    """Number, username, and what happens, of each line shown."""
    rows = page.find_all("main tbody tr")
    return [tuple(cell.text for cell in (*row.find_all("th"), *row.find_all("td"))) for row in rows]


def sentences_on(page: Page) -> list[str]:
    """What the page says would happen, or has."""
    return [each.text for each in page.find_all("main .steps li")]
