"""Commands about clients and return addresses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click
from flask.cli import AppGroup

from webapp.cli import command_unit
from webapp.config import current_settings
from webapp.infra.database import keep_so_far
from webapp.signin import return_addresses
from webapp.tokens import clients as service

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

clients = AppGroup("clients", help="Register the programs that ask about tokens.")


@clients.command("create")
@click.argument("name")
@click.option("--audience", help="Whose tokens it asks about; by default this application's (JWT_AUDIENCE).")
@click.option(
    "--scope", "scopes", multiple=True, help="What another audience's tokens may carry; repeatable."
)
@command_unit
def create(name: str, audience: str | None, scopes: tuple[str, ...]) -> None:
    """Register NAME and print its id and secret as one line of JSON. The secret is shown this once."""
    if scopes and audience in {None, current_settings().jwt_audience}:
        click.echo(
            "--scope is left out: tokens for this application carry the scopes of its roles.", err=True
        )
        scopes = ()
    client, secret = service.register_client(name, audience, scopes)
    # A secret that is printed has been stored.
    keep_so_far()
    click.echo(json.dumps({"client_id": client.id, "client_secret": secret}))
    told = (
        f"{client.name} may ask about tokens for {client.audience}. Keep the secret: it is not shown again."
    )
    click.echo(told, err=True)


@clients.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
@command_unit
def list_all(*, as_json: bool) -> None:
    """Print every client, those in force first."""
    found = service.list_clients()
    if as_json:
        rows = [
            {
                "client_id": each.id,
                "name": each.name,
                "audience": each.audience,
                "created_at": _written(each.created_at),
                "last_used_at": _written(each.last_used_at),
                "revoked_at": _written(each.revoked_at),
            }
            for each in found
        ]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    table = [("ID", "NAME", "AUDIENCE", "STATE", "LAST USED")]
    table += [
        (
            each.id,
            each.name,
            each.audience,
            "revoked" if each.revoked_at else "in force",
            _written(each.last_used_at) or "never",
        )
        for each in found
    ]
    _print_table(table)


@clients.command("revoke")
@click.argument("client_id", metavar="ID")
@command_unit
def revoke(client_id: str) -> None:
    """Refuse the client ID from its next call on."""
    client = service.revoke_client(client_id)
    click.echo(f"{client.name} is revoked.")


@clients.command("add-return-address")
@click.argument("url")
@command_unit
def add_return_address(url: str) -> None:
    """Let signing in lead back to URL, letter for letter."""
    return_addresses.add_return_address(url)
    click.echo("The return address is registered.")


@clients.command("remove-return-address")
@click.argument("url")
@command_unit
def remove_return_address(url: str) -> None:
    """Let signing in lead back to URL no more."""
    return_addresses.remove_return_address(url)
    click.echo("The return address is removed.")


@clients.command("list-return-addresses")
@command_unit
def list_return_addresses() -> None:
    """Print every return address on a line of its own."""
    for each in return_addresses.list_return_addresses():
        click.echo(each.url)


def _written(moment: datetime | None) -> str | None:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def _print_table(table: Sequence[tuple[str, ...]]) -> None:
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    for row in table:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
