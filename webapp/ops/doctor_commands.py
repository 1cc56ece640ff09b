"""`flask doctor`: the self-audit at the command line."""

from __future__ import annotations

import json
import os
import shutil
import sys
import textwrap
from typing import TYPE_CHECKING, Final

import click

from webapp.config import current_settings
from webapp.core import clock
from webapp.core.origin import Origin, set_origin
from webapp.infra.database import unit_of_work
from webapp.ops.self_audit.evidence import Visit
from webapp.ops.self_audit.run import run_audit
from webapp.ops.self_audit.stored import look_at_stored

if TYPE_CHECKING:
    from webapp.ops.self_audit.findings import Level
    from webapp.ops.self_audit.report import Report, Result

_MARKS: Final = {"fail": ("FAIL", "red"), "warn": ("warn", "yellow"), "pass": ("pass", "green")}


_COUNTED: Final[tuple[tuple[Level, str], ...]] = (
    ("fail", "to mend"),
    ("warn", "to look at"),
    ("pass", "in order"),
)
_WIDEST: Final = 110
_MARGIN: Final = " " * 8


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print the report for programs.")
@click.option(
    "--offline", is_flag=True, help="Ask neither the public address nor mail server and limiter store."
)
def doctor(*, as_json: bool, offline: bool) -> None:
    """Look at the configuration, and at what is answered to strangers; exit status 1 if anything fails."""
    set_origin(Origin("command"))
    visit = Visit(current_settings(), os.environ, clock.now(), is_offline=offline)
    with unit_of_work(writes=False):
        stored = look_at_stored()
    report = run_audit(visit, stored)
    if as_json:
        click.echo(json.dumps(report.as_json(), indent=2, ensure_ascii=False))
    else:
        _print(report)
    sys.exit(int(report.has_failures))


def _print(report: Report) -> None:
    for section in report.sections:
        click.echo(f"\n{section.group.heading}")
        for result in section.results:
            _print_result(result)
    counts = ", ".join(f"{report.count(level)} {word}" for level, word in _COUNTED)
    click.echo(f"\n{counts}.")
    if report.is_offline:
        click.echo("The public address, the mail server and the limiter store were not asked.")


def _print_result(result: Result) -> None:
    word, color = _MARKS[result.finding.level]
    # The color after the breaking of lines, which would count it.
    text = _broken(f"{result.check.title}: {result.finding.sentence}").lstrip()
    click.echo(f"  {click.style(word, fg=color)}  {text}")
    if result.finding.cure:
        click.echo(_broken(f"{result.finding.cure} [ASVS {', '.join(result.check.asvs)}]"))


def _broken(text: str) -> str:
    """In lines that are easily read, below each other behind the mark."""
    width = min(shutil.get_terminal_size().columns, _WIDEST)
    return textwrap.fill(
        text,
        width,
        initial_indent=_MARGIN,
        subsequent_indent=_MARGIN,
        break_long_words=False,
        break_on_hyphens=False,
    )
