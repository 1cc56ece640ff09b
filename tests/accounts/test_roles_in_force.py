"""What a role grants counts from the next request on, at every node: nobody signs in again, no token keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.make import make_account, refresh, sign_in
from tests.page_client import PageClient
from webapp.accounts.roles import change_role, create_role, delete_role, hold_role
from webapp.infra.database import unit_of_work

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.testing import FlaskClient


def enter(here: Flask, there: Flask, *scopes: str) -> FlaskClient:
    """Somebody with a role that grants these, made at one node and signed in at the other."""
    with here.app_context(), unit_of_work():
        create_role("deputy", "For a while.", scopes, actor_id="")
    client = there.test_client()
    sign_in(PageClient(client), make_account(here, roles=("user", "deputy")))
    return client


def grant(node: Flask, *scopes: str) -> None:
    with node.app_context(), unit_of_work():
        change_role(hold_role("deputy"), "For a while.", scopes, actor_id="")


def asks(client: FlaskClient, token: dict[str, str]) -> tuple[int, int]:
    """What an open session gets of the console, and its access token of the question whether it may."""
    verified = client.get("/api/v1/verify?scope=admin:read", headers=token)
    return client.get("/admin/roles").status_code, verified.status_code


@pytest.mark.database
def test_changed_role_counts_at_once_at_another_node(make_app: Callable[..., Flask]) -> None:
    here, there = make_app(), make_app()
    client = enter(here, there, "admin:read")
    token = refresh(client)
    assert asks(client, token) == (200, 204)
    grant(here)
    assert asks(client, token) == (403, 403)
    grant(here, "admin:read")
    assert asks(client, token) == (200, 204)


def test_scope_added_reaches_pages_at_once_and_tokens_with_their_renewal(
    make_app: Callable[..., Flask],
) -> None:
    here, there = make_app(), make_app()
    client = enter(here, there)
    token = refresh(client)
    grant(here, "admin:read")
    assert asks(client, token) == (200, 403)
    assert asks(client, refresh(client)) == (200, 204)


def test_deleted_role_is_in_force_no_more(make_app: Callable[..., Flask]) -> None:
    here, there = make_app(), make_app()
    client = enter(here, there, "admin:read")
    token = refresh(client)
    with here.app_context(), unit_of_work():
        delete_role(hold_role("deputy"), actor_id="")
    assert asks(client, token) == (403, 403)
