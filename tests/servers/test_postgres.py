"""The PostgreSQL that tests use is real, and each test has a database of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from tests.servers.postgres import PostgresServer


def test_each_database_is_a_copy_of_its_template_and_apart_from_the_others(
    postgres_server: PostgresServer,
) -> None:
    def fill(url: str) -> None:
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE cats (name text)")

    template = postgres_server.make_template("tests_of_servers", fill)
    first, second = postgres_server.make_database(template), postgres_server.make_database(template)
    try:
        with psycopg.connect(postgres_server.url_of(first)) as connection:
            connection.execute("INSERT INTO cats VALUES ('Tom')")
        with psycopg.connect(postgres_server.url_of(second)) as connection:
            row = connection.execute("SELECT count(*) FROM cats").fetchone()
        assert row == (0,)
    finally:
        postgres_server.drop_database(first)
        postgres_server.drop_database(second)


def test_server_listens_on_no_network_port(postgres_server: PostgresServer) -> None:
    with psycopg.connect(postgres_server.url_of("postgres")) as connection:
        row = connection.execute("SHOW listen_addresses").fetchone()
    assert row == ("",)
