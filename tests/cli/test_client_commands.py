"""Commands about clients: one line of JSON for a program to read, sentences for people beside it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.admin.console import events
from tests.cli.test_account_commands import run
from tests.make import Program
from tests.tokens.services_world import INACTIVE, REPORTS, ask, describe

if TYPE_CHECKING:
    from flask import Flask


def created(app: Flask, *arguments: str) -> Program:
    ran = run(app, "clients", "create", *arguments)
    assert ran.exit_code == 0, ran.stderr
    (line,) = ran.stdout.splitlines()
    answer = json.loads(line)
    assert list(answer) == ["client_id", "client_secret"]
    assert answer["client_secret"] not in ran.stderr
    return Program(answer["client_id"], answer["client_secret"])


@pytest.mark.database
def test_created_client_may_ask_at_once(app: Flask) -> None:
    program = created(app, "Reports")
    assert describe(app, program, "x") == INACTIVE
    (event,) = events(app, "client.created")
    assert (event.via, event.actor_id) == ("command", None)
    assert program.secret not in event.detail


def test_client_of_a_service_is_listed_and_revoked(app: Flask) -> None:
    program = created(
        app, "Réports", "--audience", REPORTS, "--scope", "reports:read", "--scope", "reports:write"
    )
    (listed,) = json.loads(run(app, "clients", "list", "--json").stdout)
    assert (listed["client_id"], listed["name"], listed["audience"]) == (program.id, "Réports", REPORTS)
    assert listed["revoked_at"] is None
    assert run(app, "clients", "revoke", program.id).stdout == "Réports is revoked.\n"
    assert run(app, "clients", "revoke", program.id).exit_code == 0
    assert len(events(app, "client.revoked")) == 1
    assert ask(app, program, "x").status_code == 401
    table = run(app, "clients", "list").stdout
    assert program.id in table
    assert "revoked" in table


UNUSABLE = [
    [""], ["  "], ["a\x00b"], ["x" * 81], ["x\u202ey"],
    ["R", "--audience", "a b"], ["R", "--audience", "https://"], ["R", "--audience", "https://u@h/"],
    ["R", "--audience", "https://h/#x"], ["R", "--audience", "h\nh"], ["R", "--audience", "x" * 201],
    ["R", "--audience", "javascript:alert(1)/"], ["R", "--audience", ""],
    ["R", "--audience", "r", "--scope", "admin:write"], ["R", "--audience", "r", "--scope", "ADMIN:x"],
    ["R", "--audience", "r", "--scope", "read:profile"], ["R", "--audience", "r", "--scope", "read:sessions"],
    ["R", "--audience", "r", "--scope", 'a"b'], ["R", "--audience", "r", "--scope", "é"],
    ["R", "--audience", "r", "--scope", "x" * 81],
    ["R", "--audience", "r", *(part for number in range(51) for part in ("--scope", f"s{number}"))],
]  # fmt: skip


def test_unusable_values_are_one_line_and_exit_status_1(app: Flask) -> None:
    for arguments in UNUSABLE:
        ran = run(app, "clients", "create", *arguments)
        assert (ran.exit_code, ran.stdout, len(ran.stderr.splitlines())) == (1, "", 1), arguments
    assert events(app, "client.created") == []


def test_scope_without_another_audience_is_left_out_and_said_so(app: Flask) -> None:
    ran = run(app, "clients", "create", "Gateway", "--scope", "reports:read")
    assert (ran.exit_code, len(ran.stdout.splitlines())) == (0, 1)
    assert "--scope is left out" in ran.stderr


def test_second_client_of_an_audience_keeps_its_scopes(app: Flask) -> None:
    created(app, "One", "--audience", REPORTS, "--scope", "reports:read")
    created(app, "Two", "--audience", REPORTS)
    created(app, "Three", "--audience", REPORTS, "--scope", "reports:read")
    ran = run(app, "clients", "create", "Four", "--audience", REPORTS, "--scope", "reports:write")
    assert (ran.exit_code, ran.stdout) == (1, "")
    assert "registered with other scopes" in ran.stderr


def test_unknown_client_is_one_line_and_exit_status_1(app: Flask) -> None:
    for client_id in ("", "x", "a" * 26, "'; --", "\x00", "é" * 26):
        ran = run(app, "clients", "revoke", "--", client_id)
        assert (ran.exit_code, ran.stderr) == (1, "There is no client by that id.\n")


def test_return_addresses_are_added_listed_and_removed(app: Flask) -> None:
    url = "https://app.example.org/signed-in?from=latchkey"
    for _ in range(2):
        assert run(app, "clients", "add-return-address", url).exit_code == 0
    assert run(app, "clients", "list-return-addresses").stdout == f"{url}\n"
    assert run(app, "clients", "remove-return-address", url).exit_code == 0
    assert run(app, "clients", "list-return-addresses").stdout == ""
    again = run(app, "clients", "remove-return-address", url)
    assert (again.exit_code, len(again.stderr.splitlines())) == (1, 1)
    assert len(events(app, "return_address.added")) == len(events(app, "return_address.removed")) == 1
