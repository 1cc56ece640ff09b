"""`flask accounts export`: every account in a file."""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext, suppress
from typing import IO, TYPE_CHECKING, Final

import click

from webapp.admin.account_export import begin_export
from webapp.admin.account_filters import Criteria
from webapp.core.origin import Origin, set_origin
from webapp.infra.database import unit_of_work

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

# For whoever runs the command alone: names and addresses are nobody else's business.
_OWN: Final = 0o600


@click.command("export")
@click.argument("file", default="-", type=click.Path(dir_okay=False, allow_dash=True))
@click.option("--format", "form", type=click.Choice(["csv", "jsonl"]), default="csv", show_default=True)
def export_accounts(file: str, form: str) -> None:
    """Write every account to FILE, or to standard output: what the export of the console holds.

    No passwords: their hashes are made with this installation's PASSWORD_PEPPER and open nothing elsewhere. To move a
    whole installation, move its database and its secrets.
    """
    set_origin(Origin("command"))
    try:
        with _open(file) as out:
            with unit_of_work():
                pieces = begin_export(Criteria(), form, actor_id=None, session_id=None, at_work=nullcontext)
            is_whole = True
            for piece in pieces:
                out.write(piece)
                is_whole = b"INCOMPLETE: " not in piece[-200:]
    except FileExistsError:
        click.echo(f"{file} is there already. Name another file.", err=True)
        sys.exit(1)
    except OSError as failure:
        with suppress(OSError):
            click.echo(f"The file cannot be written: {failure.strerror}.", err=True)
        sys.exit(1)
    if not is_whole:
        click.echo("The export broke off; the log says why.", err=True)
        sys.exit(1)


def _open(file: str) -> AbstractContextManager[IO[bytes]]:
    if file == "-":
        return nullcontext(sys.stdout.buffer)
    return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWN), "wb")
