"""Static files under a path that changes with their content, so that a browser may keep them for ever."""

from __future__ import annotations

import functools
import hashlib
import mimetypes
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from flask import Response, current_app, send_from_directory

from webapp.config.load import PROJECT_ROOT
from webapp.core.errors import NotFound

if TYPE_CHECKING:
    from flask import Flask

STATIC = PROJECT_ROOT / "static"
_YEAR = 31_536_000
_SERVED = frozenset({".css", ".js", ".svg", ".png", ".ico", ".txt", ".webmanifest"})


def offer_assets(app: Flask) -> None:
    """Give templates `asset(path)`: the address of a file of this version.

    One hash for all files: modules import each other by relative paths, so they have to change their address together.
    """
    version = app.extensions["latchkey_assets"] = _version()
    app.jinja_env.globals["asset"] = lambda path: f"/static/v-{version}/{path}"


def register_assets(app: Flask, public: Any) -> None:
    """Serve `/static/v-<hash>/…` and the icon."""
    mimetypes.add_type("text/javascript", ".js")
    mimetypes.add_type("image/svg+xml", ".svg")
    for view in (_static_file, _icon):
        setattr(view, "needs_no_database", True)  # noqa: B010 - a mark on a function, which has no such type
    app.add_url_rule("/static/v-<version>/<path:filename>", "assets", public(_static_file), methods=["GET"])
    app.add_url_rule("/favicon.ico", "icon", public(_icon), methods=["GET"])


def _static_file(version: str, filename: str) -> Response:
    if PurePosixPath(filename).suffix not in _SERVED:
        raise NotFound
    response = send_from_directory(STATIC, filename, conditional=True, etag=True)
    # Another version's path is a page from before or after an upgrade: serve it, and let nobody keep it.
    fresh = version == current_app.extensions["latchkey_assets"]
    response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable" if fresh else "no-cache"
    return response


def _icon() -> Response:
    response = send_from_directory(STATIC, "favicon.svg", mimetype="image/svg+xml")
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


def hash_of_static_files() -> str:
    """The first 12 hex digits over every served file, its name included."""
    total = hashlib.sha256()
    for path in sorted(STATIC.rglob("*")):
        if path.is_file() and path.suffix in _SERVED:
            total.update(path.relative_to(STATIC).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()[:12]


@functools.cache
def _version() -> str:
    """The files are those of this process's start."""
    return hash_of_static_files()
