"""`flask keys`: look at the signing keys, rotate them, revoke one."""

from __future__ import annotations

import dataclasses
import json
import math
from datetime import UTC, datetime

import click
from flask.cli import AppGroup

from webapp.admin.service import revoke_signing_key
from webapp.cli import command_unit
from webapp.config import current_settings
from webapp.core import clock
from webapp.infra.database import let_go
from webapp.keys.facts import KeyFacts, list_facts
from webapp.keys.rotation import get_key, rotate
from webapp.keys.sealed_keys import WRONG_KEY
from webapp.keys.timing import verification_wait
from webapp.web.waits import duration

keys = AppGroup("keys", help="Look after the keys that sign access tokens.")
_COLUMNS = ("STATE", "KID", "ALGORITHM", "PUBLISHED", "SIGNS FROM", "SIGNS UNTIL", "VERIFIES UNTIL")


@keys.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON array, with the seal of each key.")
@command_unit
def list_all(as_json: bool) -> None:
    """Show next, current, retiring, then retired and revoked keys. A moment that is still ahead is planned."""
    found = list_facts()
    if as_json:
        click.echo(json.dumps([_plain(each) for each in found], indent=2))
        return
    rows = [_COLUMNS, *(_row(each) for each in found)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(_COLUMNS))]
    for row in rows:
        click.echo("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
    if any(each.seal == "unreadable" for each in found):
        click.echo(WRONG_KEY, err=True)
    elif any(each.seal == "former" for each in found):
        click.echo(
            "Some keys open by ENCRYPTION_KEY_FALLBACKS alone; the next start seals them anew.", err=True
        )


@keys.command("rotate")
@click.option("--now", "at_once", is_flag=True, help="Do not wait until others have seen the new key.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@command_unit
def rotate_keys(at_once: bool, yes: bool) -> None:
    """Make a new key, which takes over once every service that keeps the key set has had time to see it."""
    if at_once:
        _confirm_at_once(ask=not yes)
    done = rotate(at_once=at_once)
    key = done.key
    if key.state == "current":
        click.echo(f"{key.kid} ({key.algorithm}) signs from now on.")
        click.echo(
            f"The key before it goes on verifying for {_in_words(verification_wait().total_seconds())}."
        )
        return
    begun = "is made and published" if done.is_new else "was made before: a rotation is under way"
    wait = _in_words((done.signs_from - clock.now()).total_seconds())
    click.echo(f"{key.kid} ({key.algorithm}) {begun}.")
    click.echo(
        f"It begins to sign at {_moment(done.signs_from)}, in {wait}. The present key signs until then."
    )
    click.echo(f"That one goes on verifying for {_in_words(verification_wait().total_seconds())} after it.")


@keys.command("revoke")
@click.argument("kid")
@click.option("--end-sessions", is_flag=True, help="Sign everybody out as well.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@command_unit
def revoke_key(kid: str, end_sessions: bool, yes: bool) -> None:
    """Refuse every token signed with KID from now on; another key signs at once."""
    key = get_key(kid)
    state, cached = key.state, _in_words(current_settings().jwks_max_age.total_seconds())
    # No lock is held while somebody thinks about the question.
    let_go()
    if not yes:
        click.echo(f"{kid} is {state}. Its tokens are refused here at once, on other nodes within 2 seconds.")
        click.echo(
            "Clients renew theirs without anybody noticing." + " Everybody is signed out." * end_sessions
        )
        click.echo(f"Services that verify for themselves may go by the keys they hold for up to {cached}.")
        click.confirm("Revoke it?", abort=True)
    successor, ended = revoke_signing_key(kid, with_sessions=end_sessions, actor_id=None)
    click.echo(f"{kid} is revoked.")
    if successor is not None:
        click.echo(f"{successor.kid} ({successor.algorithm}) signs from now on.")
    if end_sessions:
        click.echo("1 session ended." if ended == 1 else f"{ended} sessions ended.")


def _confirm_at_once(*, ask: bool) -> None:
    """What it costs; and more, where the present keys cannot be opened: they are given up."""
    is_lost = any(each.seal == "unreadable" and each.state in {"current", "next"} for each in list_facts())
    let_go()
    cached = _in_words(current_settings().jwks_max_age.total_seconds())
    click.echo(
        f"Services that verify tokens for themselves may refuse new ones for up to {cached}.", err=True
    )
    if is_lost:
        click.echo(
            "The present keys do not open with this ENCRYPTION_KEY, and are given up for good.", err=True
        )
        click.echo(
            "Go on only if the value they were sealed with is lost. Clients renew their tokens.", err=True
        )
    if ask:
        click.confirm("Let a new key sign now?", abort=True)


def _row(key: KeyFacts) -> tuple[str, ...]:
    moments = (key.published_at, key.signs_from, key.signs_until, key.verifies_until)
    return (key.state, key.kid, key.algorithm, *(_moment(each) for each in moments))


def _plain(key: KeyFacts) -> dict[str, str | None]:
    values = dataclasses.asdict(key)
    return {name: _moment(each) if isinstance(each, datetime) else each for name, each in values.items()}


def _moment(moment: datetime | None) -> str:
    return "-" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _in_words(seconds: float) -> str:
    return duration(math.ceil(seconds))
