"""An administrator who sends files of accounts and says what becomes of them."""

from __future__ import annotations

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
    # By hand: the test client would put a large one into a file, and leave it open.
    parts = [f'name="{name}"\r\n\r\n{value}'.encode() for name, value in fields.items()]
    parts.append(b'name="file"; filename="people.csv"\r\nContent-Type: text/csv\r\n\r\n' + data)
    sent = b"".join(b"--edge\r\nContent-Disposition: form-data; " + part + b"\r\n" for part in parts)
    return pages.post(
        IMPORT,
        sent + b"--edge--\r\n",
        content_type="multipart/form-data; boundary=edge",
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
    path = (pages.page.path if pages.page else "").partition("?")[0].removesuffix("/confirm")
    return pages.submit(f"{path}/confirm", **values)


def lines_on(page: Page) -> list[tuple[str, ...]]:
    """Number, username, and what happens, of each line shown."""
    rows = page.find_all("main tbody tr")
    return [tuple(cell.text for cell in (*row.find_all("th"), *row.find_all("td"))) for row in rows]


def sentences_on(page: Page) -> list[str]:
    """What the page says would happen, or has."""
    return [each.text for each in page.find_all("main .steps li")]
