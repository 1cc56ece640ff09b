"""A reset link that an administrator was shown works for as long as they may make one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.admin.console import events
from tests.make import OTHER_PASSWORD, entered, make_account, make_administrator
from webapp.accounts import service as accounts
from webapp.admin import service as admin
from webapp.admin.removal import order_deletion
from webapp.infra.database import unit_of_work
from webapp.infra.links import LinkUnusable
from webapp.profile import store as profile_store
from webapp.recovery.flow import make_reset_link, reset_password
from webapp.recovery.not_me import secure_account

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from tests.page_client import PageClient


def demote(maker_id: str, other_id: str) -> None:
    accounts.change_roles(accounts.get_account(maker_id), ["user", "support"], actor_id=other_id)


def lock(maker_id: str, other_id: str) -> None:
    admin.lock_account(maker_id, "quarrel", actor_id=other_id)


def secure(maker_id: str, other_id: str) -> None:
    secure_account(maker_id, way="administrator", actor_id=other_id)


def delete_at_once(maker_id: str, other_id: str) -> None:
    del other_id
    profile_store.delete_account(maker_id)


def order_deleted(maker_id: str, other_id: str) -> None:
    order_deletion(maker_id, actor_id=other_id)


@pytest.mark.parametrize("happens", [demote, lock, secure, delete_at_once, order_deleted])
def test_link_opens_and_sets_nothing_once_its_maker_lost_the_right_to_it(
    app: Flask, pages: PageClient, happens: Callable[[str, str], None]
) -> None:
    maker, other, bob = make_administrator(app, "maker"), make_administrator(app, "other"), make_account(app)
    with entered(app), unit_of_work():
        _, token = admin.make_reset_link(bob.id, actor_id=maker.id)
    path = f"/reset-password/{token}"
    assert pages.get(path).status == 200
    with entered(app), unit_of_work():
        happens(maker.id, other.id)
    # The form was open before: it is refused all the same.
    sent = pages.submit(password=OTHER_PASSWORD)
    assert (sent.status, sent.heading) == (410, "This link was taken back")
    assert pages.get(path).status == 410
    assert events(app, "password.reset") == []


def test_maker_who_loses_the_right_while_the_password_is_hashed_is_seen_at_spending(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    maker, other, bob = make_administrator(app, "maker"), make_administrator(app, "other"), make_account(app)
    with entered(app), unit_of_work():
        _, token = admin.make_reset_link(bob.id, actor_id=maker.id)
    hashing = reset_password.__globals__["hash_new_password"]

    def hash_slowly(*given: object, **named: object) -> object:
        hashed = hashing(*given, **named)
        with entered(app), unit_of_work():
            demote(maker.id, other.id)
        return hashed

    monkeypatch.setitem(reset_password.__globals__, "hash_new_password", hash_slowly)
    with pytest.raises(LinkUnusable), entered(app), unit_of_work(writes=False):
        reset_password(token, OTHER_PASSWORD)


def test_mailed_link_and_one_of_the_console_outlive_whoever_had_them_sent(
    app: Flask, pages: PageClient
) -> None:
    maker, other, bob = make_administrator(app, "maker"), make_administrator(app, "other"), make_account(app)
    with entered(app), unit_of_work():
        mailed = make_reset_link(accounts.get_account(bob.id), actor_id=maker.id, is_mailed=True)
        demote(maker.id, other.id)
    assert pages.get(f"/reset-password/{mailed}").status == 200
    with entered(app), unit_of_work():
        _, printed = admin.make_reset_link(bob.id, actor_id=None)
    assert pages.get(f"/reset-password/{printed}").status == 200
