"""Static files: kept for ever under their version, and nothing else of the disk is served."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from webapp.web import assets

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient


def address(app: Flask, file: str) -> str:
    with app.test_request_context():
        return str(app.jinja_env.globals["asset"](file))  # type: ignore[operator]


def test_file_under_its_version_is_kept_for_ever(app: Flask, client: FlaskClient) -> None:
    answer = client.get(address(app, "css/base.css"))
    assert answer.data
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.content_type == "text/css; charset=utf-8"
    assert "Set-Cookie" not in answer.headers


def test_file_under_another_version_is_served_and_kept_by_nobody(client: FlaskClient) -> None:
    answer = client.get("/static/v-000000000000/js/elements.js")
    assert answer.data
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-cache")
    assert answer.content_type == "text/javascript; charset=utf-8"


def test_unchanged_file_is_not_sent_again(app: Flask, client: FlaskClient) -> None:
    path = address(app, "css/base.css")
    with client.get(path) as first:
        tag = first.headers["ETag"]
    with client.get(path, headers={"If-None-Match": tag}) as answer:
        assert (answer.status_code, answer.data) == (304, b"")


def test_every_page_asks_for_files_that_exist(app: Flask, client: FlaskClient) -> None:
    page = client.get("/login").text
    addresses = {part.partition('"')[0] for part in page.split('="/static/')[1:]}
    assert len(addresses) >= 8
    for each in addresses:
        assert client.get(f"/static/{each}").data, each


@pytest.mark.parametrize(
    "path",
    [
        "../webapp/config/settings.py", "../../etc/passwd", "%2e%2e/README.md", "..%2fREADME.md", "..%5cREADME.md",
        "css/../../README.md", "css/..", "%252e%252e/README.md", "/etc/passwd", "//etc/passwd", "css//base.css",
        "....//README.md", "css\\..\\..\\README.md", "css/base.css/../../../README.md",
    ],
)  # fmt: skip
def test_way_out_of_the_folder_is_closed(client: FlaskClient, path: str) -> None:
    for prefix in ("/static/v-x/", "/static/", "/static/v-../", "/static/v-/"):
        answer = client.get(prefix + path)
        assert answer.status_code in {400, 404}, prefix
        assert "Latchkey:" not in answer.text


@pytest.mark.parametrize(
    "path",
    ["", "css", "css/", "js/types.d.ts", ".git/config", ".env", "css/base.css.map", "css/base.css~", "css/.DS_Store",
     "css/base.css\x00.txt", "README.md", "js/elements.js.map", "package.json", "a" * 5_000 + ".css"],
)  # fmt: skip
def test_only_expected_files_are_served_and_folders_not_listed(client: FlaskClient, path: str) -> None:
    assert client.get(f"/static/v-x/{path}").status_code in {400, 404}


@pytest.mark.parametrize(
    "path", ["/.git/config", "/.env", "/instance/latchkey.db", "/wsgi.py", "/webapp/cli.py", "/robots"]
)
def test_nothing_of_the_project_is_served_elsewhere(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_file_of_another_kind_is_not_served_though_it_lies_there(
    app: Flask, client: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("app.js", "app.js.map", "notes.md", ".htpasswd", "dump.sql", "NOEXT"):
        (tmp_path / name).write_text("content")
    monkeypatch.setattr(assets, "STATIC", tmp_path)
    names = ("app.js", "app.js.map", "notes.md", ".htpasswd", "dump.sql", "NOEXT")
    served = [name for name in names if client.get(f"/static/v-x/{name}").data == b"content"]
    assert served == ["app.js"]


def test_one_changed_byte_changes_every_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "STATIC", tmp_path)
    (tmp_path / "a.css").write_text("one")
    before = assets.hash_of_static_files()
    (tmp_path / "notes.txt~").write_text("no matter")
    assert assets.hash_of_static_files() == before
    (tmp_path / "a.css").write_text("two")
    changed = assets.hash_of_static_files()
    (tmp_path / "a.css").rename(tmp_path / "b.css")
    assert len({before, changed, assets.hash_of_static_files()}) == 3


def test_icon_has_its_type(client: FlaskClient) -> None:
    answer = client.get("/favicon.ico")
    assert answer.data
    assert answer.mimetype == "image/svg+xml"
    assert answer.headers["Cache-Control"] == "public, max-age=86400"
