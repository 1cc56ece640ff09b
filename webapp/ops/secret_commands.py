"""`flask secrets`: replace a secret, seal anew what the former one closed, say what still needs it."""

from __future__ import annotations

import os
import secrets as random
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from flask.cli import AppGroup

from webapp.config import current_settings
from webapp.config.development_secrets import InstanceUnusable, replace_development_secret
from webapp.core.errors import Problem
from webapp.core.origin import Origin, set_origin
from webapp.infra.database import unit_of_work
from webapp.ops.secret_check import list_needs
from webapp.ops.secret_resealing import reseal_everything
from webapp.web.waits import duration

if TYPE_CHECKING:
    from webapp.config import Settings
    from webapp.ops.secret_check import Need

secrets = AppGroup(
    "secrets", help="Replace the secrets of the installation, and see what still needs former ones."
)
NAMES: Final = ("ENCRYPTION_KEY", "SECRET_KEY", "PASSWORD_PEPPER")
_LAST_STEPS: Final = {
    "ENCRYPTION_KEY": "Run: flask secrets reseal",
    "SECRET_KEY": "Wait for {wait} (REFRESH_TOKEN_LIFETIME): whoever has not come back by then signs in again.",
    "PASSWORD_PEPPER": "Wait: a password is hashed anew as its owner signs in. flask secrets check counts the others.",
}


@secrets.command("rotate")
@click.argument("name", type=click.Choice(NAMES))
@click.option("--out", type=click.Path(path_type=Path), help="Write the new value into this new file.")
def rotate(name: str, out: Path | None) -> None:
    """Make another value for the secret NAME, and say how it takes over without anybody noticing."""
    settings = current_settings()
    if settings.source_of(name) == "made" and not settings.in_production:
        _replace_kept(settings, name)
        return
    value = random.token_urlsafe(48)
    if out is not None:
        _write_new(out, value)
        click.echo(f"A new {name} is in {out}.")
    elif sys.stdout.isatty():
        click.echo(f"A new {name}: {value}")
    else:
        click.echo("A secret is not written where it may be kept by accident. Use --out FILE.", err=True)
        sys.exit(1)
    for number, step in enumerate(_steps(settings, name), 1):
        click.echo(f"{number}. {step}")


@secrets.command("reseal")
def reseal() -> None:
    """Seal everything anew that a value of ENCRYPTION_KEY_FALLBACKS has sealed."""
    set_origin(Origin("command"))
    try:
        for title, number in reseal_everything():
            click.echo(f"{title}: {number:,}")
    except Problem as problem:
        click.echo(problem.message, err=True)
        sys.exit(1)


@secrets.command("check")
def check() -> None:
    """Say what opens with which value of a secret; exit status 1 when anything opens with none."""
    try:
        with unit_of_work(writes=False):
            needs = list_needs()
    except Problem as problem:
        click.echo(problem.message, err=True)
        sys.exit(1)
    rows = [("", "PRESENT", "FALLBACK", "NONE"), *(_row(each) for each in needs)]
    widths = [max(len(row[place]) for row in rows) for place in range(4)]
    for title, *figures in rows:
        numbers = "  ".join(text.rjust(width) for text, width in zip(figures, widths[1:], strict=True))
        click.echo(f"{title.ljust(widths[0])}  {numbers}")
    settings = current_settings()
    for line in (*_advice(settings, needs), _advice_on_secret_key(settings)):
        click.echo(line)
    sys.exit(int(any(each.lost for each in needs)))


def _replace_kept(settings: Settings, name: str) -> None:
    try:
        fallbacks = replace_development_secret(settings.instance_path, name)
    except (InstanceUnusable, OSError) as failure:
        click.echo(str(failure), err=True)
        sys.exit(1)
    click.echo(f"{name} is replaced. The former value is kept in {fallbacks}.")
    steps = (
        "Restart the server.",
        _last_step(settings, name),
        f"Then delete {fallbacks.name}, and restart it.",
    )
    for number, step in enumerate(steps, 1):
        click.echo(f"{number}. {step}")


def _write_new(path: Path, value: str) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{value}\n")
    except OSError as failure:
        click.echo(f"{path} cannot be written: {failure.strerror}.", err=True)
        sys.exit(1)


def _steps(settings: Settings, name: str) -> list[str]:
    where = f" (or the file that {name}_FILE names)" if settings.source_of(name) == "file" else ""
    # Something may still open by them alone.
    more = " and those that stand there now" if getattr(settings, f"{name}_FALLBACKS".lower()) else ""
    return [
        f"Where there are several nodes: add the new value to {name}_FALLBACKS on each, and restart it.",
        f"On every node, set {name}{where} to the new value and {name}_FALLBACKS to the former one{more}; restart it.",
        _last_step(settings, name),
        f"Once flask secrets check agrees, remove {name}_FALLBACKS on every node, and restart it.",
    ]


def _last_step(settings: Settings, name: str) -> str:
    return _LAST_STEPS[name].format(wait=_wait(settings))


def _wait(settings: Settings) -> str:
    return duration(int(settings.refresh_token_lifetime.total_seconds()))


def _row(need: Need) -> tuple[str, str, str, str]:
    return (f"{need.secret}: {need.title.lower()}", f"{need.present:,}", f"{need.former:,}", f"{need.lost:,}")


def _advice(settings: Settings, needs: list[Need]) -> list[str]:
    cures: dict[str, Any] = {
        "ENCRYPTION_KEY": (settings.encryption_key_fallbacks, "Run: flask secrets reseal"),
        "PASSWORD_PEPPER": (
            settings.password_pepper_fallbacks,
            "Passwords are hashed anew as people sign in.",
        ),
    }
    lines = []
    for name, (fallbacks, cure) in cures.items():
        of_it = [each for each in needs if each.secret == name]
        if any(each.lost for each in of_it):
            lines.append(f"Some need a value of {name} that is not set: name it in {name}_FALLBACKS.")
        if any(each.former for each in of_it):
            lines.append(f"{name}_FALLBACKS is still needed. {cure}")
        elif fallbacks:
            lines.append(f"Nothing in the database needs {name}_FALLBACKS any more: it can be removed.")
    if settings.encryption_key_fallbacks:
        lines.append("Backups of before open by the former ENCRYPTION_KEY alone: keep it with them.")
    return lines


def _advice_on_secret_key(settings: Settings) -> str:
    if not settings.secret_key_fallbacks:
        return "What SECRET_KEY signs is not counted: it is with its holders, and no fallback of it is set."
    return (
        "What SECRET_KEY signs is not counted: it is with its holders. Remove SECRET_KEY_FALLBACKS "
        f"{_wait(settings)} after every node has the new value."
    )
