"""An export is for who may read still: it ends, visibly, when its reader is locked, signed out or loses the right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.admin.console import enter, make_crowd
from tests.make import entered, make_account, make_administrator
from webapp.accounts import service as accounts
from webapp.admin import account_export, audit_export
from webapp.infra.database import unit_of_work
from webapp.sessions import service as sessions
from webapp.sessions.causes import EndCause

if TYPE_CHECKING:
    from flask import Flask


@pytest.mark.parametrize("path", ["/admin/audit/export.csv", "/admin/accounts/export"])
@pytest.mark.parametrize("how", ["locked", "signed out", "other roles"])
def test_export_ends_with_its_readers_right(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, path: str, how: str
) -> None:
    root, ada = make_administrator(app, "root"), make_account(app, "ada", roles=("user", "auditor"))
    pages = enter(app, ada)
    make_crowd(app, 6)
    monkeypatch.setattr(audit_export, "_BATCH", 2)
    monkeypatch.setattr(account_export, "_STRETCH", 2)
    token = pages.get("/admin/audit").get("[name=csrf_token]").attributes["value"]
    response = pages.client.post(
        path,
        data={"csrf_token": token, "format": "csv"},
        headers={"Sec-Fetch-Site": "same-origin"},
        buffered=False,
    )
    assert response.status_code == 200
    pieces = response.iter_encoded()
    assert b"INCOMPLETE" not in next(pieces) + next(pieces)
    with entered(app), unit_of_work():
        if how == "locked":
            accounts.lock(accounts.get_account(ada.id), "gone", actor_id=root.id)
        elif how == "signed out":
            sessions.end_all_sessions(ada.id, EndCause.ADMINISTRATOR)
        else:
            accounts.change_roles(accounts.get_account(ada.id), ["user"], actor_id=root.id)
    rest = b"".join(pieces).splitlines()
    response.close()
    assert [line[:10] for line in rest] == [b"INCOMPLETE"]
    assert "its reader may not read any more" in caplog.text
