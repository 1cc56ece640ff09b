"""Making an administrator at the console: the first one, or the way back in."""

from __future__ import annotations

import sys

import click

from webapp.cli import command_unit
from webapp.infra.migrations import migrate_to_newest
from webapp.joining.flow import create_administrator


@click.command("create-admin")
@click.option("--username", prompt=True)
@click.option("--email", prompt=True)
@click.option(
    "--password", help="For scripts on a machine of your own: other users can see a command's options."
)
@click.option(
    "--password-stdin", is_flag=True, help="Read the password from the first line of standard input."
)
def create_admin(username: str, email: str, password: str | None, *, password_stdin: bool) -> None:
    """Make an administrator with a verified address; without an option the password is asked for."""
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    elif password is None:
        password = str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    _create(username, email, password)


@command_unit
def _create(username: str, email: str, password: str) -> None:
    migrate_to_newest()
    account = create_administrator(username, email, password)
    click.echo(f"{account.username} is an administrator. Sign in at once to check it.")
