"""`flask accounts import`: many accounts with the bcrypt hashes they had elsewhere."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final

import click

from webapp.accounts import imports
from webapp.accounts.imports import Doubles, ImportedAccount, LineFault
from webapp.core.errors import Problem
from webapp.core.origin import Origin, set_origin
from webapp.infra.database import unit_of_work

if TYPE_CHECKING:
    from collections.abc import Iterator

_FAULTS_SHOWN: Final = 20


@dataclass
class _Found:
    """What looking through the file has found."""

    new: int = 0
    known: int = 0
    faults: list[LineFault] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.new + self.known + len(self.faults)


@click.command("import")
@click.argument("file", type=click.Path(dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Check everything, store nothing.")
@click.option("--skip-faulty", is_flag=True, help="Store the good lines although others are refused.")
@click.option(
    "--without-passwords", is_flag=True, help="Take a file without password_hash, such as an export."
)
def import_accounts(file: str, *, dry_run: bool, skip_faulty: bool, without_passwords: bool) -> None:
    """Make accounts of FILE, a CSV with username, email, password_hash (bcrypt) and, if you like, display_name,
    email_verified, roles, locked_at and lock_reason; or JSON with the same names. Nothing is stored unless every line
    is good.
    """
    set_origin(Origin("command"))
    try:
        found = _check(file, needs_hashes=not without_passwords)
        _tell(found)
        is_refused = bool(found.faults) and not skip_faulty
        if dry_run or is_refused:
            click.echo(
                "Nothing was stored." + (" Mend these lines, or add --skip-faulty." if is_refused else "")
            )
            sys.exit(1 if found.faults else 0)
        stored = _store(file, found, needs_hashes=not without_passwords)
    except (OSError, UnicodeDecodeError) as failure:
        reason = getattr(failure, "strerror", None) or "it is not text in UTF-8"
        click.echo(f"The file cannot be read: {reason}.", err=True)
        sys.exit(1)
    except Problem as problem:
        click.echo(problem.message, err=True)
        sys.exit(1)
    click.echo(f"{_counted(stored, 'account')} stored.")


def _check(file: str, *, needs_hashes: bool) -> _Found:
    found, doubles = _Found(), Doubles()
    with click.open_file(file, encoding="utf-8-sig") as lines:
        for batch in _batches(imports.read_accounts(lines, needs_hashes=needs_hashes)):
            good = []
            for each in batch:
                fault = each if isinstance(each, LineFault) else doubles.find_fault(each)
                if fault is None and isinstance(each, ImportedAccount):
                    good.append(each)
                elif fault is not None:
                    found.faults.append(fault)
            with unit_of_work(writes=False):
                new, faults, known = imports.sort_out(good)
            found.new += len(new)
            found.known += len(known)
            found.faults += faults
    return found


def _tell(found: _Found) -> None:
    told = (
        f"{_counted(found.new, 'new account')}",
        f"{found.known} there already",
        f"{len(found.faults)} refused",
    )
    click.echo(f"{_counted(found.total, 'line')}: {', '.join(told)}.")
    for fault in sorted(found.faults, key=lambda each: each.line)[:_FAULTS_SHOWN]:
        click.echo(f"Line {fault.line}: {fault.sentence}", err=True)
    if len(found.faults) > _FAULTS_SHOWN:
        click.echo(f"… and {len(found.faults) - _FAULTS_SHOWN} more.", err=True)


def _store(file: str, found: _Found, *, needs_hashes: bool) -> int:
    """Batch by batch, each in a unit of its own: an import that is interrupted goes on where it was when repeated."""
    stored, doubles = 0, Doubles()
    with (
        click.open_file(file, encoding="utf-8-sig") as lines,
        click.progressbar(length=found.total, label="Storing accounts", file=sys.stderr) as bar,
    ):
        for batch in _batches(imports.read_accounts(lines, needs_hashes=needs_hashes)):
            good = [
                each for each in batch if isinstance(each, ImportedAccount) and not doubles.find_fault(each)
            ]
            with unit_of_work():
                new, _, _ = imports.sort_out(good)
                imports.store_accounts(new)
            stored += len(new)
            bar.update(len(batch))
    with unit_of_work():
        imports.note_import(stored)
    return stored


def _batches(
    rows: Iterator[ImportedAccount | LineFault],
) -> Iterator[list[ImportedAccount | LineFault]]:
    while batch := list(islice(rows, imports.BATCH)):
        yield batch


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
