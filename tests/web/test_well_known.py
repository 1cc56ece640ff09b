"""What stands at well-known places: true metadata, the way to a new password, whom to tell of a vulnerability."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from webapp.core import clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.testing import FlaskClient

    from tests.page_client import PageClient

ORIGIN = "https://localhost"


def test_metadata_names_endpoints_that_exist_with_the_way_to_authenticate(client: FlaskClient) -> None:
    answer = client.get("/.well-known/oauth-authorization-server")
    found = answer.get_json()
    assert (answer.status_code, found["issuer"]) == (200, ORIGIN)
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert client.get(found["jwks_uri"].removeprefix(ORIGIN)).get_json()["keys"]
    for name in ("introspection", "revocation"):
        refused = client.post(found[f"{name}_endpoint"].removeprefix(ORIGIN), data={"token": "x"})
        assert (refused.status_code, refused.headers["WWW-Authenticate"].split()[0]) == (401, "Basic")
        assert found[f"{name}_endpoint_auth_methods_supported"] == ["client_secret_basic"]


def test_metadata_promises_no_grant_that_there_is_not(client: FlaskClient) -> None:
    found = client.get("/.well-known/oauth-authorization-server").get_json()
    assert (found["response_types_supported"], found["grant_types_supported"]) == ([], [])
    assert not {"authorization_endpoint", "token_endpoint", "registration_endpoint"} & set(found)


def test_password_manager_is_led_to_where_the_password_is_changed(
    client: FlaskClient, pages: PageClient
) -> None:
    answer = client.get("/.well-known/change-password")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account/security")
    assert pages.get("/.well-known/change-password").path == "/login?next=%2Faccount%2Fsecurity"


def test_security_contact_is_published_and_never_expired(make_app: Callable[..., Flask]) -> None:
    client = make_app(SECURITY_CONTACT="mailto:security@example.org").test_client()
    answer = client.get("/.well-known/security.txt")
    assert answer.content_type == "text/plain; charset=utf-8"
    fields = dict(line.split(": ", 1) for line in answer.text.splitlines())
    assert (fields["Contact"], fields["Canonical"]) == (
        "mailto:security@example.org",
        f"{ORIGIN}/.well-known/security.txt",
    )
    expires = datetime.strptime(fields["Expires"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert timedelta(days=90) < expires - clock.now() < timedelta(days=365)


def test_without_a_contact_there_is_no_security_txt(client: FlaskClient) -> None:
    assert client.get("/.well-known/security.txt").status_code == 404
