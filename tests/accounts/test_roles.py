"""What may be a role: its name, its description, its scopes, and what the built-in ones keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.signin.faces import events_of
from webapp.accounts.errors import RoleBuiltIn, RoleNotFound, RoleTaken
from webapp.accounts.role_words import require_description, require_role_name, require_scopes
from webapp.accounts.roles import (
    LONGEST_SCOPE_LIST,
    MOST_ROLES,
    change_role,
    create_role,
    find_requirement_note,
    get_role,
    hold_role,
    scopes_of,
)
from webapp.core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

BAD_NAMES = [
    "", "a", "x" * 41, "1st", "-a", "a-", "a--b", "A", "Courier", "night shift", "kürier", "a_b", "a.b", "a/b",
    "a\x00b", "new", "any", "admin", "administrators", "\uff41bc",
]  # fmt: skip
BAD_SCOPES = [
    "x" * 81, 'a"b', "a\\b", "a\x00b", "é", "\x7f", "admin", "admin:", "admin:all", "ADMIN:WRITE", "Admin:read",
    "profile", "profile:all", "delete:profile", "session", "sessions:end", "use:connection", "use:connection:",
    "use:connection:A b", "USE:CONNECTION:x",
]  # fmt: skip


@pytest.mark.parametrize("name", BAD_NAMES)
def test_name_that_would_not_do_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        require_role_name(name)
    assert set(refusal.value.fields or {}) == {"name"}


@pytest.mark.parametrize("name", ["ab", "night-shift", "tier2", "x" * 40, " padded "])
def test_name_that_does_is_taken(name: str) -> None:
    assert require_role_name(name) == name.strip()


@pytest.mark.parametrize("scope", BAD_SCOPES)
def test_scope_that_no_token_or_nothing_here_would_know_is_refused(scope: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        require_scopes(["reports:read", scope])
    assert set(refusal.value.fields or {}) == {"scopes"}


def test_scopes_are_read_from_any_text_once_each() -> None:
    assert require_scopes(["b a\n", "a", " use:connection:weather-2 admin:read\t", ""]) == (
        "a", "admin:read", "b", "use:connection:weather-2",
    )  # fmt: skip
    with pytest.raises(InvalidInput):
        require_scopes([f"s{number}" for number in range(51)])


@pytest.mark.parametrize("text", ["", " \n ", "x" * 201, "a\u202eb", "a\x00b", "a\u200bb"])
def test_description_nobody_could_read_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        require_description(text)


def test_role_is_made_once_and_told_with_what_it_grants(at_work: Flask) -> None:
    create_role("courier", "  Carries\n parcels ", ["parcels:read", "a"], actor_id="root")
    assert (get_role("courier").description, scopes_of(get_role("courier"))) == (
        "Carries parcels",
        ("a", "parcels:read"),
    )
    for name in ("courier", "user"):
        with pytest.raises(RoleTaken):
            create_role(name, "Again.", [], actor_id="root")
    assert events_of(at_work, "role.created") == [
        '{"after":["a","parcels:read"],"description":"Carries parcels","name":"courier"}'
    ]


def test_change_that_changes_nothing_is_no_event(at_work: Flask) -> None:
    create_role("courier", "Carries.", ["a"], actor_id="root")
    change_role(hold_role("courier"), "Carries.", ["a", "a"], actor_id="root")
    assert events_of(at_work, "role.changed") == []
    change_role(hold_role("courier"), "Carries parcels.", ["a"], actor_id="root")
    assert events_of(at_work, "role.changed") == [
        '{"after":"Carries parcels.","before":"Carries.","name":"courier"}'
    ]


@pytest.mark.parametrize(
    ("name", "scope"), [("user", "admin:read"), ("support", "admin:write"), ("auditor", "read:profile")]
)
def test_built_in_role_gets_no_more_of_this_application(at_work: Flask, name: str, scope: str) -> None:
    role = hold_role(name)
    before = scopes_of(role)
    with pytest.raises(InvalidInput):
        change_role(role, "x", [*before, scope], actor_id="root")
    change_role(role, "Mine now.", ["reports:read"], actor_id="root")
    assert scopes_of(get_role(name)) == tuple(sorted([*before, "reports:read"]))
    assert get_role(name).description != "Mine now."


def test_administrator_stays_as_it_is(at_work: Flask) -> None:
    with pytest.raises(RoleBuiltIn):
        change_role(hold_role("administrator"), "x", ["reports:read"], actor_id="root")


@pytest.mark.parametrize("name", ["nobody", "", "x" * 5000, "a\x00b", "'; DROP TABLE roles"])
def test_role_that_is_not_there_is_not_found(at_work: Flask, name: str) -> None:
    for find in (get_role, hold_role):
        with pytest.raises(RoleNotFound):
            find(name)


def test_roles_and_their_scopes_are_bounded(at_work: Flask) -> None:
    long = [f"{number:02}".ljust(75, "x") for number in range((LONGEST_SCOPE_LIST - 100) // 76)]
    create_role("full", "Full.", long, actor_id="root")
    with pytest.raises(InvalidInput) as refusal:
        create_role("fuller", "Fuller.", ["y" * 80], actor_id="root")
    assert "scopes" in (refusal.value.fields or {})
    for number in range(MOST_ROLES - 5):
        create_role(f"role{number}", "One of many.", [], actor_id="root")
    with pytest.raises(InvalidInput):
        create_role("one-more", "One too many.", [], actor_id="root")


def test_required_role_that_nobody_made_is_told_of(make_app: Callable[..., Flask]) -> None:
    with make_app(REQUIRE_MFA_FOR="administrator, courier").app_context():
        assert "names courier, and there is no such role" in (find_requirement_note() or "")
        create_role("courier", "Carries.", [], actor_id="root")
        assert find_requirement_note() is None
