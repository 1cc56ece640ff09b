"""REQUIRE_MFA_FOR may name a role of one's own; one that nobody has made is told of wherever somebody looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.admin.console import enter, open_console
from tests.admin.test_roles_page import make_role
from tests.make import make_account
from webapp.ops.commands import _prepare

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest
    from flask import Flask

NOTE = "REQUIRE_MFA_FOR names courier, and there is no such role: nobody is asked for a second factor by it."


def test_required_role_that_nobody_made_is_told_of_at_start_and_in_the_console(
    make_app: Callable[..., Flask], capsys: pytest.CaptureFixture[str]
) -> None:
    app = make_app(REQUIRE_MFA_FOR="courier")
    with app.app_context():
        _prepare()
    assert NOTE in capsys.readouterr().err
    pages = open_console(app).pages
    assert [NOTE in pages.get(path).text for path in ("/admin", "/admin/roles")] == [True, True]
    make_role(app, "courier", "parcels:read")
    assert [NOTE in pages.get(path).text for path in ("/admin", "/admin/roles")] == [False, False]


def test_role_of_ones_own_asks_its_holders_for_a_second_factor(make_app: Callable[..., Flask]) -> None:
    app = make_app(REQUIRE_MFA_FOR="courier")
    make_role(app, "courier", "admin:read")
    pages = enter(app, make_account(app, "carol", roles=("user", "courier")))
    assert pages.get("/admin/roles").path == "/account/second-step"
