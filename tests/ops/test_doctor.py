"""`flask doctor`: what it prints for people and for programs, and its exit status."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.make import entered, make_administrator
from tests.servers.application import ENVIRONMENT

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result
    from flask import Flask

    from tests.servers.live import LiveServer

SECRETS = [value for name, value in ENVIRONMENT.items() if "KEY" in name or "PEPPER" in name]


def doctor(app: Flask, *options: str) -> Result:
    with entered(app):
        return app.test_cli_runner().invoke(args=["doctor", *options], env={"COLUMNS": "110"})


def test_live_server_is_looked_at_from_outside(live_server: LiveServer) -> None:
    done = live_server.run_command("doctor", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(done.stdout)
    levels = {each["id"]: each["level"] for group in report["groups"] for each in group["findings"]}
    of_strangers = {
        level for name, level in levels.items() if name.startswith(("live.", "clock.", "limits."))
    }
    assert of_strangers == {"pass"}
    assert {
        "live.headers",
        "live.policy",
        "live.cookies",
        "live.caches",
        "live.methods",
        "live.server",
    } <= levels.keys()
    assert report["counts"]["fail"] == 0
    assert sum(report["counts"].values()) == len(levels)


def test_report_for_people_names_cure_and_requirement(app: Flask) -> None:
    make_administrator(app)
    done = doctor(app, "--offline")
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    place = next(number for number, line in enumerate(lines) if "Backup: No backup is known of." in line)
    assert lines[place].startswith("  warn  ")
    assert lines[place + 1].startswith("        Make one each night: ")
    assert "[ASVS 14.2.4]" in lines[place + 2]
    assert "0 to mend" in lines[-2]
    assert lines[-1] == "The public address, the mail server and the limiter store were not asked."
    assert not any(secret in done.output for secret in SECRETS)


def test_anything_that_fails_is_exit_status_one(make_app: Callable[..., Flask]) -> None:
    app = make_app(REQUIRE_MFA_FOR="nobody-made-this")
    done = doctor(app, "--offline")
    assert done.exit_code == 1
    first = done.output.strip().splitlines()[1]
    assert (
        first == "  FAIL  Second factor: REQUIRE_MFA_FOR names nobody-made-this, and there is no such role."
    )


def test_mail_server_that_is_away_fails_and_names_no_password(make_app: Callable[..., Flask]) -> None:
    # Nobody listens at port 1, neither there nor at the public address.
    app = make_app(
        SMTP_URL="smtp://mailer:pa55word@localhost:1",
        MAIL_FROM="a@example.org",
        PUBLIC_URL="https://localhost:1",
        PORT="1",
    )
    done = doctor(app)
    assert done.exit_code == 1
    assert "FAIL  Mail server: Nobody answers at the port of SMTP_URL." in done.output
    assert "warn  Public address: https://localhost:1 cannot be looked at from here" in done.output
    assert "pa55word" not in done.output
