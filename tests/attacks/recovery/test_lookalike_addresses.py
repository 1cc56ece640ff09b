"""Other spellings of an address are the same address; one that only looks like it reaches another mailbox."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.mailbox import letters_to
from tests.make import OTHER_PASSWORD, Person, make_account
from tests.profile.address_people import MAIL, addresses_of, ask_for, change
from tests.signin.faces import ask, is_in


@pytest.fixture
def environment() -> dict[str, str]:
    return MAIL


@pytest.fixture
def ada(app: Flask) -> Person:
    return make_account(app, "ada")


@pytest.mark.parametrize(
    ("taken", "written"),
    [
        ("ada@example.org", "ADA@EXAMPLE.ORG"),
        ("ada@example.org", "ada@\uff45xample.org"),
        ("ada@example.org", "ada@exam\u00adple.org"),
        ("\u00e9ve@example.org", "e\u0301ve@example.org"),
        ("ada@ex\u00e4mple.org", "ada@xn--exmple-cua.org"),
        ("ada@ex\u00e4mple.org", "ada@EXA\u0308MPLE.org"),
    ],
)
def test_other_spelling_of_an_address_is_the_same_address(app: Flask, taken: str, written: str) -> None:
    owner = make_account(app, "owner")
    change(app, owner, taken)
    mallory = make_account(app, "mallory", password=OTHER_PASSWORD)
    answer = ask_for(app.test_client(), mallory, written)
    assert answer.status_code in {202, 422}
    assert len(letters_to(app, taken, kind="verify_address")) == 1
    assert addresses_of(app, owner) == {taken: True}


@pytest.mark.parametrize("written", ["\u0430da@example.org", "\uff41da@example.org", "ada@ex\u0430mple.org"])
def test_lookalike_is_another_address_and_reaches_nobody_elses_mailbox(
    app: Flask, ada: Person, written: str
) -> None:
    mallory = make_account(app, "mallory", password=OTHER_PASSWORD)
    assert ask_for(app.test_client(), mallory, written).status_code == 202
    assert letters_to(app, ada.email) == []
    change(app, mallory, written)
    assert addresses_of(app, ada) == {ada.email: True}
    assert not is_in(ask("api", app.test_client(), written, ada.password))
