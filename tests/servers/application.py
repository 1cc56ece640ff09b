"""The application inside the tests' own process: quick settings, and a schema migrated once and then copied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask.testing import FlaskClient

from tests.servers.canary_run import NETS
from tests.servers.compiled_once import compile_once

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

ORIGIN = "https://localhost"
ENVIRONMENT = {
    "APP_ENV": "testing",
    "PUBLIC_URL": ORIGIN,
    "SECRET_KEY": "secret-key-of-the-tests-0123456789-abcdefghij",
    "ENCRYPTION_KEY": "encryption-key-of-the-tests-0123456789-abcdef",
    "PASSWORD_PEPPER": "password-pepper-of-the-tests-0123456789-abcde",
    "BCRYPT_ROUNDS": "4",
    "LOG_LEVEL": "WARNING",
}


class BrowserLikeClient(FlaskClient):
    """Speaks HTTPS to the public address, and says what a browser says of where a form was filled in."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        kwargs.setdefault("base_url", ORIGIN)
        return super().open(*args, **kwargs)


def build_app(instance: Path, database_url: str, environment: dict[str, str] | None = None) -> Flask:
    """A fresh application on `database_url`; `environment` adds to or replaces the tests' settings."""
    from webapp import create_app
    from webapp.config import load_settings

    settings = {
        **ENVIRONMENT,
        "INSTANCE_PATH": str(instance),
        "DATABASE_URL": database_url,
        **(environment or {}),
    }
    templates = compile_once()
    app = create_app(load_settings(settings))
    app.jinja_env.bytecode_cache = templates
    app.test_client_class = BrowserLikeClient
    NETS.watch(app, database_url, instance)
    return app


def let_go_of(app: Flask) -> None:
    """Close every connection of `app`, so that its database can be copied or dropped."""
    from webapp.infra.database import db
    from webapp.infra.outbound.exchanges import Outbound
    from webapp.webhooks.delivery import WebhookOutbound

    NETS.let_go_of(app)
    for way_out in (Outbound, WebhookOutbound):
        app.extensions["latchkey"].get(way_out).close()
    with app.app_context():
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()
