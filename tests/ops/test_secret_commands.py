"""`flask secrets`: a new value shows nowhere by accident, and what the former one closed is closed anew."""

from __future__ import annotations

import os
import pty
import stat
from contextlib import redirect_stdout
from typing import TYPE_CHECKING

import pytest

from tests.cli.test_account_commands import run
from tests.connections.making import make_connection
from tests.infra.audit_world import record, seal
from tests.make import enrol_app, make_account, sign_in_by_api
from tests.servers.application import ENVIRONMENT
from webapp.config import load_settings
from webapp.config.development_secrets import replace_development_secret
from webapp.core import clock
from webapp.core.opaque import new_id
from webapp.infra.database import db, unit_of_work
from webapp.infra.job_files import add_piece, read_piece
from webapp.infra.jobs import queue_job
from webapp.infra.models import Mail
from webapp.infra.outbox import Letter, open_letter, queue_letter
from webapp.ops import maintenance
from webapp.ops.secret_check import list_needs
from webapp.ops.secret_commands import rotate
from webapp.webhooks.models import WebhookEndpoint
from webapp.webhooks.secrets import FORMER as FORMER_SECRET
from webapp.webhooks.secrets import seal_secret
from webapp.webhooks.subscriptions import queue_message

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flask import Flask

FORMER = ENVIRONMENT["ENCRYPTION_KEY"]
OTHER = "another-encryption-key-0123456789-abcdefghij"
KINDS = (
    "Signing keys",
    "Secrets of authenticator apps",
    "Keys of connections",
    "Secrets of webhook endpoints",
    "Former secrets of webhook endpoints",
    "Webhook messages on their way",
    "Letters",
    "Files of jobs",
    "Segments of the audit trail",
)


def needs(app: Flask) -> dict[str, tuple[int, int, int]]:
    """What there is of each kind: present, by a fallback, lost."""
    with app.app_context(), unit_of_work(writes=False):
        found = {each.title: (each.present, each.former, each.lost) for each in list_needs()}
    return {title: figures for title, figures in found.items() if any(figures)}


def fill(app: Flask) -> str:
    """One of each thing that is sealed; the id of the job."""
    enrol_app(app, make_account(app, "bob"))
    make_connection(app, base_url="https://weather.example.org")
    endpoint_id, moment = new_id(), clock.now()
    with app.app_context():
        with unit_of_work():
            db.session.add(
                WebhookEndpoint(
                    id=endpoint_id,
                    name="mine",
                    url="https://example.org/",
                    events="",
                    **dict.fromkeys(("created_at", "changed_at", "secret_changed_at"), moment),
                    is_enabled=True,
                    version=1,
                    former_secret_until=moment,
                    secret_sealed=seal_secret(endpoint_id, "https://example.org/", "whsec_c2VjcmV0"),
                    former_secret_sealed=seal_secret(
                        endpoint_id, "https://example.org/", "whsec_c2VjcmV0", FORMER_SECRET
                    ),
                )
            )
        with unit_of_work():
            queue_message(endpoint_id, "webhook.test", "{}")
            assert queue_letter("reset_password", "bob@example.org", Letter("Reset", ("Here it is.",)))
            job_id = queue_job("import", name="Import", actor_id=None, detail={}, total=1)
            db.session.flush()
            add_piece(job_id, 1, b"a piece")
        record(1)
        assert seal() > 0
    return job_id


@pytest.mark.database
def test_resealing_leaves_nothing_that_needs_the_fallback(make_app: Callable[..., Flask]) -> None:
    app = make_app()
    job_id = fill(app)
    without, both = (
        make_app(ENCRYPTION_KEY=OTHER),
        make_app(ENCRYPTION_KEY=OTHER, ENCRYPTION_KEY_FALLBACKS=FORMER),
    )
    assert needs(both) == {**dict.fromkeys(KINDS, (0, 1, 0)), "Passwords": (1, 0, 0)}
    before = run(without, "secrets", "check")
    assert (before.exit_code, "need a value of ENCRYPTION_KEY that is not set" in before.stdout) == (1, True)
    assert "ENCRYPTION_KEY_FALLBACKS is still needed." in run(both, "secrets", "check").stdout
    ran = run(both, "secrets", "reseal")
    assert (ran.exit_code, ran.stdout.count(": 1\n"), ran.stdout.count(": 2\n")) == (0, len(KINDS) - 2, 1)
    after = run(both, "secrets", "check")
    assert (
        "Nothing in the database needs ENCRYPTION_KEY_FALLBACKS any more: it can be removed." in after.stdout
    )
    assert needs(without) == {**dict.fromkeys(KINDS, (1, 0, 0)), "Passwords": (1, 0, 0)}
    with without.app_context(), unit_of_work(writes=False):
        assert open_letter(db.session.query(Mail).one())[0] == "bob@example.org"
        assert read_piece(job_id, 1) == b"a piece"
    assert run(without, "audit", "verify").exit_code == 0
    assert FORMER not in before.stdout + ran.stdout + after.stdout


def test_resealing_goes_on_to_the_end_however_long_it_takes(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    app, both = make_app(), make_app(ENCRYPTION_KEY=OTHER, ENCRYPTION_KEY_FALLBACKS=FORMER)
    with app.app_context(), unit_of_work():
        for number in range(25):
            assert queue_letter(
                "reset_password", f"bob{number}@example.org", Letter("Reset", ("Here it is.",))
            )
    # As if each batch took longer than a turn.
    monkeypatch.setattr(maintenance, "_TURN_SECONDS", -1.0)
    assert "Letters sealed anew: 25" in run(both, "secrets", "reseal").stdout
    assert needs(both)["Letters"] == (25, 0, 0)


def test_check_counts_passwords_until_their_owners_sign_in(make_app: Callable[..., Flask]) -> None:
    former = ENVIRONMENT["PASSWORD_PEPPER"]
    bob = make_account(make_app(), "bob")
    both = make_app(PASSWORD_PEPPER=OTHER, PASSWORD_PEPPER_FALLBACKS=former)
    assert needs(both)["Passwords"] == (0, 1, 0)
    assert "PASSWORD_PEPPER_FALLBACKS is still needed." in run(both, "secrets", "check").stdout
    sign_in_by_api(both.test_client(), bob)
    assert needs(both)["Passwords"] == (1, 0, 0)


def test_new_secret_goes_into_a_new_file_that_nobody_else_reads(app: Flask, tmp_path: Path) -> None:
    out = tmp_path / "new"
    ran = run(app, "secrets", "rotate", "ENCRYPTION_KEY", "--out", str(out))
    value = out.read_text().strip()
    assert (ran.exit_code, stat.S_IMODE(out.stat().st_mode), len(value)) == (0, 0o600, 64)
    assert value not in ran.output
    assert f"A new ENCRYPTION_KEY is in {out}.\n1. Where there are several nodes: add" in ran.stdout
    again = run(app, "secrets", "rotate", "SECRET_KEY", "--out", str(out))
    assert (again.exit_code, again.stderr) == (1, f"{out} cannot be written: File exists.\n")
    assert out.read_text().strip() == value


def test_fallbacks_of_a_replacement_before_are_not_told_to_go(
    make_app: Callable[..., Flask], tmp_path: Path
) -> None:
    steps = {}
    for name, fallbacks in (("first", ""), ("second", ENVIRONMENT["PASSWORD_PEPPER"])):
        app = make_app(PASSWORD_PEPPER=OTHER, PASSWORD_PEPPER_FALLBACKS=fallbacks)
        steps[name] = run(app, "secrets", "rotate", "PASSWORD_PEPPER", "--out", str(tmp_path / name)).stdout
    assert "PASSWORD_PEPPER_FALLBACKS to the former one; restart it." in steps["first"]
    assert "_FALLBACKS to the former one and those that stand there now; restart it." in steps["second"]


def test_new_secret_is_not_written_into_a_pipe(app: Flask) -> None:
    ran = run(app, "secrets", "rotate", "SECRET_KEY")
    assert (ran.exit_code, ran.stdout) == (1, "")
    assert ran.stderr == "A secret is not written where it may be kept by accident. Use --out FILE.\n"


def test_new_secret_is_shown_on_a_terminal(app: Flask) -> None:
    controller, terminal = pty.openpty()
    with app.app_context(), os.fdopen(terminal, "w") as screen, redirect_stdout(screen):
        rotate.main(["PASSWORD_PEPPER"], standalone_mode=False)
    shown = os.read(controller, 5000).decode()
    os.close(controller)
    name, _, value = shown.splitlines()[0].rpartition(" ")
    assert (name, len(value)) == ("A new PASSWORD_PEPPER:", 64)


def test_unknown_secret_is_refused(app: Flask) -> None:
    ran = run(app, "secrets", "rotate", "PASSWORD")
    assert (ran.exit_code, "'PASSWORD' is not one of 'ENCRYPTION_KEY', 'SECRET_KEY'" in ran.stderr) == (
        2,
        True,
    )


def test_development_keeps_a_replaced_secret_as_a_fallback(tmp_path: Path) -> None:
    environ = {"INSTANCE_PATH": str(tmp_path)}
    values = [load_settings(environ).encryption_key.get_secret_value()]
    for _ in range(2):
        path = replace_development_secret(tmp_path, "ENCRYPTION_KEY")
        values.insert(0, load_settings(environ).encryption_key.get_secret_value())
    settings = load_settings({**environ, "ENCRYPTION_KEY_FALLBACKS": OTHER})
    fallbacks = [each.get_secret_value() for each in settings.encryption_key_fallbacks]
    assert (len(set(values)), fallbacks) == (3, [OTHER, *values[1:]])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.unlink()
    assert load_settings(environ).encryption_key_fallbacks == ()
