"""`flask audit`: verify that the trail is as it was written, and export it with its seals."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Literal

import click
from flask.cli import AppGroup
from sqlalchemy.exc import SQLAlchemyError

from webapp.core.errors import Problem
from webapp.core.event_names import EventName
from webapp.core.origin import Origin, set_origin
from webapp.infra.audit import record_event
from webapp.infra.audit_anchor import FILE_NAME, accept_chain, find_fault, read_anchor
from webapp.infra.audit_findings import Finding
from webapp.infra.audit_lines import UnreadableHeads, head_line, iterate_lines, read_heads, read_last
from webapp.infra.audit_verification import Verification
from webapp.infra.database import unit_of_work

audit = AppGroup("audit", help="Verify the audit trail and export it with its seals.")
_HEAD = re.compile(r"([0-9]{1,18}):([0-9a-fA-F]{64})")
_RANGE = re.compile(r"([0-9]{1,18})(?:-([0-9]{1,18}))?")


@audit.command("verify")
@click.option("--head", "heads", multiple=True, help="Heads exported before: a file, or NUMBER:HEAD.")
@click.option(
    "--from", "first", type=click.IntRange(min=1), default=1, help="Leave out the segments before it."
)
def verify(heads: tuple[str, ...], first: int) -> None:
    """Go through the trail and say what was changed, removed, added or moved; exit status 1 if anything was."""
    try:
        check = Verification(first, _read_heads(heads))
        while not check.is_done:
            with unit_of_work(writes=False):
                for finding in check.advance():
                    click.echo(str(finding))
            _show_progress(check)
    except Problem as problem:
        click.echo(problem.message, err=True)
        sys.exit(2)
    _summarise(check)
    if first == 1:
        _note_verification(check.tally.findings, check.heads)
    sys.exit(int(check.tally.findings > 0))


@audit.command("export")
@click.option(
    "--segments", "chosen", help="A number, or the first and the last: 12-40. All where it is left out."
)
@click.option("--head", "only_head", is_flag=True, help="Only the newest head with its signature.")
def export(chosen: str | None, only_head: bool) -> None:
    """Print the sealed trail as JSON Lines: each segment with its signature, and its events."""
    set_origin(Origin("command"))
    try:
        if only_head:
            _print_head()
            return
        first, last = _read_range(chosen)
        with unit_of_work():
            last = min(last, read_last())
            record_event(EventName.AUDIT_EXPORTED, detail={"segments": f"{first}-{last}", "form": "sealed"})
        after = first - 1
        while after < last:
            before = after
            with unit_of_work(writes=False):
                for number, line in iterate_lines(after, last):
                    sys.stdout.write(f"{line}\n")
                    after = number
            if after == before:
                return
    except Problem as problem:
        click.echo(problem.message, err=True)
        sys.exit(1)


@audit.command("anchor")
@click.option("--accept", is_flag=True, help="Keep the head that the trail has now, as after a restore.")
def anchor(accept: bool) -> None:
    """Say which head this node keeps, and whether the trail has it; exit status 1 if it has not."""
    try:
        kept = read_anchor()
        with unit_of_work(writes=False):
            if accept:
                newest = accept_chain()
                said = (
                    f"Kept the head of segment {newest.id}."
                    if newest
                    else "Nothing is sealed, so nothing is kept."
                )
                click.echo(said)
                return
            fault = find_fault(kept)
    except Problem as problem:
        click.echo(problem.message, err=True)
        sys.exit(2)
    except OSError as failure:
        click.echo(f"{FILE_NAME} cannot be written: {failure.strerror}.", err=True)
        sys.exit(2)
    if kept is None:
        click.echo("Nothing is kept yet: sealing begins it.")
    elif fault is None:
        click.echo(
            f"The trail has the head that is kept, of segment {kept.number}: {kept.head}, {kept.anchored_at}."
        )
    else:
        click.echo(str(Finding(fault, kept.number or None)))
        sys.exit(1)


def _print_head() -> None:
    with unit_of_work(writes=False):
        line = head_line()
    if line is None:
        click.echo("Nothing is sealed yet.", err=True)
        sys.exit(1)
    click.echo(line)


def _read_heads(given: tuple[str, ...]) -> dict[int, frozenset[str]]:
    heads: dict[int, frozenset[str]] = {}
    for each in given:
        short = _HEAD.fullmatch(each)
        if short is not None:
            found = {int(short[1]): frozenset({short[2].lower()})}
        else:
            try:
                found = read_heads(Path(each).read_text(encoding="utf-8").splitlines())
            except (OSError, ValueError):
                raise UnreadableHeads from None
        for number, values in found.items():
            heads[number] = heads.get(number, frozenset()) | values
    return heads


def _read_range(chosen: str | None) -> tuple[int, int]:
    if chosen is None:
        return 1, sys.maxsize
    found = _RANGE.fullmatch(chosen)
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not 1 <= first <= last:
        raise click.BadParameter(
            "give a number such as 12, or a range such as 12-40", param_hint="--segments"
        )
    return first, last


def _show_progress(check: Verification) -> None:
    if sys.stderr.isatty():
        line = f"\r{check.percentage:3d} %  {check.tally.events:,} events"
        click.echo(line, err=True, nl=check.is_done)


def _note_verification(findings: int, heads: int) -> None:
    """That the whole trail was gone through is an event in it. What was found counts more than that."""
    set_origin(Origin("command"))
    try:
        with unit_of_work():
            result: Literal["success", "failure"] = "failure" if findings else "success"
            record_event(EventName.AUDIT_VERIFIED, result=result, detail={"count": findings, "heads": heads})
    except (Problem, SQLAlchemyError) as failure:
        # A copy of the database that can only be read is verified all the same.
        reason = failure.message if isinstance(failure, Problem) else "the database takes no changes."
        click.echo(f"That the trail was verified is not recorded: {reason}", err=True)


def _summarise(check: Verification) -> None:
    tally = check.tally
    cut = f" Cut by retention: {tally.cut_segments:,} segments, {tally.cut_events:,} events." * bool(
        tally.cut_segments
    )
    found = {0: "Nothing is amiss.", 1: "1 finding."}.get(tally.findings, f"{tally.findings:,} findings.")
    head = "Nothing is sealed yet."
    if check.newest is not None:
        head = (
            f"Head of segment {check.newest.id}: {check.newest.head.hex()}, sealed {check.newest.sealed_at}."
        )
    counts = f"Segments: {tally.segments:,}, events: {tally.events:,}, not yet sealed: {tally.unsealed:,}."
    late = f" Sealed more than an hour after their last event: {tally.late_segments:,} segments." * bool(
        tally.late_segments
    )
    click.echo(f"{found} {counts}{cut}{late} {head}")
