"""The commands of `flask --app wsgi …`."""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any

import click

from webapp.core.errors import Problem
from webapp.core.origin import Origin, set_origin
from webapp.infra.database import unit_of_work

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask


def command_unit(command: Callable[..., Any]) -> Callable[..., Any]:
    """Run a command in one unit of work; a refusal is one line on standard error and exit status 1."""

    @functools.wraps(command)
    def run(*arguments: Any, **options: Any) -> Any:
        set_origin(Origin("command"))
        try:
            with unit_of_work():
                return command(*arguments, **options)
        except Problem as problem:
            for sentence in (problem.fields or {"": problem.message}).values():
                click.echo(sentence, err=True)
            sys.exit(1)

    return run


def register_commands(app: Flask) -> None:
    """Add every feature's commands."""
    from webapp.admin import commands as accounts
    from webapp.joining import commands as joining
    from webapp.keys import commands as keys
    from webapp.ops import (
        audit_commands,
        backup_commands,
        doctor_commands,
        schema_commands,
        secret_commands,
        seed_commands,
    )
    from webapp.ops import commands as ops
    from webapp.tokens import commands as tokens

    groups = (
        accounts.accounts,
        keys.keys,
        tokens.clients,
        audit_commands.audit,
        secret_commands.secrets,
        schema_commands.schema,
    )
    for command in (
        *groups,
        joining.create_admin,
        ops.serve,
        ops.maintenance,
        ops.worker,
        backup_commands.backup,
        backup_commands.restore,
        doctor_commands.doctor,
        seed_commands.seed,
    ):
        app.cli.add_command(command)
