"""The log of a live server: quiet in a normal session, JSON line by line, and without a single secret."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from tests.make import bearer
from tests.ops.journey import Visitor

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.servers.live import LiveServer

PASSWORD = "canary lanterns at dusk"
WRONG = "canary-wrong-password"
NEW = "canary paper boats upstream"


def set_up(server: LiveServer) -> tuple[Visitor, str]:
    """The first administrator, through the printed link; returns them and the link's token."""
    link = server.find_setup_link() or ""
    token = link.rpartition("/")[2]
    admin = Visitor(server)
    admin.ask("GET", f"/setup/{token}")
    form = {"username": "ada", "email": "ada@example.org", "password": PASSWORD}
    assert admin.ask("POST", f"/setup/{token}", form).status == 303
    return admin, token


def work(server: LiveServer) -> set[str]:
    """A normal day, with a mistyped password in it. Returns every secret that was about."""
    admin, setup_token = set_up(server)
    secrets = {PASSWORD, WRONG, NEW} | admin.secrets()
    visitor = Visitor(server)
    visitor.ask("GET", "/register")
    form = {"username": "grace", "email": "grace@example.org", "password": PASSWORD}
    assert visitor.ask("POST", "/register", form).status == 303
    assert visitor.sign_in("grace", WRONG) == 401
    assert visitor.sign_in("canary-typed-as-a-name", PASSWORD) == 401
    assert visitor.sign_in("grace", PASSWORD) == 303
    visitor.ask("GET", "/account")
    csrf = {"X-CSRF-TOKEN": visitor.cookies["__Host-csrf_refresh_token"]}
    assert visitor.ask("POST", "/api/v1/refresh", headers=csrf).status == 200
    token = json.loads(visitor.text)["token"]
    assert visitor.ask("GET", "/api/v1/protected", headers=bearer(token)).status == 200
    secrets |= visitor.secrets() | {token, *token.split(".")[2:], "canary-typed-as-a-name"}
    secrets.add(reset(admin, visitor))
    visitor.ask("GET", "/forgot-password")
    assert visitor.ask("POST", "/logout", {}).status == 303
    return secrets | visitor.secrets() | admin.secrets() | {setup_token}


def reset(admin: Visitor, visitor: Visitor) -> str:
    """The administrator makes a reset link, and it is used. Returns its token."""
    admin.ask("GET", "/admin/accounts?q=grace")
    account = re.findall(r"/admin/accounts/([a-z2-7]{26})", admin.page)[0]
    admin.ask("GET", f"/admin/accounts/{account}")
    assert admin.ask("POST", f"/admin/accounts/{account}/reset-link", {}).status == 200
    found = re.search(r"/reset-password/([\w-]{43})", admin.page)
    assert found
    visitor.ask("GET", f"/reset-password/{found[1]}")
    assert visitor.ask("POST", f"/reset-password/{found[1]}", {"password": NEW}).status == 303
    assert visitor.sign_in("grace", NEW) == 303
    return found[1]


def lines_of(server: LiveServer) -> list[dict[str, Any]]:
    found = [line for line in server.read_log().splitlines() if line.startswith("{")]
    return [json.loads(line) for line in found]


def test_normal_day_leaves_the_log_of_development_quiet(live_server: LiveServer) -> None:
    work(live_server)
    assert live_server.stop() == 0
    lines = live_server.read_log().splitlines()
    assert len(lines) == 2, "\n".join(lines[2:])
    assert lines[0] == f"Latchkey is at {live_server.url}"


def test_no_secret_is_in_the_log_at_its_most_talkative(start_server: Callable[..., LiveServer]) -> None:
    server = start_server(LOG_LEVEL="DEBUG", LOG_JSON="true")
    secrets = work(server)
    server.stop()
    log = server.read_log()
    printed = log.splitlines()
    log = "\n".join(line for line in printed if not line.startswith("Make the first administrator"))
    assert len(secrets) > 10
    assert [secret for secret in secrets if secret in log] == []
    assert "canary" not in log
    assert not re.search(r"eyJ[\w-]{20,}|/setup/\w|/reset-password/\w", log)


def test_every_line_is_an_object_with_its_request(start_server: Callable[..., LiveServer]) -> None:
    server = start_server(LOG_LEVEL="INFO", LOG_JSON="true")
    visitor = Visitor(server)
    answer = visitor.ask("GET", "/api/v1/protected", headers={"User-Agent": 'x"} {"forged": 1'})
    server.stop()
    lines = lines_of(server)
    (line,) = [line for line in lines if line.get("code") == "token_missing"]
    assert line["request_id"] == answer.getheader("X-Request-ID")
    assert not [line for line in lines if "forged" in line]
    assert {"time", "level", "logger", "message"} <= set.intersection(*[set(line) for line in lines])


def test_server_names_no_version_and_answers_odd_requests_in_words(live_server: LiveServer) -> None:
    visitor = Visitor(live_server)
    for path in ("/login", "/nothing", "/api/v1/protected", "/static/v-x/css/base.css"):
        answer = visitor.ask("GET", path)
        names = {name.lower() for name, _ in answer.getheaders()}
        assert "x-powered-by" not in names
        assert not re.search(r"[0-9]", answer.getheader("Server") or "")
        assert answer.getheader("X-Content-Type-Options") == "nosniff"
    assert visitor.ask("GET", "/login?next=%ff%00&q=%zz").status == 200
    live_server.stop()
    assert "Traceback" not in live_server.read_log()
