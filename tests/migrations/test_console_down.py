"""Going back before the console: nobody comes in by it, nobody is deleted by it, and the audit can be sealed again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.infra.audit_world import find, list_rows, record, seal, seal_segments
from tests.make import entered, make_account, make_administrator
from webapp.accounts.service import get_account, lock
from webapp.admin.removal import order_deletion
from webapp.core import clock
from webapp.infra.audit_anchor import accept_chain
from webapp.infra.database import unit_of_work
from webapp.infra.migrations import downgrade, upgrade
from webapp.profile.departure import TIME_TO_RETURN

if TYPE_CHECKING:
    from flask import Flask


@pytest.mark.database
def test_account_that_an_administrator_had_deleted_comes_back_locked_and_stays(app: Flask) -> None:
    root = make_administrator(app)
    bob, carol, dora = (make_account(app, name) for name in ("bob", "carol", "dora"))
    with entered(app), unit_of_work():
        lock(get_account(carol.id), "Left the house", actor_id=root.id)
        for each in (bob, carol):
            order_deletion(each.id, actor_id=root.id)
        get_account(dora.id).deletion_due_at = clock.now() + TIME_TO_RETURN
    with app.app_context():
        downgrade(revision="0003")
        upgrade()
    with entered(app), unit_of_work(writes=False):
        found = [get_account(each.id) for each in (bob, carol, dora)]
        assert [each.lock_reason for each in found] == ["Deleted by an administrator", "Left the house", None]
        assert [each.deletion_due_at is None for each in found] == [True, True, False]
        assert found[0].locked_at is not None
        assert clock.now() - found[0].locked_at < timedelta(hours=1)


@pytest.mark.database
def test_audit_is_sealed_anew_after_its_segments_went(app: Flask) -> None:
    with entered(app):
        seal_segments(2, 5)
    with app.app_context():
        downgrade(revision="0003")
        upgrade()
    with entered(app):
        assert {each.sealed_in for each in list_rows()} == {None}
        record(3)
        with unit_of_work(writes=False):
            # What `flask audit anchor --accept` does: the heads that this node kept went with the segments.
            accept_chain()
        assert seal() >= 13
        assert find() == []
