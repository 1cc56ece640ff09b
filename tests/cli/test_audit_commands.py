"""`flask audit`: what it prints, its exit status, and that an outsider can verify what it exports."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from sqlalchemy import text

from tests.admin.console import events
from tests.architecture.sources import ROOT
from tests.cli.test_account_commands import run
from tests.infra.audit_world import record, seal, seal_segments
from webapp.core import clock
from webapp.infra.audit_retention import cut_events
from webapp.infra.database import db, unit_of_work

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flask import Flask

SUMMARY = re.compile(
    r"Nothing is amiss\. Segments: 4, events: 17, not yet sealed: 2\. Head of segment 4: [0-9a-f]{64}, sealed \S+\.\n"
)


@pytest.fixture
def trail(app: Flask) -> Flask:
    with app.app_context():
        seal_segments(3, 5)
        record(2)
    return app


def tamper(app: Flask, *statements: str) -> None:
    with app.app_context(), unit_of_work():
        for each in statements:
            db.session.execute(text(each))


def check_outside(exported: str, *trusted: str) -> subprocess.CompletedProcess[str]:
    """As docs/audit.md says."""
    (program,) = re.findall(
        r"```python\n(.+?)```", (ROOT / "docs/audit.md").read_text(encoding="utf-8"), re.DOTALL
    )
    command = [sys.executable, "-c", program, *trusted]
    return subprocess.run(command, input=exported, capture_output=True, text=True, check=False, timeout=60)


def test_sound_trail_is_one_line_and_exit_status_0(trail: Flask) -> None:
    ran = run(trail, "audit", "verify")
    assert (ran.exit_code, ran.stderr) == (0, "")
    assert SUMMARY.fullmatch(ran.stdout)


def test_verification_of_the_whole_trail_is_an_event_in_it(trail: Flask) -> None:
    assert run(trail, "audit", "verify", "--from", "2").exit_code == 0
    assert events(trail, "audit.verified") == []
    assert run(trail, "audit", "verify").exit_code == 0
    tamper(
        trail,
        "UPDATE audit_events SET name = 'login.succeeded' WHERE id = (SELECT min(id) FROM audit_events)",
    )
    assert run(trail, "audit", "verify").exit_code == 1
    told = [
        (each.result, each.via, json.loads(each.detail)["count"]) for each in events(trail, "audit.verified")
    ]
    assert told == [("success", "command", 0), ("failure", "command", 1)]


def test_verification_counts_where_it_cannot_be_recorded(trail: Flask) -> None:
    tamper(trail, "CREATE TRIGGER full BEFORE INSERT ON audit_events BEGIN SELECT RAISE(ABORT, 'full'); END")
    ran = run(trail, "audit", "verify")
    assert ran.exit_code == 0
    assert ran.stderr.startswith("That the trail was verified is not recorded: ")
    assert SUMMARY.fullmatch(ran.stdout)


def test_empty_trail_is_sound_and_has_no_head(app: Flask) -> None:
    assert "not yet sealed: 2. Nothing is sealed yet." in run(app, "audit", "verify").stdout
    ran = run(app, "audit", "export", "--head")
    assert (ran.exit_code, ran.stdout, ran.stderr) == (1, "", "Nothing is sealed yet.\n")
    assert (run(app, "audit", "export").exit_code, run(app, "audit", "export").stdout) == (0, "")


def test_each_finding_is_a_line_and_the_exit_status_is_1(trail: Flask) -> None:
    tamper(
        trail,
        "UPDATE audit_events SET detail = '{}' WHERE id IN (9, 18)",
        "DELETE FROM audit_events WHERE id = 4",
    )
    ran = run(trail, "audit", "verify")
    lines = ran.stdout.splitlines()
    assert (ran.exit_code, lines[:3]) == (1, [
        "Segment 2, event 4: It was removed.",
        "Segment 3, event 9: It was changed after it was written.",
        "Event 18: It was changed after it was written.",
    ])  # fmt: skip
    assert lines[3].startswith("3 findings. Segments: 4, events: 16, not yet sealed: 2.")
    assert run(trail, "audit", "verify", "--from", "4").stdout.startswith("Event 18: ")


def test_exported_heads_tell_a_chain_that_lost_its_end(trail: Flask, tmp_path: Path) -> None:
    heads = tmp_path / "heads.jsonl"
    for _ in range(2):
        with heads.open("a", encoding="ascii") as file:
            file.write(run(trail, "audit", "export", "--head").stdout)
        with trail.app_context():
            seal()
    newest = json.loads(heads.read_text(encoding="ascii").splitlines()[-1])
    short = f"{newest['segment']}:{newest['head']}"
    assert run(trail, "audit", "verify", "--head", str(heads), "--head", short).exit_code == 0
    tamper(trail, "DELETE FROM audit_events WHERE sealed_in = 5", "DELETE FROM audit_segments WHERE id = 5")
    kept = "Segment 5: It is not there, but audit-head.json has its head: the chain was cut at its end or made anew."
    assert run(trail, "audit", "verify").stdout.splitlines()[0] == kept
    assert (run(trail, "audit", "anchor").exit_code, run(trail, "audit", "anchor").stdout) == (1, f"{kept}\n")
    assert run(trail, "audit", "anchor", "--accept").stdout == "Kept the head of segment 4.\n"
    assert run(trail, "audit", "anchor").exit_code == run(trail, "audit", "verify").exit_code == 0
    for given in (str(heads), short):
        ran = run(trail, "audit", "verify", "--head", given)
        assert (ran.exit_code, ran.stdout.splitlines()[0]) == (
            1, "Segment 5: It is not there, but its head was exported: the chain was cut at its end.",
        )  # fmt: skip


@pytest.mark.parametrize(
    "given", ["", "nowhere.jsonl", "5:9f", "x" * 5_000, "/dev/null", "/dev", "\udcff", "a\x00b"]
)
def test_heads_that_are_none_are_refused_in_one_line(app: Flask, given: str) -> None:
    ran = run(app, "audit", "verify", "--head", given)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert ran.stderr == "That holds no head. Give a file that `audit export --head` wrote, or NUMBER:HEAD.\n"


@pytest.mark.parametrize(
    "content", ["{}", "[]", "null", '{"kind":"segment"}', "\xff", "[" * 50_000, '{"kind":"event"}']
)
def test_file_without_a_head_is_refused(app: Flask, tmp_path: Path, content: str) -> None:
    file = tmp_path / "heads.jsonl"
    file.write_text(content, encoding="latin-1")
    assert run(app, "audit", "verify", "--head", str(file)).exit_code == 2


@pytest.mark.database
def test_export_is_verified_by_an_outsider(make_app: Callable[..., Flask]) -> None:
    app = make_app(AUDIT_RETENTION_DAYS="30")
    with app.app_context():
        with time_machine.travel(clock.now() - timedelta(days=31), tick=False):
            seal_segments(1, 5)
        seal_segments(2, 5)
        with unit_of_work():
            assert cut_events(250) == 5
    ran = run(app, "audit", "export")
    assert (ran.exit_code, ran.stderr) == (0, "")
    lines = [json.loads(each) for each in ran.stdout.splitlines()]
    assert [each["segment"] for each in lines if each["kind"] == "segment"] == [1, 2, 3, 4]
    key_id = lines[0]["key"]["kid"]
    assert check_outside(ran.stdout, key_id).stdout.startswith("Sound up to segment 4, head ")
    assert "a key that is not trusted" in check_outside(ran.stdout, "another").stderr
    without = "".join(f"{json.dumps(each)}\n" for each in lines if each.get("event") != 10)
    assert "events of 3" in check_outside(without, key_id).stderr
    later = run(app, "audit", "export", "--segments", "3-900").stdout
    assert check_outside(later, key_id).stdout.startswith("Sound up to segment 4, head ")


@pytest.mark.parametrize("chosen", ["", "0", "4-3", "-1", "a-b", "1-", "9" * 40, "1 - 2", "\u0661"])
def test_segments_that_are_no_range_are_refused(app: Flask, chosen: str) -> None:
    ran = run(app, "audit", "export", f"--segments={chosen}")
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert "give a number such as 12, or a range such as 12-40" in ran.stderr
