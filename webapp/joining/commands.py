"""Making an administrator at the console: the first one, or the way back in."""

from __future__ import annotations

import click

from webapp.cli import command_unit
from webapp.infra.migrations import migrate_to_newest
from webapp.joining.flow import create_administrator


@click.command("create-admin")
@click.option("--username", prompt=True)
@click.option("--email", prompt=True)
@click.option(
    "--password",
    prompt=True,
    hide_input=True,
    confirmation_prompt=True,
    help="Asked for when left out, which keeps it out of the shell's history.",
)
def create_admin(username: str, email: str, password: str) -> None:
    """Make an administrator with a verified address."""
    migrate_to_newest()
    _create(username, email, password)


@command_unit
def _create(username: str, email: str, password: str) -> None:
    account = create_administrator(username, email, password)
    click.echo(f"{account.username} is an administrator. Sign in at once to check it.")
