"""Tokens for another service: that audience alone, its own scopes alone, and worth nothing here."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.make import Program, entered, make_account, make_administrator, make_program
from tests.tokens.dpop_key import BoundCaller
from tests.tokens.forged_tokens import parts_of
from tests.tokens.services_world import REPORTS, describe, make_reports, renew_for, token_for
from tests.tokens.shown_tokens import Holder, code_of, cookies_of
from webapp.accounts.models import RoleScope
from webapp.infra.database import db, unit_of_work
from webapp.sessions import service as sessions
from webapp.sessions.causes import EndCause
from webapp.tokens import clients, services
from webapp.web.cookies import REFRESH

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask


def grant(app: Flask, role: str, scope: str) -> None:
    with entered(app), unit_of_work():
        db.session.add(RoleScope(role_name=role, scope=scope))


@pytest.mark.database
def test_service_token_carries_its_audience_and_its_scopes_alone(app: Flask) -> None:
    make_reports(app, "reports:read", "reports:write")
    holder = Holder(app, make_administrator(app))
    answer = renew_for(holder, REPORTS).get_json()
    assert (answer["token_type"], answer["scope"]) == ("Bearer", "reports:read reports:write")
    _, claims = parts_of(answer["token"])
    assert (claims["aud"], claims["scope"]) == (REPORTS, "reports:read reports:write")
    assert "cnf" not in claims


def test_service_token_opens_nothing_here(app: Flask) -> None:
    make_reports(app, "reports:read")
    holder = Holder(app, make_administrator(app))
    token = token_for(holder, REPORTS)
    for path in ("/api/v1/protected", "/api/v1/profile", "/api/v1/sessions"):
        assert code_of(holder.call(token, path)) == (401, "invalid_token"), path
    assert holder.call().status_code == 200


def test_scope_that_a_role_names_is_for_its_holders_any_other_for_everyone(app: Flask) -> None:
    make_reports(app, "reports:read", "reports:erase")
    grant(app, "administrator", "reports:erase")
    everybody = renew_for(Holder(app, make_account(app)), REPORTS).get_json()
    assert everybody["scope"] == "reports:read"
    holder = renew_for(Holder(app, make_administrator(app)), REPORTS).get_json()
    assert holder["scope"] == "reports:erase reports:read"


def test_person_without_the_second_factor_that_their_role_requires_holds_no_scope_of_a_service(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app(REQUIRE_MFA_FOR="user")
    make_reports(app, "reports:read")
    assert renew_for(Holder(app, make_account(app)), REPORTS).get_json()["scope"] == ""


def test_person_with_an_unverified_address_gets_a_token_without_scopes(app: Flask) -> None:
    make_reports(app, "reports:read")
    answer = renew_for(Holder(app, make_account(app, verified=False)), REPORTS)
    assert (answer.status_code, answer.get_json()["scope"]) == (200, "")


def test_scope_taken_from_the_service_is_gone_at_the_next_introspection(app: Flask) -> None:
    program = make_reports(app, "reports:read", "reports:write")
    token = token_for(Holder(app), REPORTS)
    with entered(app), unit_of_work():
        services.change_scopes(REPORTS, ["reports:write", "reports:more"], version="1")
    assert describe(app, program, token)["scope"] == "reports:write"


def test_renewal_for_nobody_or_for_us_is_for_our_own_api(app: Flask) -> None:
    holder = Holder(app)
    own = parts_of(holder.access_token)[1]["aud"]
    for body in ({}, {"audience": own}):
        token = holder.show(body=body).get_json()["token"]
        assert parts_of(token)[1]["aud"] == own
        assert holder.call(token).status_code == 200
    for kind in (None, "application/json", "text/plain"):
        bare = holder.show(headers={"Content-Type": kind} if kind else {})
        assert bare.status_code == 200, kind


def test_unknown_audience_is_refused_before_the_chain_moves(app: Flask) -> None:
    make_reports(app)
    holder = Holder(app)
    for audience in ("https://nobody.example.org", REPORTS.upper(), REPORTS + "/", "a b"):
        answer = renew_for(holder, audience)
        assert code_of(answer) == (422, "invalid_target"), audience
        assert set(answer.get_json()["fields"]) == {"audience"}
        assert REFRESH not in cookies_of(answer)


def test_malformed_body_of_a_renewal_is_refused(app: Flask) -> None:
    holder = Holder(app)
    cookies = f"{REFRESH}={holder.refresh_tokens[0]}; __Host-csrf_refresh_token={holder.csrf}"
    headers = {"Cookie": cookies, "X-CSRF-TOKEN": holder.csrf}
    bodies = (b"{", b"[]", b'{"audience":["x"]}', b'{"audience":"a","audience":"b"}', b'{"x":1}')
    for body in (*bodies, b'{"audience":null}', b'{"audience":""}'):
        answer = holder.client.post(
            "/api/v1/refresh", data=body, content_type="application/json", headers=headers
        )
        assert answer.status_code in {400, 422}, body
        assert REFRESH not in cookies_of(answer)


def test_chain_moves_for_a_service_token_as_for_any(app: Flask) -> None:
    make_reports(app)
    holder = Holder(app)
    assert REFRESH in cookies_of(renew_for(holder, REPORTS))
    assert REFRESH not in cookies_of(renew_for(holder, REPORTS))
    assert len(holder.refresh_tokens) == 2


def test_service_token_of_a_bound_session_is_a_plain_one(app: Flask) -> None:
    program = make_reports(app)
    caller = BoundCaller(app.test_client(), make_account(app))
    answer = caller.refresh(json={"audience": REPORTS}).get_json()
    assert answer["token_type"] == "Bearer"
    assert "cnf" not in parts_of(answer["access_token"])[1]
    assert describe(app, program, answer["access_token"])["token_type"] == "Bearer"


def test_service_goes_with_its_last_client_and_its_tokens_stay_known_to_nobody(app: Flask) -> None:
    first, second = make_reports(app), make_program(app, REPORTS, name="Reports too")
    holder = Holder(app)
    for program, status in ((first, 200), (second, 422)):
        with entered(app), unit_of_work():
            clients.revoke_client(program.id)
        assert renew_for(holder, REPORTS).status_code == status


def test_service_token_ends_with_the_session(app: Flask) -> None:
    program, holder = make_reports(app), Holder(app)
    token = token_for(holder, REPORTS)
    assert describe(app, program, token)["active"] is True
    with entered(app), unit_of_work():
        sessions.end_all_sessions(holder.person.id, EndCause.ADMINISTRATOR)
    assert describe(app, program, token) == {"active": False}


@pytest.mark.database
def test_service_stands_exactly_while_a_client_of_it_does(app: Flask) -> None:
    def revoke(program: Program) -> None:
        with app.app_context(), unit_of_work():
            clients.revoke_client(program.id)

    def is_registered() -> bool:
        with entered(app), unit_of_work(writes=False):
            return services.find_service(REPORTS) is not None

    for _ in range(2):
        first = make_reports(app)
        with ThreadPoolExecutor(6) as pool:
            gone = pool.submit(revoke, first)
            made = list(pool.map(lambda _: make_program(app, REPORTS), range(4)))
            gone.result()
            assert is_registered()
            list(pool.map(revoke, made))
        assert not is_registered()
