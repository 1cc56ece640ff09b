"""The head that a node keeps outside of the database: a trail that was made anew there is neither sealed nor sound."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from sqlalchemy import text

from tests.infra.audit_world import find, list_chain, list_rows, record, seal, seal_segments
from webapp.admin.health_strip import list_health
from webapp.config import current_settings
from webapp.core import clock
from webapp.infra.audit import digest_of_event
from webapp.infra.audit_anchor import FILE_NAME, TrailReplaced, accept_chain
from webapp.infra.audit_chain import seal_events
from webapp.infra.audit_verification import Verification
from webapp.infra.database import db, unit_of_work
from webapp.infra.models import AuditEvent
from webapp.ops.maintenance import TASKS, Maintenance

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flask import Flask


@pytest.fixture
def file(at_work: Flask) -> Path:
    """Where the node at work keeps its head."""
    return current_settings().instance_path / FILE_NAME


def make_trail_anew() -> None:
    """As who writes to the database alone: other events, digests that fit, and nothing sealed."""
    with unit_of_work():
        db.session.execute(text("DELETE FROM audit_segments"))
        db.session.execute(text("DELETE FROM audit_events WHERE id = 7"))
        for each in db.session.query(AuditEvent):
            each.sealed_in, each.detail = None, '{"reason":"other"}'
            each.digest = digest_of_event(each)


def seal_and_die() -> None:
    with unit_of_work(writes=False):
        seal_events()
        raise KeyboardInterrupt


def health() -> tuple[str, str]:
    with unit_of_work(writes=False):
        return next((each.state, each.sentence) for each in list_health(0) if each.name == "Audit trail")


def test_trail_that_was_made_anew_is_not_signed_and_everybody_is_told(
    at_work: Flask, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    seal_segments(3, 5)
    make_trail_anew()
    with pytest.raises(TrailReplaced):
        seal()
    Maintenance(at_work, TASKS[-1:], first_after=0).run_due()  # type: ignore[arg-type]
    assert [each.levelname for each in caplog.records if "so nothing is sealed" in each.message] == ["ERROR"]
    assert list_chain() == []
    assert find() == [
        f"Segment 4: It is not there, but {FILE_NAME} has its head: the chain was cut at its end or made anew."
    ]
    with time_machine.travel(clock.now() + timedelta(minutes=2), tick=False):
        assert health()[0] == "wrong"
        assert "Run flask audit verify." in health()[1]
    with unit_of_work(writes=False):
        accept_chain()
    assert not file.exists()
    assert (seal(), find(), health()[0]) == (len(list_rows()), [], "good")
    kept = json.loads(file.read_text(encoding="ascii"))
    file.write_text(json.dumps(kept | {"head": "0" * 64}), encoding="ascii")
    with pytest.raises(TrailReplaced):
        seal()
    assert find() == [f"Segment 1: Its head is not the one in {FILE_NAME}: the chain was made anew."]


def test_newest_head_is_kept_for_its_owner_alone_and_only_once_it_is_stored(
    at_work: Flask, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "latchkey.audit")
    seal_segments(2, 5)
    newest = list_chain()[-1]
    kept = json.loads(file.read_text(encoding="ascii"))
    assert (kept["number"], kept["head"], kept["key_id"]) == (3, newest.head.hex(), newest.key_id)
    assert file.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in file.parent.iterdir() if each.name.startswith(f".{FILE_NAME}")] == []
    assert caplog.text.count("Head of segment ") == 1
    record(3)
    with pytest.raises(KeyboardInterrupt):
        seal_and_die()
    record(1)
    assert json.loads(file.read_text(encoding="ascii")) == kept


def test_node_begins_with_what_is_there_and_follows_what_others_seal(
    make_app: Callable[..., Flask], tmp_path_factory: pytest.TempPathFactory
) -> None:
    second = tmp_path_factory.mktemp("second")
    other = make_app(INSTANCE_PATH=str(second))
    with make_app().app_context():
        seal_segments(2, 5)
    for number in (3, 4):
        with other.app_context():
            assert (seal(), find()) == (0, [])
            assert json.loads((second / FILE_NAME).read_text(encoding="ascii"))["number"] == number
        with make_app().app_context():
            seal_segments(1, 5)
    with other.app_context():
        assert find() == [], "an anchor that is older than the trail is in it"


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "[" * 50_000, '{"number": 1}', '{"number":1,"head":7,"key_id":"","anchored_at":""}'],
)
def test_file_without_a_head_stops_sealing_until_somebody_accepts(
    at_work: Flask, file: Path, content: str
) -> None:
    seal()
    file.write_text(content, encoding="ascii")
    with pytest.raises(TrailReplaced):
        seal()
    assert find() == [f"The head in {FILE_NAME} cannot be read."]
    with unit_of_work(writes=False):
        accept_chain()
    record(1)
    assert (seal(), find()) == (1, [])


def test_folder_that_cannot_be_used_is_warned_of_once_and_sealing_goes_on(
    at_work: Flask, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file.mkdir()
    seal_segments(2, 5)
    assert (len(list_chain()), find()) == (3, [])
    assert caplog.text.count("cannot be used (Is a directory)") == 1


def test_segment_sealed_long_after_its_events_is_counted(at_work: Flask) -> None:
    with time_machine.travel(clock.now() + timedelta(hours=2), tick=False):
        seal()
    record(1)
    seal()
    check = Verification()
    while not check.is_done:
        with unit_of_work(writes=False):
            assert list(check.advance()) == []
    assert (check.tally.segments, check.tally.late_segments) == (2, 1)


@pytest.mark.parametrize(
    "form", ["replace(replace(occurred_at, '-', ''), ' ', 'T')", "replace(occurred_at, ' ', 'T')"]
)
def test_moment_in_another_form_is_found_since_it_sorts_elsewhere(at_work: Flask, form: str) -> None:
    seal_segments(1, 5)
    with unit_of_work():
        db.session.execute(text(f"UPDATE audit_events SET occurred_at = {form} WHERE id = 4"))
    assert find() == ["Segment 2, event 4: It was changed after it was written."]
