"""A database or a store that is away is nobody's sign-out: 503 with a time to come back, and then all goes on."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
import pytest
from flask import Flask
from psycopg import sql

from tests.make import csrf_header, make_account, refresh, sign_in
from tests.page_client import PageClient
from tests.servers.postgres import PostgresServer
from webapp.infra.limit_store import LimitStore


@contextmanager
def refusing_connections(server: PostgresServer, database_url: str) -> Iterator[None]:
    """The database lets nobody in, and has thrown out who was there."""
    name = urlsplit(database_url).path.removeprefix("/")
    change = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    throw_out = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
    with psycopg.connect(server.url_of("postgres"), autocommit=True) as connection:
        connection.execute(change.format(sql.Identifier(name), sql.SQL("false")))
        connection.execute(throw_out, [name])
        yield
        connection.execute(change.format(sql.Identifier(name), sql.SQL("true")))


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_nobody_is_signed_out_while_the_database_is_away(
    app: Flask, pages: PageClient, postgres_server: PostgresServer, database_url: str
) -> None:
    sign_in(pages, make_account(app))
    client, csrf = pages.client, csrf_header(pages.client)
    token = refresh(client)
    with refusing_connections(postgres_server, database_url):
        answers = {
            "/api/v1/refresh": client.post("/api/v1/refresh", headers=csrf),
            "/api/v1/protected": client.get("/api/v1/protected", headers=token),
            "/api/v1/sessions": client.get("/api/v1/sessions", headers=token),
            "/account": client.get("/account"),
            "/login": client.get("/login?next=/account&confirm=1"),
            "/logout": client.post("/api/v1/logout", headers=csrf),
        }
    assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(answers, 503)
    assert {answer.headers.get("Retry-After") for answer in answers.values()} == {"2"}
    cookies = [line for answer in answers.values() for line in answer.headers.getlist("Set-Cookie")]
    assert cookies == [], "no answer takes a sign-in away"
    assert client.get("/account").status_code == 200
    assert client.get("/api/v1/protected", headers=refresh(client)).status_code == 200


@pytest.fixture
def hung_url() -> Iterator[str]:
    """A server that takes connections and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(300)
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}/0"


def test_refresh_is_quick_while_the_limit_store_hangs(make_app: Callable[..., Flask], hung_url: str) -> None:
    app = make_app(REDIS_URL=hung_url)
    pages = PageClient(app.test_client())
    sign_in(pages, make_account(app))
    client, csrf = pages.client, csrf_header(pages.client)
    seconds = []
    # As when the outage begins between two refreshes, and then while it lasts.
    app.extensions["latchkey"].get(LimitStore)._ask_again_at = 0.0
    for _ in range(3):
        begun = time.perf_counter()
        assert client.post("/api/v1/refresh", headers=csrf).status_code == 200
        seconds.append(time.perf_counter() - begun)
    assert seconds[0] < 1.5, seconds
    assert max(seconds[1:]) < 0.4, seconds
