"""The page of one account: what it shows, and the forms that change names, roles and address."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from tests.admin.console import Console, enter, events, find, open_console, path_of
from tests.make import entered, make_account, make_administrator
from webapp.accounts.models import EmailAddress
from webapp.infra.database import db, unit_of_work

if TYPE_CHECKING:
    from flask import Flask

    from tests.make import Person


@pytest.fixture
def console(app: Flask) -> Console:
    return open_console(app, verified=False)


def claim(app: Flask, person: Person, address: str) -> None:
    """Let the person claim an address that may be somebody else's."""
    with entered(app), unit_of_work():
        values = {"address": address, "address_key": address}
        db.session.execute(update(EmailAddress).where(EmailAddress.account_id == person.id).values(values))


def claims(app: Flask, address: str) -> list[str]:
    with entered(app), unit_of_work(writes=False):
        return list(db.session.scalars(select(EmailAddress.account_id).filter_by(address_key=address)))


def test_account_page_shows_what_is_known(console: Console) -> None:
    page = console.open()
    assert page.heading == "bob"
    for fact in (
        "bob@example.org",
        "Unverified",
        "Not verified",
        console.bob.id,
        "Signed in nowhere",
        "bob got an account",
    ):
        assert fact in page.text


@pytest.mark.database
def test_new_name_is_saved_shown_and_recorded(app: Flask, console: Console) -> None:
    page = console.send("names", display_name="  Bob   the\tBuilder ")
    assert (page.status, page.heading) == (200, "Bob the Builder")
    assert "The name is saved." in page.text
    (event,) = events(app, "account.renamed")
    assert (event.account_id, event.actor_id) == (console.bob.id, console.root.id)
    assert event.detail == '{"after":"Bob the Builder","before":"bob"}'


@pytest.mark.parametrize(
    "name", ["", "   ", "x" * 81, "a\u202eb", "a\u0000b", "\u200d", "\u200d \u200d", "\ue000"]
)
def test_name_that_cannot_be_shown_is_refused_with_what_was_typed(
    app: Flask, console: Console, name: str
) -> None:
    page = console.send("names", display_name=name)
    assert page.status == 422
    assert page.get("#display_name").attributes["aria-invalid"] == "true"
    assert find(app, console.bob).display_name == "bob"


def test_same_name_again_changes_and_records_nothing(app: Flask, console: Console) -> None:
    console.send("names", display_name="bob")
    assert events(app, "account.renamed") == []
    assert find(app, console.bob).version == 1


@pytest.mark.database
def test_roles_are_exactly_the_ticked_ones(app: Flask, console: Console) -> None:
    assert console.send("roles", roles=["administrator"]).status == 200
    assert find(app, console.bob).role_names == ["administrator"]
    console.send("roles", roles=[])
    assert find(app, console.bob).role_names == []
    assert [each.detail for each in events(app, "roles.changed")] == [
        '{"after":["administrator"],"before":["user"]}',
        '{"after":[],"before":["administrator"]}',
    ]


def test_unknown_role_is_refused_and_changes_nothing(app: Flask, console: Console) -> None:
    page = console.send("roles", roles=["user", "emperor"])
    assert page.status == 422
    assert find(app, console.bob).role_names == ["user"]


@pytest.mark.database
def test_verified_address_adds_what_the_roles_grant(app: Flask, console: Console) -> None:
    console.send("roles", roles=["user", "administrator"])
    bob = enter(app, console.bob)
    assert bob.get("/admin/accounts").status == 403
    page = console.send("verify-address")
    assert "The address is marked as verified." in page.text
    assert page.find(f"form[action={path_of(console.bob)}/verify-address]") is None
    assert bob.get("/admin/accounts").status == 200


@pytest.mark.database
def test_verifying_an_address_voids_the_claims_of_others(app: Flask, console: Console) -> None:
    rival = make_account(app, "rival", verified=False)
    claim(app, rival, "bob@example.org")
    console.send("verify-address")
    assert claims(app, "bob@example.org") == [console.bob.id]
    assert "No address" in console.open(rival).text


@pytest.mark.database
def test_address_that_somebody_else_verified_is_refused_in_words(app: Flask, console: Console) -> None:
    make_account(app, "carol")
    claim(app, console.bob, "carol@example.org")
    page = console.send("verify-address")
    assert page.status == 409
    assert "Another account has verified this address." in page.get(".error-summary").text
    assert events(app, "address.verified") == []


def test_account_without_an_address_cannot_have_it_verified(app: Flask, console: Console) -> None:
    console.open()
    with entered(app), unit_of_work():
        db.session.delete(db.session.scalars(select(EmailAddress).filter_by(account_id=console.bob.id)).one())
    page = console.pages.submit(f"{path_of(console.bob)}/verify-address")
    assert page.status == 422
    assert "no email address to verify" in page.text


def test_verifying_twice_is_recorded_once(app: Flask, console: Console) -> None:
    page = console.open()
    token = page.get("input[name=csrf_token]").attributes["value"]
    for _ in range(2):
        assert (
            console.pages.post(f"{path_of(console.bob)}/verify-address", {"csrf_token": token}).status == 200
        )
    assert len(events(app, "address.verified")) == 1


def test_own_page_says_whose_it_is(console: Console) -> None:
    page = console.open(console.root)
    assert "This is your own account." in page.text
    assert "The last administrator who can sign in cannot be locked." in page.text


@pytest.mark.parametrize("roles", [[], ["user"]])
def test_own_administration_cannot_be_taken_away(app: Flask, console: Console, roles: list[str]) -> None:
    make_administrator(app, "other")
    page = console.send("roles", console.root, roles=roles)
    assert page.status == 409
    assert "You cannot take your own administration away" in page.text
    assert "administrator" in find(app, console.root).role_names


def test_last_administrator_stays_one(app: Flask, console: Console) -> None:
    page = console.send("roles", console.root, roles=["user"])
    assert page.status == 409
    assert "This is the last administrator" in page.text
    assert events(app, "roles.changed") == []
