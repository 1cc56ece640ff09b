"""Events are sealed into one chain, whatever happens in between, and whoever signs in never waits for it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, func, select, text

from tests.infra.audit_world import find, list_chain, list_rows, record, seal, seal_segments
from tests.make import make_account, sign_in_by_api
from webapp.infra.audit_chain import SealingInterrupted
from webapp.infra.database import DatabaseAway, db, unit_of_work
from webapp.infra.database.engine import engine_url
from webapp.infra.models import AuditEvent, AuditHour, AuditSegment
from webapp.ops.audit_tasks import seal_trail
from webapp.ops.maintenance import TASKS, Maintenance

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

KEY = "another-encryption-key-0123456789-abcdefghij"


def count_in_hours() -> int:
    with unit_of_work(writes=False):
        return db.session.scalar(select(func.sum(AuditHour.event_count))) or 0


@pytest.mark.database
def test_events_are_sealed_in_order_and_once(at_work: Flask) -> None:
    seal()
    record(25)
    assert [seal(10), seal(10), seal(10), seal(10)] == [10, 10, 5, 0]
    record(2)
    assert [each.sealed_in for each in list_rows()] == [1] * 2 + [2] * 10 + [3] * 10 + [4] * 5 + [None] * 2
    chain = list_chain()
    assert [(each.first_event_id, each.last_event_id, each.event_count) for each in chain[1:]] == [
        (3, 12, 10), (13, 22, 10), (23, 27, 5),
    ]  # fmt: skip
    assert [each.previous_head for each in chain[1:]] == [each.head for each in chain[:-1]]
    assert (find(), count_in_hours()) == ([], 27)


@pytest.mark.database
def test_many_who_seal_at_once_make_one_chain(at_work: Flask) -> None:
    record(120)

    def seal_all(_: int) -> int:
        sealed = 0
        with at_work.app_context():
            for _attempt in range(40):
                try:
                    sealed += seal(10)
                except DatabaseAway:
                    continue
        return sealed

    with ThreadPoolExecutor(4) as others:
        sealed = sum(others.map(seal_all, range(4)))
    chain = list_chain()
    assert sealed == len(list_rows()) == sum(each.event_count for each in chain) == count_in_hours() == 122
    assert [each.id for each in chain] == list(range(1, 14))
    assert find() == []


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_event_that_commits_late_is_sealed_in_a_later_segment(
    at_work: Flask, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As after many segments of late events alone, the last of which is that far back.
    monkeypatch.setattr("webapp.infra.audit_store._RECENT", 1)
    seal()
    columns = ", ".join(
        each.key for each in AuditEvent.__table__.columns if each.key not in {"id", "sealed_in"}
    )
    copy = f"INSERT INTO audit_events ({columns}) SELECT {columns} FROM audit_events WHERE id = 1"
    engine = create_engine(engine_url(database_url))
    with engine.connect() as late:
        late.execute(text(copy))
        record(2)
        assert seal() == 2
        late.commit()
    engine.dispose()
    assert seal() == 1
    record(1)
    assert (seal(1), seal(1)) == (1, 0)
    assert [each.sealed_in for each in list_rows()] == [1, 1, 3, 2, 2, 4]
    assert find() == []


@pytest.mark.database
def test_nothing_of_a_segment_is_kept_when_it_fails_midway(
    at_work: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr("webapp.infra.audit_chain.fold_into_hours", fail)
        with pytest.raises(KeyboardInterrupt):
            seal()
    assert ([each.sealed_in for each in list_rows()], list_chain(), count_in_hours()) == ([None, None], [], 0)
    with monkeypatch.context() as losing:
        losing.setattr("webapp.infra.audit_store.mark_sealed", lambda *_: 1)
        with pytest.raises(SealingInterrupted):
            seal()
    assert (seal(), find()) == (2, [])


def test_sign_in_goes_on_where_nothing_can_be_sealed(app: Flask) -> None:
    bob = make_account(app)
    refuse = (
        "CREATE TRIGGER no_seal BEFORE UPDATE ON audit_events BEGIN SELECT RAISE(ABORT, 'read-only'); END"
    )
    with app.app_context(), unit_of_work():
        db.session.execute(text(refuse))
    Maintenance(app, TASKS[-1:], first_after=0).run_due()  # type: ignore[arg-type]
    assert sign_in_by_api(app.test_client(), bob)
    with app.app_context():
        assert list_chain() == []
        assert len(list_rows()) > 3
        with unit_of_work():
            db.session.execute(text("DROP TRIGGER no_seal"))
        assert (seal_trail(), find()) == (len(list_rows()), [])


def test_maintenance_seals_what_waits_and_no_more_than_one_small_segment(
    at_work: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(1_203)
    with monkeypatch.context() as hurried:
        hurried.setattr("webapp.ops.audit_tasks.LONGEST_SECONDS", 0.0)
        assert TASKS[-1].run() == 500
    assert TASKS[-1].run() == 705
    with monkeypatch.context() as busy:
        amounts = iter([500, 3, 1])
        busy.setattr("webapp.ops.audit_tasks.seal_events", lambda _: next(amounts))
        assert TASKS[-1].run() == 503
    assert [each.event_count for each in list_chain()] == [500, 500, 205]
    assert (TASKS[-1].seconds, TASKS[-1].run()) == (5, 0)


@pytest.mark.database
def test_fallback_signs_until_all_is_signed_anew(make_app: Callable[..., Flask]) -> None:
    from tests.servers.application import ENVIRONMENT

    with make_app().app_context():
        seal_segments(3, 2)
    both = make_app(ENCRYPTION_KEY=KEY, ENCRYPTION_KEY_FALLBACKS=ENVIRONMENT["ENCRYPTION_KEY"])
    with make_app(ENCRYPTION_KEY=KEY).app_context():
        assert len(find()) == 4
    with both.app_context():
        record(1)
        seal()
        assert find() == []
        with unit_of_work():
            db.session.get_one(AuditSegment, 2).signature = bytes(64)
        task = {each.name: each for each in TASKS}["Segments of the audit trail signed anew"]
        assert (task.run(), task.run()) == (3, 0)
    with make_app(ENCRYPTION_KEY=KEY).app_context():
        assert len(find()) == 1
        assert find()[0].startswith("Segment 2: It is signed with a key that is neither")
