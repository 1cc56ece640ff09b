"""`flask seed`: a large, realistic data set for trials."""

from __future__ import annotations

import secrets
import sys

import click

from webapp.config import current_settings
from webapp.core import clock
from webapp.core.errors import Problem
from webapp.core.origin import Origin, set_origin
from webapp.infra.migrations import migrate_to_newest
from webapp.ops.seed import seed as store_people
from webapp.ops.seed_people import EVENTS_EACH, SESSIONS_EACH

_MOST = 5_000_000
# Twelve rows for each account, and the indexes, which take about a third of the time.
_STEPS_EACH = 18


@click.command("seed")
@click.option(
    "--accounts",
    "number",
    type=click.IntRange(1, _MOST),
    required=True,
    help="How many; each comes with three sessions and five events.",
)
def seed(number: int) -> None:
    """Fill an empty database with made-up people, for trials and measurements. Never in production."""
    if current_settings().in_production:
        click.echo(
            "Made-up people do not belong into production. Set APP_ENV=development for a trial.", err=True
        )
        sys.exit(1)
    set_origin(Origin("command"))
    password = secrets.token_urlsafe(12)
    begun = clock.monotonic()
    try:
        migrate_to_newest()
        with click.progressbar(
            length=number * _STEPS_EACH, label="Making people", file=sys.stderr, show_pos=False
        ) as bar:
            for amount in store_people(number, password, clock.now()):
                bar.update(amount)
    except Problem as problem:
        click.echo(problem.message, err=True)
        sys.exit(1)
    click.echo(
        f"{number:,} accounts, {number * SESSIONS_EACH:,} sessions and {number * EVENTS_EACH:,} events "
        f"in {clock.monotonic() - begun:,.0f} seconds."
    )
    click.echo(f"Every one of them has the password {password}")
