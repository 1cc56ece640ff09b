"""The PostgreSQL that tests use is real, and each test has a database of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

if TYPE_CHECKING:
    from tests.servers.lent_databases import LentDatabases
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


def test_lent_database_comes_back_as_new(
    postgres_databases: LentDatabases, postgres_server: PostgresServer
) -> None:
    name = postgres_databases.lend()
    connection = psycopg.connect(postgres_server.url_of(name))
    before = connection.execute("SELECT count(*), max(description) FROM roles").fetchone()
    connection.execute("UPDATE roles SET description = description || '!'")
    connection.execute("DELETE FROM role_scopes")
    connection.execute("SELECT nextval('audit_events_id_seq') FROM generate_series(1, 9)")
    connection.commit()
    # Somebody who did not let go loses the connection, and the lock with it.
    connection.execute("LOCK TABLE roles")
    postgres_databases.take_back(name)
    connection.close()
    again = postgres_databases.lend()
    with psycopg.connect(postgres_server.url_of(again)) as connection:
        assert again == name
        assert connection.execute("SELECT count(*), max(description) FROM roles").fetchone() == before
        assert connection.execute("SELECT count(*) > 0 FROM role_scopes").fetchone() == (True,)
        assert connection.execute("SELECT nextval('audit_events_id_seq') < 9").fetchone() == (True,)
    postgres_databases.take_back(again)


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE roles ALTER description DROP NOT NULL",
        "DROP INDEX ix_accounts_locked_at",
        "CREATE TABLE cats (name text)",
    ],
)
def test_lent_database_with_another_schema_is_lent_to_nobody_else(
    postgres_databases: LentDatabases, postgres_server: PostgresServer, change: str
) -> None:
    name = postgres_databases.lend()
    with psycopg.connect(postgres_server.url_of(name)) as connection:
        connection.execute(change)
    postgres_databases.take_back(name)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(postgres_server.url_of(name))
