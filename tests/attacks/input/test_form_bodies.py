"""Hostile bodies at every form: the form again or an error page, never a failure, and nothing done."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.connections.making import make_connection
from tests.extents import EXTENTS, SHARE, met_by
from tests.make import make_account, make_administrator, make_program, sign_in
from tests.webhooks.receiving import make_endpoint, queue_test
from webapp.access.guards import UNSAFE
from webapp.admin.service import make_reset_link
from webapp.infra.database import unit_of_work

if TYPE_CHECKING:
    from flask import Flask

    from tests.make import Person
    from tests.page_client import PageClient

CANARY = "canary-7f3a"
FIELDS = ["username", "email", "password", "next", "theme", "display_name", "reason", "roles"]
VALUES: dict[str, Any] = {
    "nothing": {},
    "NUL": dict.fromkeys(FIELDS, f"{CANARY}\x00"),
    "control characters": dict.fromkeys(FIELDS, "a\r\nb\x1b\x7f\u202e\ufeff"),
    "60 kB": {"password": CANARY * 5_000},
    "60 kB elsewhere": dict.fromkeys(FIELDS, "/" + "a" * 7_000),
    "lone surrogates": dict.fromkeys(FIELDS, b"\xed\xa0\x80"),
    "not UTF-8": dict.fromkeys(FIELDS, b"\xff\xfe\x00"),
    "repeated": {name: ["a", CANARY, "c"] for name in FIELDS},
    "in brackets": {f"{name}[]": CANARY for name in FIELDS} | {"username[$ne]": "x", "password.x": "y"},
    "markup": dict.fromkeys(FIELDS, "<script>alert(1)</script>${7*7}"),
    "SQL": dict.fromkeys(FIELDS, "' OR 1=1; DROP TABLE accounts; -- %_\\"),
    "only spaces": dict.fromkeys(FIELDS, " \t\u00a0\u3000"),
    "many fields": {f"field{number}": "x" for number in range(1_500)},
    "more fields of ours": {"id": "x", "is_admin": "1", "locked_at": "", "roles": ["administrator", "root"]},
}  # fmt: skip
PART = b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n"
MULTIPART = "multipart/form-data; boundary=x"
RAW: dict[str, tuple[bytes, str | None]] = {
    "JSON": (b'{"username": "x", "csrf_token": "x"}', "application/json"),
    "no type": (b"username=x", None),
    "raw bytes": (b"\xff\xfe\x00", "application/x-www-form-urlencoded"),
    "broken percent signs": (b"username=%&password=%zz&x=%ff%", "application/x-www-form-urlencoded"),
    "only separators": (b"&=&=&&==&" * 500, "application/x-www-form-urlencoded"),
    "unknown charset": (b"username=x", "application/x-www-form-urlencoded; charset=klingon"),
    "multipart without a boundary": (b"x", "multipart/form-data"),
    "multipart that never ends": (PART, MULTIPART),
    "multipart of many parts": ((PART + b"\r\n") * 900 + b"--x--", MULTIPART),
    "multipart with endless headers": (b"--x\r\nX: " + b"a" * 60_000, MULTIPART),
    "70 kB": (b"password=" + b"x" * 70_000, "application/x-www-form-urlencoded"),
    "1 MB": (b"password=" + b"x" * 1_000_000, "application/x-www-form-urlencoded"),
}  # fmt: skip


@pytest.fixture
def environment() -> dict[str, str]:
    return dict.fromkeys(("LIMIT_AUTH_PER_ADDRESS", "LIMIT_PER_ADDRESS", "LIMIT_SIGNIN_OVERALL"), "100000/h")


LAST = ("/admin/sessions/end-all", "/login", "/logout")


def form_paths(app: Flask, person: Person) -> list[str]:
    """Every form, in the order of their rules: the console's about `person` and a client, and that of somebody
    else's reset link, by which a new password may be chosen. Signing out comes last.
    """
    other = make_account(app)
    with app.app_context(), unit_of_work():
        _, token = make_reset_link(other.id, actor_id=None)
    parts = {"account_id": person.id, "token": token, "client_id": make_program(app).id, "kid": "x"}
    parts |= {"factor_id": "x", "invitation_id": "a" * 26, "job_id": "a" * 26, "session_id": "a" * 26}
    parts |= {"form": "csv", "name": "auditor", "slug": "registration", "state": "on"}
    parts["connection_id"] = make_connection(app, base_url="https://api.example.com").id
    parts["endpoint_id"] = make_endpoint(app, "https://hooks.example.com/events").id
    parts["message_id"] = queue_test(app, parts["endpoint_id"])
    found = {
        rule.rule: rule.build(parts, append_unknown=False)[1]  # type: ignore[index]
        for rule in app.url_map.iter_rules()
        if UNSAFE & (rule.methods or set()) and not rule.rule.startswith("/api/")
    }
    return [
        found[rule]
        for rule in sorted(found, key=lambda rule: (LAST.index(rule) if rule in LAST else -1, rule))
    ]


def csrf_of(pages: PageClient) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', pages.client.get("/forgot-password").text)
    assert found
    return found[1]


@pytest.mark.parametrize("extent", EXTENTS)
@pytest.mark.parametrize("kind", VALUES)
def test_hostile_values_in_a_form_are_answered_in_words(
    app: Flask, pages: PageClient, kind: str, extent: str
) -> None:
    sign_in(pages, make_administrator(app))
    target = make_account(app)
    token = csrf_of(pages)
    for path in met_by(kind, VALUES, form_paths(app, target), extent):
        # Whoever signs in or out by this has another page session, and another value.
        token = csrf_of(pages) if path in LAST else token
        answer = pages.client.post(path, data={**VALUES[kind], "csrf_token": token})
        assert answer.status_code < 500, path
        assert "alert(1)</script>" not in answer.text
    fresh = type(pages)(app.test_client())
    assert sign_in(fresh, target).path == "/account", "nothing of this is a way to another password or role"
    assert fresh.get("/admin").status == 403


@pytest.mark.parametrize("extent", EXTENTS)
@pytest.mark.parametrize("kind", RAW)
def test_body_that_is_no_form_is_refused_everywhere(
    app: Flask, pages: PageClient, kind: str, extent: str
) -> None:
    body, content_type = RAW[kind]
    sign_in(pages, make_administrator(app))
    for path in met_by(kind, RAW, form_paths(app, make_account(app)), extent):
        answer = pages.client.post(path, data=body, content_type=content_type)
        assert answer.status_code in {400, 409, 410, 413, 422}, path
        assert answer.headers["X-Request-ID"]


@pytest.mark.parametrize("kinds", [VALUES, RAW], ids=["values", "bodies"])
def test_every_form_meets_hostile_input_in_the_gate_too(app: Flask, kinds: dict[str, Any]) -> None:
    forms = form_paths(app, make_account(app))
    met = [set(met_by(kind, kinds, forms, SHARE)) for kind in kinds]
    assert all(sum(form in some for some in met) >= 3 for form in forms)
    assert all(len(some) >= len(forms) // 4 for some in met)


def test_file_in_place_of_a_value_is_refused(app: Flask, pages: PageClient) -> None:
    sign_in(pages, make_administrator(app))
    for path in form_paths(app, make_account(app)):
        if not path.endswith(("/login", "/register", "/names", "/lock")) and "reset-password" not in path:
            continue
        data = {name: (io.BytesIO(b"content"), "name.txt") for name in FIELDS}
        page = pages.post(path, {**data, "csrf_token": csrf_of(pages)}, content_type="multipart/form-data")
        assert page.status == 422, path


@pytest.mark.parametrize("field", ["username", "password", "email"])
def test_first_of_repeated_values_counts_on_every_try(app: Flask, pages: PageClient, field: str) -> None:
    make_administrator(app)
    data = {"username": "grace", "email": "grace@example.org", "password": "seven quiet lanterns at dusk"}
    doubled = {**data, field: [data[field], "other@example.org"], "csrf_token": csrf_of(pages)}
    pages.post("/register", doubled)
    assert sign_in(pages, Who("grace", data["password"])).path == "/account"  # type: ignore[arg-type]


class Who:
    def __init__(self, username: str, password: str) -> None:
        self.username = username
        self.password = password
