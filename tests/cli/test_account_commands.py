"""Commands about accounts: one line of success, one line of refusal and exit status 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.admin.console import enter, events, find
from tests.admin.test_account_page import claim
from tests.make import OTHER_PASSWORD, PASSWORD, make_account, make_administrator, sign_in
from tests.page_client import PageClient

if TYPE_CHECKING:
    from click.testing import Result
    from flask import Flask

UNKNOWN = ["nobody", "nobody@example.org", "", "@", "a@b@c", "x" * 5_000, "'; DROP TABLE accounts; --", "%"]
CREATE = ["create-admin", "--username", "ada", "--email", "ada@example.org", "--password", PASSWORD]


def run(app: Flask, *arguments: str, given: str | None = None) -> Result:
    with app.app_context():
        return app.test_cli_runner().invoke(args=list(arguments), input=given)


@pytest.mark.database
def test_create_admin_makes_somebody_who_can_administer(app: Flask) -> None:
    ran = run(app, *CREATE)
    assert (ran.exit_code, ran.stderr) == (0, "")
    pages = PageClient(app.test_client())
    pages.get("/login")
    pages.submit("/login", username="ada", password=PASSWORD)
    assert pages.get("/admin/accounts").status == 200
    assert [each.via for each in events(app, "account.created")] == ["command"]


def test_create_admin_asks_for_what_it_was_not_told(app: Flask) -> None:
    ran = run(app, "create-admin", given=f"ada\nada@example.org\n{PASSWORD}\n{PASSWORD}\n")
    assert ran.exit_code == 0
    assert PASSWORD not in ran.output


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--username", "", "Choose a username."),
        ("--username", "a b", "Use 2 to 40"),
        ("--username", "ADA", "taken"),
        ("--email", "nowhere", "Write an address"),
        ("--password", "short", "characters"),
        ("--password", "", ""),
        ("--password", "x" * 5_000, ""),
    ],
)
def test_create_admin_refuses_in_one_line(app: Flask, option: str, value: str, words: str) -> None:
    make_account(app, "ada")
    arguments = [*CREATE, "--username", "eve", option, value]
    ran = run(app, *arguments)
    assert ran.exit_code == 1
    assert len(ran.stderr.splitlines()) == 1
    assert words in ran.stderr
    assert len(events(app, "account.created")) == 1


@pytest.mark.database
def test_lock_signs_out_and_unlock_lets_in_again(app: Flask) -> None:
    bob = make_account(app, "bob")
    pages = enter(app, bob)
    locked = run(app, "accounts", "lock", "BOB@example.org", "--reason", "left")
    assert (locked.exit_code, locked.output) == (0, "bob is locked and signed out everywhere.\n")
    assert "an administrator locked your account" in pages.get("/account").text
    unlocked = run(app, "accounts", "unlock", "bob")
    assert (unlocked.exit_code, unlocked.output) == (0, "bob is unlocked.\n")
    assert sign_in(pages, bob).status == 200
    assert [each.actor_id for each in events(app, "account.locked")] == [None]


def test_reset_link_is_one_line_on_standard_output_and_works(app: Flask) -> None:
    make_account(app, "bob")
    ran = run(app, "accounts", "reset-link", "bob")
    assert ran.exit_code == 0
    (link,) = ran.stdout.splitlines()
    pages = PageClient(app.test_client())
    pages.get(link.removeprefix("https://localhost"))
    assert pages.submit(password=OTHER_PASSWORD).status == 200


@pytest.mark.parametrize("command", [["lock", "--reason", "x"], ["unlock"], ["reset-link"]])
@pytest.mark.parametrize("name", UNKNOWN)
def test_unknown_name_is_one_line_and_exit_status_1(app: Flask, command: list[str], name: str) -> None:
    ran = run(app, "accounts", *command, "--", name)
    assert ran.exit_code == 1
    assert ran.stderr == "Error: There is no account with that username or address.\n"


def test_last_administrator_cannot_be_locked_by_command(app: Flask) -> None:
    root = make_administrator(app, "root")
    ran = run(app, "accounts", "lock", "root", "--reason", "oops")
    assert (ran.exit_code, len(ran.stderr.splitlines())) == (1, 1)
    assert "last administrator" in ran.stderr
    assert not find(app, root).is_locked


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201])
def test_lock_by_command_needs_a_usable_reason(app: Flask, reason: str) -> None:
    bob = make_account(app, "bob")
    ran = run(app, "accounts", "lock", "bob", "--reason", reason)
    assert (ran.exit_code, len(ran.stderr.splitlines())) == (1, 1)
    assert not find(app, bob).is_locked


def test_address_claimed_by_two_names_nobody(app: Flask) -> None:
    bob, carol = make_account(app, "bob", verified=False), make_account(app, "carol", verified=False)
    claim(app, carol, bob.email)
    assert run(app, "accounts", "unlock", bob.email).exit_code == 1
