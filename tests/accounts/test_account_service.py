"""What may happen to an account, asked of the service itself, on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.make import make_account, make_administrator
from webapp.accounts import service
from webapp.accounts.errors import AccountNotFound, LastAdministrator, UsernameTaken
from webapp.accounts.models import Account
from webapp.infra.database import begin_writing, unit_of_work

if TYPE_CHECKING:
    from flask import Flask

PROFILE = frozenset({"read:profile", "write:profile"})


def get(account_id: str) -> Account:
    with unit_of_work(writes=False):
        return service.get_account(account_id)


@pytest.mark.database
def test_username_belongs_to_one_account_whatever_its_case(at_work: Flask) -> None:
    make_account(at_work, "ada")
    with pytest.raises(UsernameTaken):
        make_account(at_work, "ADA")


@pytest.mark.database
@pytest.mark.parametrize("identifier", ["ada", " ADA ", "ada@example.org", "Ada@EXAMPLE.org "])
def test_person_is_found_by_username_and_address(at_work: Flask, identifier: str) -> None:
    ada = make_account(at_work, "ada")
    with unit_of_work(writes=False):
        found = service.find_by_identifier(identifier)
    assert found is not None
    assert found.id == ada.id


@pytest.mark.parametrize("identifier", ["", "@", "nobody", "x" * 10_000, "a@b@c", "ada@example.org "])
def test_what_names_nobody_finds_nobody(at_work: Flask, identifier: str) -> None:
    with unit_of_work(writes=False):
        assert service.find_by_identifier(identifier) is None


def test_unknown_id_raises(at_work: Flask) -> None:
    with pytest.raises(AccountNotFound), unit_of_work():
        service.hold_account("nobody")


@pytest.mark.database
def test_unverified_address_holds_back_to_the_profile(at_work: Flask) -> None:
    held = make_account(at_work, "held", roles=("user", "administrator"), verified=False)
    free = make_account(at_work, "free", roles=("user", "administrator"))
    assert get(held.id).scopes == PROFILE
    assert get(free.id).scopes == PROFILE | {"admin:read", "admin:support", "admin:write"}


def test_account_without_roles_may_do_nothing(at_work: Flask) -> None:
    assert get(make_account(at_work, roles=()).id).scopes == frozenset()


@pytest.mark.database
def test_wrong_roles_leave_the_right_ones_as_they_were(at_work: Flask) -> None:
    root = make_administrator(at_work)
    with pytest.raises(LastAdministrator), unit_of_work():
        service.change_roles(service.hold_account(root.id), ["user"], actor_id=root.id)
    assert get(root.id).role_names == ["administrator", "user"]


def test_locking_tells_whether_it_did(at_work: Flask) -> None:
    bob = make_account(at_work)
    with unit_of_work():
        account = service.get_account(bob.id)
        assert service.lock(account, "why", actor_id=None)
        assert not service.lock(account, "again", actor_id=None)
        assert service.unlock(account, actor_id=None)
        assert not service.unlock(account, actor_id=None)


def test_unlocking_forgets_the_failures(at_work: Flask) -> None:
    bob = make_account(at_work, locked=True)
    with unit_of_work():
        account = service.get_account(bob.id)
        account.failures_in_a_row = 99
        service.unlock(account, actor_id=None)
    assert get(bob.id).failures_in_a_row == 0


def test_every_change_by_a_form_makes_the_version_grow(at_work: Flask) -> None:
    bob, root = make_account(at_work, verified=False), make_administrator(at_work)
    with unit_of_work():
        begin_writing()
        account = service.get_account(bob.id)
        service.rename(account, "Robert", actor_id=root.id)
        service.change_roles(account, [], actor_id=root.id)
        service.mark_address_verified(account, actor_id=root.id)
        service.lock(account, "why", actor_id=root.id)
    assert get(bob.id).version == 5


def test_roles_have_words_for_those_who_give_them(at_work: Flask) -> None:
    with unit_of_work(writes=False):
        notes = service.role_notes()
        assert sorted(notes) == service.list_role_names() == ["administrator", "auditor", "support", "user"]
    assert all(notes.values())
