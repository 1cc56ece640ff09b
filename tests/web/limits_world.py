"""A small application under the real limits: one view of each mark, its answers asked for by form field."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from flask_limiter import Limiter
from pydantic import SecretStr

from webapp.config import Settings
from webapp.core.errors import Problem
from webapp.core.limit import Limit
from webapp.infra.limit_store import LimitStore
from webapp.web.limits import (
    auth_view,
    init_limits,
    joining_view,
    limiter_arguments,
    not_by_address,
    spare_attempt,
)

WINDOW = 86_400


def settings_with(redis_url: str | None, **limits: Limit) -> Settings:
    return Settings(
        app_env="testing",
        instance_path=Path(),
        public_url="http://localhost:8000",
        database_url="sqlite://",
        redis_url=redis_url,
        secret_key=SecretStr("s" * 43),
        encryption_key=SecretStr("e" * 43),
        password_pepper=SecretStr("p" * 43),
        jwt_audience="test",
        access_token_lifetime=timedelta(minutes=10),
        refresh_token_lifetime=timedelta(days=7),
        **limits,
    )


def answer() -> tuple[str, int]:
    if request.form.get("needs_factor"):
        spare_attempt()
    return "answered", int(request.form.get("answer", "401"))


def small_app(
    redis_url: str | None = None,
    limiter: Limiter | None = None,
    store: LimitStore | None = None,
    **limits: Limit,
) -> Flask:
    """Limits not given are far away; windows are a day long, so that no test meets the end of one."""
    far = {name: Limit(100_000, WINDOW) for name in Settings.model_fields if name.startswith("limit_")}
    app = Flask("small", static_folder=None)
    entered: list[str] = []
    app.extensions["entered"] = entered
    app.extensions["throttle"] = init_limits(
        app, limiter or Limiter(**limiter_arguments()), settings_with(redis_url, **{**far, **limits}), store
    )

    @app.before_request
    def read_body() -> None:
        entered.append(request.path)
        request.form.to_dict()

    @app.errorhandler(Problem)
    def refuse(problem: Problem) -> Response:
        return Response(problem.code, problem.status, {"Retry-After": str(problem.retry_after)})

    def view(path: str, mark: Any) -> None:
        def handler(**_: str) -> tuple[str, int]:
            return answer()

        app.add_url_rule(path, path.strip("/"), mark(handler), methods=["GET", "POST"])

    view("/login", auth_view)
    view("/api/v1/login", auth_view)
    view("/register", joining_view)
    view("/refresh", not_by_address)
    view("/plain", lambda handler: handler)
    app.add_url_rule("/static/<name>", "static", lambda name: name)
    return app


def statuses(
    app: Flask, times: int, path: str = "/login", address: str = "192.0.2.1", **sent: Any
) -> list[int]:
    """The answers to the same POST, one after the other."""
    client = app.test_client()
    sent.setdefault("method", "POST")
    return [
        client.open(path, environ_base={"REMOTE_ADDR": address}, **sent).status_code for _ in range(times)
    ]
