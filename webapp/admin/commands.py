"""Commands about accounts, for when the console cannot be reached."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from webapp.accounts.models import Account
from webapp.accounts.service import find_by_identifier
from webapp.admin import service as admin
from webapp.admin.export_commands import export_accounts
from webapp.admin.import_commands import import_accounts
from webapp.cli import command_unit
from webapp.config import current_settings

accounts = AppGroup("accounts", help="Look after accounts from the console.")
accounts.add_command(import_accounts)
accounts.add_command(export_accounts)


@accounts.command("reset-link")
@click.argument("name")
@command_unit
def reset_link(name: str) -> None:
    """Print a link with which the owner of NAME (a username or address) chooses a new password."""
    account, token = admin.make_reset_link(_find(name).id, actor_id=None)
    click.echo(f"{current_settings().public_url}/reset-password/{token}")
    click.echo(f"For {account.username}, once, within 24 hours.", err=True)


@accounts.command("lock")
@click.argument("name")
@click.option("--reason", required=True, help="Why, for those who look at the account later.")
@command_unit
def lock(name: str, reason: str) -> None:
    """Lock the account of NAME and end all its sessions."""
    account = admin.lock_account(_find(name).id, reason, actor_id=None)
    click.echo(f"{account.username} is locked and signed out everywhere.")


@accounts.command("unlock")
@click.argument("name")
@command_unit
def unlock(name: str) -> None:
    """Unlock the account of NAME."""
    account = admin.unlock_account(_find(name).id, actor_id=None)
    click.echo(f"{account.username} is unlocked.")


def _find(name: str) -> Account:
    account = find_by_identifier(name)
    if account is None:
        raise click.ClickException("There is no account with that username or address.")
    return account
