"""Static files under a path that changes with their content, so that a browser may keep them for ever."""

from __future__ import annotations

import hashlib
import mimetypes
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from flask import Response, send_from_directory

from webapp.config.load import PROJECT_ROOT
from webapp.core.errors import NotFound

if TYPE_CHECKING:
    from flask import Flask

STATIC = PROJECT_ROOT / "static"
_YEAR = 31_536_000
_SERVED = frozenset({".css", ".js", ".svg", ".png", ".ico", ".txt", ".webmanifest"})


def register_assets(app: Flask, public: Any) -> None:
    """Serve `/static/v-<hash>/…` and give templates `asset(path)`.

    One hash for all files: modules import each other by relative paths, so they have to change their address together.
    """
    version = hash_of_static_files()
    mimetypes.add_type("text/javascript", ".js")
    mimetypes.add_type("image/svg+xml", ".svg")

    def static_file(version: str, filename: str) -> Response:
        if PurePosixPath(filename).suffix not in _SERVED:
            raise NotFound
        response = send_from_directory(STATIC, filename, conditional=True, etag=True)
        # Another version's path is a page from before or after an upgrade: serve it, and let nobody keep it.
        fresh = version == app.extensions["latchkey_assets"]
        response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable" if fresh else "no-cache"
        return response

    def icon() -> Response:
        response = send_from_directory(STATIC, "favicon.svg", mimetype="image/svg+xml")
        response.headers["Cache-Control"] = "public, max-age=86400"
        return response

    for view in (static_file, icon):
        setattr(view, "needs_no_database", True)  # noqa: B010 - a mark on a function, which has no such type
    app.extensions["latchkey_assets"] = version
    app.add_url_rule("/static/v-<version>/<path:filename>", "assets", public(static_file), methods=["GET"])
    app.add_url_rule("/favicon.ico", "icon", public(icon), methods=["GET"])
    app.jinja_env.globals["asset"] = lambda path: f"/static/v-{version}/{path}"


def hash_of_static_files() -> str:
    """The first 12 hex digits over every served file, its name included."""
    total = hashlib.sha256()
    for path in sorted(STATIC.rglob("*")):
        if path.is_file() and path.suffix in _SERVED:
            total.update(path.relative_to(STATIC).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()[:12]
