"""Where the account area binds a session to the browser: at the public address, unless other origins share it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.make import make_account, sign_in
from tests.page_client import PageClient

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask


@pytest.mark.parametrize(("listed", "is_bound"), [("", True), ("https://app.example.org", False)])
def test_account_area_binds_only_where_no_other_origin_shares_the_session(
    make_app: Callable[..., Flask], listed: str, is_bound: bool
) -> None:
    app = make_app(CORS_ORIGINS=listed, PUBLIC_URL="https://accounts.example.org")
    page = sign_in(PageClient(app.test_client()), make_account(app))
    origin = page.get("body").attributes["data-binds-at"]
    assert origin == ("https://accounts.example.org" if is_bound else "")
