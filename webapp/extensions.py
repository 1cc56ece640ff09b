"""The Flask extensions: made unbound here, bound in create_app."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from flask_jwt_extended import JWTManager
from flask_limiter import Limiter

from webapp.infra.database import db
from webapp.infra.database.engine import engine_options, engine_url, prepare_engine
from webapp.infra.limit_store import LimitStore
from webapp.ops.process_count import worker_count
from webapp.tokens.refresh_tokens import ALGORITHM, RefreshSecrets
from webapp.web import cookies
from webapp.web.limits import init_limits, limiter_arguments

if TYPE_CHECKING:
    from flask import Flask

    from webapp.config import Settings
    from webapp.infra.throttle import Throttle

limiter = Limiter(**limiter_arguments())
jwt = JWTManager()


def bind_extensions(app: Flask, settings: Settings) -> Throttle:
    """Bind each extension once; the throttle that shares the limiter's store is returned."""
    app.config.update(
        SQLALCHEMY_DATABASE_URI=engine_url(settings.database_url),
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings.database_url),
        JWT_ALGORITHM=ALGORITHM,
        JWT_DECODE_ALGORITHMS=[ALGORITHM],
        JWT_DECODE_ISSUER=settings.public_url,
        JWT_TOKEN_LOCATION=["cookies"],
        JWT_COOKIE_SECURE=True,
        JWT_COOKIE_SAMESITE="Strict",
        JWT_COOKIE_CSRF_PROTECT=True,
        JWT_REFRESH_COOKIE_NAME=cookies.REFRESH,
        JWT_REFRESH_COOKIE_PATH="/",
        JWT_REFRESH_CSRF_COOKIE_NAME=cookies.REFRESH_CSRF,
        JWT_REFRESH_CSRF_COOKIE_PATH="/",
        JWT_REFRESH_CSRF_HEADER_NAME="X-CSRF-TOKEN",
        JWT_DECODE_LEEWAY=timedelta(seconds=10),
    )
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
    jwt.init_app(app)
    jwt.decode_key_loader(_refresh_key)
    # While the shared store is away, each worker counts alone and grants its part of every limit.
    store = LimitStore(settings.redis_url, node_share=1 / worker_count(settings))
    return init_limits(app, limiter, settings, store)


def _refresh_key(header: dict[str, object], _claims: dict[str, object]) -> bytes:
    """The secret a refresh token names; an unknown name is an invalid token, not an error of ours."""
    from jwt import InvalidTokenError

    from webapp.core.parts import part

    key = part(RefreshSecrets).by_kid.get(str(header.get("kid")))
    if key is None:
        raise InvalidTokenError("unknown kid")
    return key
