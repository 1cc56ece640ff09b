"""What a test asks for by name: servers, a browser, the application on a database of its own."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.page_client import PageClient
from tests.servers.application import build_app, let_go_of
from tests.servers.chromium import CHROMIUM, PATIENCE_SECONDS, WatchedBrowser, start_chromium
from tests.servers.lent_databases import LentDatabases
from tests.servers.live import LiveServer
from tests.servers.migrated import migrate
from tests.servers.postgres import PostgresServer
from tests.servers.run import FAILED, RUN_FOLDER
from tests.servers.valkey import ValkeyServer
from tests.servers.windows import windows_that_last

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask
    from flask.testing import FlaskClient
    from playwright.sync_api import Browser

    from tests.servers.shared import RunFolder


@pytest.fixture(scope="session")
def run_folder(pytestconfig: pytest.Config) -> RunFolder:
    return pytestconfig.stash[RUN_FOLDER]


@pytest.fixture(scope="session")
def postgres_server(run_folder: RunFolder) -> PostgresServer:
    return PostgresServer(run_folder)


@pytest.fixture(scope="session")
def postgres_databases(
    postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> LentDatabases:
    """Migrated databases, which tests use one after another."""
    folder = tmp_path_factory.mktemp("postgres-template")
    template = postgres_server.make_template("latchkey", lambda url: migrate(folder, url))
    return LentDatabases(postgres_server, template)


@pytest.fixture(scope="session")
def running_valkey(run_folder: RunFolder) -> ValkeyServer:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    return ValkeyServer(run_folder, int(worker))


@pytest.fixture
def valkey_server(running_valkey: ValkeyServer) -> ValkeyServer:
    """A store that holds nothing of the tests before."""
    running_valkey.empty()
    return running_valkey


@pytest.fixture(scope="session")
def sqlite_template(run_folder: RunFolder) -> Path:
    """A migrated SQLite file, made once in the run; tests copy it."""

    def make() -> dict[str, str]:
        folder = run_folder.path / "sqlite"
        folder.mkdir()
        migrate(folder, f"sqlite:///{folder / 'latchkey.db'}")
        return {"file": str(folder / "latchkey.db")}

    return Path(run_folder.once("template-sqlite", make)["file"])


@pytest.fixture
def database_kind(request: pytest.FixtureRequest) -> str:
    """`sqlite`, or each kind in turn for a test marked `database`."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture
def limits_kind(request: pytest.FixtureRequest) -> str:
    """`memory`, or each kind of store in turn for a test marked `limits`."""
    return str(getattr(request, "param", "memory"))


@pytest.fixture
def database_url(database_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a migrated, empty database that nobody else uses."""
    if database_kind == "sqlite":
        file = tmp_path / "latchkey.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), file)
        yield f"sqlite:///{file}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    databases: LentDatabases = request.getfixturevalue("postgres_databases")
    name = databases.lend()
    yield server.url_of(name)
    databases.take_back(name)


@pytest.fixture
def redis_url(limits_kind: str, request: pytest.FixtureRequest) -> str | None:
    """The address of an empty store, or None where limits are kept in memory."""
    if limits_kind == "memory":
        return None
    server: ValkeyServer = request.getfixturevalue("valkey_server")
    return server.url


@pytest.fixture(autouse=True)
def _lasting_windows() -> Iterator[None]:
    with windows_that_last():
        yield


@pytest.fixture
def environment() -> dict[str, str]:
    """Settings that differ from the tests' own; a test file overrides this."""
    return {}


@pytest.fixture
def make_app(
    database_url: str, redis_url: str | None, environment: dict[str, str], tmp_path: Path
) -> Iterator[Callable[..., Flask]]:
    """Make another node on the same database and store: `make_app(BCRYPT_ROUNDS="5")`."""
    made: list[Flask] = []

    def make(**settings: str) -> Flask:
        store = {"REDIS_URL": redis_url} if redis_url else {}
        made.append(build_app(tmp_path, database_url, {**store, **environment, **settings}))
        return made[-1]

    yield make
    for app in made:
        let_go_of(app)


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    return make_app()


@pytest.fixture
def at_work(app: Flask) -> Iterator[Flask]:
    """The application at work in the test's own context, for domain functions called without a request.

    What they read and write is one transaction until a `unit_of_work` of the test's ends it.
    """
    with app.app_context():
        yield app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A caller without cookies, over HTTPS."""
    return app.test_client()


@pytest.fixture
def pages(app: Flask) -> PageClient:
    """A person whose browser runs no JavaScript; every page they see is audited."""
    return PageClient(app.test_client())


@pytest.fixture
def start_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., LiveServer]]:
    """Start Latchkey in a process of its own: `start_server(REGISTRATION="closed")`."""
    started: list[LiveServer] = []

    def start(**environment: str) -> LiveServer:
        server = LiveServer(tmp_path_factory.mktemp("live"), environment)
        started.append(server)
        return server.start()

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def live_server(start_server: Callable[..., LiveServer]) -> LiveServer:
    return start_server()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for each worker."""
    if not CHROMIUM.exists():
        pytest.fail(f"{CHROMIUM} is missing; `make test` installs it as root on Debian")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE_SECONDS * 1000)
    with sync_playwright() as playwright:
        browser = start_chromium(playwright)
        yield browser
        browser.close()


@pytest.fixture
def browser(chromium: Browser, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[WatchedBrowser]:
    """A person's browser, at the live server where the test has one. Its unexpected problems fail the test."""
    base_url = request.getfixturevalue("live_server").url if "live_server" in request.fixturenames else None
    watched = WatchedBrowser(chromium, base_url)
    yield watched
    failed = request.node.stash.get(FAILED, default=False) or bool(watched.problems)
    pictures = watched.photograph(tmp_path) if failed else []
    watched.close()
    for picture in pictures:
        request.node.add_report_section("teardown", "picture", str(picture))
    assert not watched.problems, "\n".join(watched.problems)
