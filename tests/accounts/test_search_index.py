"""What accounts are found by: the same as if every name were read, and true after every way in which one changes."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, inspect, select, text

from tests.make import entered, make_account
from webapp.accounts import addresses, imports, search_index, service
from webapp.accounts.models import Account, EmailAddress
from webapp.accounts.names import require_address
from webapp.accounts.search_index import fold, text_of
from webapp.accounts.search_models import AccountSearch
from webapp.admin.account_list import matching_account_ids
from webapp.core import clock
from webapp.infra.database import db, undo, unit_of_work
from webapp.profile.store import delete_account

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Flask

# Few letters, so that parts are found often; and all that is awkward in LIKE, in FTS5 and in folding.
LETTERS = "\N{KELVIN SIGN}abAB%_\\\"'*.@- éÉe\u0301ßẞİ\N{LATIN SMALL LETTER DOTLESS I}\N{GREEK SMALL LETTER SIGMA}ς日\n"
NAMES = st.text(LETTERS, min_size=1, max_size=12)
BCRYPT = "$2b$04$" + "a" * 53


def find(q: str) -> set[str]:
    return set(matching_account_ids({"q": q}, 100))


def state_of(account_id: str) -> tuple[str, bool]:
    """What one account is found by, and whether it counts as verified."""
    row = select(AccountSearch.text, Account.verified_at).join(
        Account, Account.id == AccountSearch.account_id
    )
    words, verified = db.session.execute(row.where(Account.id == account_id)).one()
    return words, verified is not None


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(NAMES, min_size=1, max_size=6), st.lists(NAMES, min_size=1, max_size=6))
def test_search_finds_what_reading_every_name_would(app: Flask, names: list[str], asked: list[str]) -> None:
    with entered(app), unit_of_work():
        for number, name in enumerate(names):
            key = f"{number:026}"
            db.session.add(
                Account(id=key, username="0", username_key=key, display_name=name, created_at=clock.now())
            )
        db.session.flush()
        texts = {f"{number:026}": text_of("0", name) for number, name in enumerate(names)}
        for q in asked:
            words = fold(q)
            if len(words) >= 3 and any(each.isalnum() for each in words):
                assert find(q) == {key for key, kept in texts.items() if words in kept}, q
        db.session.rollback()


@pytest.mark.database
def test_search_on_each_database_finds_parts_beginnings_and_ids(app: Flask) -> None:
    ada = make_account(app, "ada.lovelace")
    mara = make_account(app, "mara")
    with entered(app), unit_of_work():
        db.session.get_one(Account, mara.id).display_name = "Straße 100%_é İz"
    cases = {
        "LOVE": {ada.id}, "a.l": {ada.id}, "ad": {ada.id}, "a": {ada.id}, "la": set(), "lace@example": {ada.id},
        "STRASSE": {mara.id}, "100%_": {mara.id}, "00%_É": {mara.id}, "0%_É": {mara.id},
        "%_e\u0301": {mara.id}, "i\u0307z": {mara.id},
        "...": set(), "'\"*": set(), "example.org": {ada.id, mara.id}, ada.id.upper(): {ada.id}, ada.id[:25]: set(),
        "\ud800": set(), "x" * 5_000: set(), "e* OR a": set(), "m": {mara.id},
    }  # fmt: skip
    with entered(app), unit_of_work(writes=False):
        found = {q: find(q) for q in cases}
        indexes = {each["name"] for each in inspect(db.engine).get_indexes("account_search")}
        is_postgres = db.engine.dialect.name == "postgresql"
    assert found == cases
    assert ("ix_account_search_text" in indexes) == is_postgres


@pytest.mark.database
def test_words_and_verification_follow_an_account_through_its_life(app: Flask) -> None:
    ada = make_account(app, "ada", verified=False)
    with entered(app), unit_of_work():
        assert state_of(ada.id) == ("ada\nada@example.org", False)
        account = service.get_account(ada.id)
        service.mark_address_verified(account)
        assert state_of(ada.id) == ("ada\nada@example.org", True)
        service.rename(account, "Ada King", actor_id=ada.id)
        assert state_of(ada.id)[0] == "ada\nada king\nada@example.org"
        claim = addresses.claim_address(account, require_address("king@example.org"))
        assert state_of(ada.id)[0].endswith("ada@example.org\nking@example.org")
        former = addresses.confirm_claim(account, claim)
        assert former is not None
        assert state_of(ada.id) == ("ada\nada king\nking@example.org", True)
        kept = addresses.find_kept(former.id, ada.id)
        assert kept is not None
        addresses.put_back(account, kept)
        assert state_of(ada.id) == ("ada\nada king\nada@example.org", True)
        db.session.flush()
        delete_account(ada.id)
        assert find("king") == set()
        assert db.session.scalars(select(AccountSearch.id)).all() == []


def test_claim_that_somebody_else_confirms_is_nobodys_word_any_more(app: Flask) -> None:
    first, second = make_account(app, "first", verified=False), make_account(app, "second")
    with entered(app), unit_of_work():
        addresses.claim_address(service.get_account(second.id), require_address("first@example.org"))
    with entered(app), unit_of_work():
        service.mark_address_verified(service.get_account(first.id))
        assert state_of(second.id) == ("second\nsecond@example.org", True)
        assert find("first@") == {first.id}


@pytest.mark.database
def test_imported_accounts_are_found_and_verified_as_the_file_says(app: Flask) -> None:
    lines = ["username,email,password_hash,email_verified"]
    lines += [f"mara{number},mara{number}@Example.org,{BCRYPT},{number == 1}" for number in range(2)]
    with entered(app), unit_of_work():
        read = [each for each in imports.read_accounts(lines) if isinstance(each, imports.ImportedAccount)]
        imports.store_accounts(read)
        ids = {row.username: row.id for row in db.session.execute(select(Account.username, Account.id))}
        assert find("ra1@example") == {ids["mara1"]}
        assert [state_of(ids[name])[1] for name in ("mara0", "mara1")] == [False, True]


def test_account_in_hand_says_at_once_that_it_is_verified(app: Flask) -> None:
    ada = make_account(app, "ada", verified=False)
    with entered(app), unit_of_work():
        account = service.get_account(ada.id)
        service.mark_address_verified(account)
        db.session.flush()
        assert account.verified_at == account.emails[0].verified_at


def test_change_that_is_rolled_back_leaves_no_words(app: Flask) -> None:
    ada = make_account(app, "ada")
    with entered(app):
        with unit_of_work():
            service.rename(service.get_account(ada.id), "Zenobia", actor_id=ada.id)
            db.session.flush()
            undo()
        with unit_of_work(writes=False):
            assert find("zenobia") == set()


def test_words_of_sqlite_stay_true_through_a_vacuum(app: Flask) -> None:
    people = [make_account(app, f"person-{letter}") for letter in string.ascii_lowercase[:6]]
    with entered(app), unit_of_work():
        delete_account(people[1].id)
    with entered(app):
        with db.engine.connect() as connection:
            connection.connection.driver_connection.execute("VACUUM")  # type: ignore[union-attr]
        with unit_of_work():
            db.session.execute(
                text(
                    "INSERT INTO account_search_words (account_search_words, rank) VALUES ('integrity-check', 1)"
                )
            )
            assert find("person-c") == {people[2].id}


@pytest.mark.database
def test_words_that_a_release_before_wrote_are_dated_and_stay_as_they_are(app: Flask) -> None:
    ada, bob = make_account(app, "ada"), make_account(app, "bob")
    with entered(app), unit_of_work():
        made = {
            ada.id: service.get_account(ada.id).created_at,
            bob.id: service.get_account(bob.id).created_at,
        }
        assert dated() == made
        db.session.execute(text("UPDATE account_search SET created_at = NULL"))
    with entered(app), unit_of_work(writes=False):
        assert [search_index.date_texts(1) for _ in range(3)] == [1, 1, 0]
    with entered(app), unit_of_work():
        assert dated() == made
        assert (find("ada"), find("bob")) == ({ada.id}, {bob.id})
        if db.engine.dialect.name == "sqlite":
            # With a rank, the index is held against the table that it is of.
            check = (
                "INSERT INTO account_search_words (account_search_words, rank) VALUES ('integrity-check', 1)"
            )
            db.session.execute(text(check))


def dated() -> dict[str, datetime | None]:
    rows = db.session.execute(select(AccountSearch.account_id, AccountSearch.created_at))
    return {row.account_id: row.created_at for row in rows}


def test_renewing_mends_what_went_past_the_session(app: Flask) -> None:
    ada = make_account(app, "ada")
    with entered(app), unit_of_work():
        db.session.execute(text("UPDATE accounts SET display_name = 'Grace'"))
        db.session.execute(delete(EmailAddress))
        search_index.renew([ada.id, "nobody"])
        assert state_of(ada.id) == ("ada\ngrace", False)
