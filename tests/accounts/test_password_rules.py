"""Which new passwords are refused, with which advice, and which ones nobody may refuse."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.accounts.password_errors import UnacceptablePassword
from webapp.accounts.password_rules import require_acceptable_password

NAMES = ("Anna.Muster", "anna", "example.org", "Latchkey", "login.example.org")


def advice_on(password: str, *, has_second_factor: bool = False) -> str:
    """The sentence of the refusal, or nothing when the password is accepted."""
    try:
        require_acceptable_password(password, context_words=NAMES, has_second_factor=has_second_factor)
    except UnacceptablePassword as refusal:
        return (refusal.fields or {})["password"]
    return ""


@pytest.mark.parametrize(
    "password",
    [
        "three blind mice ran",
        "k7!xq9v#28461973",
        "latchkey is my favourite thing",
        "my students like property definitions",
        "пароль и ещё пара слов",
        "two\x00words and a NUL",
        "Tr0ub4dor&3 Tr0ub4dor&3",
        "      spaces      count     as    well",
    ],
)
def test_long_and_unusual_password_is_accepted_whatever_it_is_made_of(password: str) -> None:
    assert advice_on(password) == ""


def test_only_factor_needs_fifteen_characters() -> None:
    assert advice_on("k7!xq9v#2846zw") == "Use at least 15 characters; four or five words are easy to keep."
    assert advice_on("k7!xq9v#2846zwt") == ""


def test_second_factor_lowers_the_minimum_to_eight() -> None:
    assert "at least 8 " in advice_on("k7!xq9v", has_second_factor=True)
    assert advice_on("k7!xq9v#", has_second_factor=True) == ""


def test_length_is_counted_in_code_points_after_normalisation() -> None:
    decomposed = unicodedata.normalize("NFD", "äöüéèêñçåàâôîï")
    assert len(decomposed) == 28
    assert "at least 15 " in advice_on(decomposed)


def test_more_than_a_thousand_characters_are_refused_before_and_after_normalisation() -> None:
    thousand = secrets.token_hex(500)
    assert advice_on(thousand) == ""
    assert advice_on(thousand + "x") == "Use at most 1,000 characters."
    assert advice_on("\ufdfa" * 900) == "Use at most 1,000 characters."


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword",
        "PASSWORDpassword",
        "ｐａｓｓｗｏｒｄｐａｓｓｗｏｒｄ",  # noqa: RUF001 - these wide letters are the case
        "Passwordpassword!?7",
        "Sunshine2024!!!",
        "iloveyouforever99",
        "ILoveYou123456789",
    ],
)
def test_listed_password_is_refused_in_every_usual_disguise(password: str) -> None:
    assert "attackers try this first" in advice_on(password)


@pytest.mark.parametrize("password", ["password", "iloveyou", "pass1234", "Sunshine", "football9"])
def test_short_listed_password_is_refused_beside_a_second_factor(password: str) -> None:
    assert "attackers try this first" in advice_on(password, has_second_factor=True)


@pytest.mark.parametrize(
    "password", ["a" * 20, "abcabcabcabcabcab", "xy12!?xy12!?xy12!?", "aabbaabababbaabbab"]
)
def test_repeated_characters_are_refused(password: str) -> None:
    assert advice_on(password).startswith("Repeat less")


@pytest.mark.parametrize(
    "password",
    [
        "abcdefghijklmnop",
        "098765432109876543210",
        "qwertyuiopasdfghjkl",
        "zxcvbnmasdfghjklqwer",
        "1qaz2wsx3edc4rfv",
        "1234abcd5678efgh",
        "абвгдежзийклмнопр",
    ],
)
def test_walks_along_the_keyboard_or_an_alphabet_are_refused(password: str) -> None:
    assert advice_on(password).startswith("Avoid rows")


@pytest.mark.parametrize(
    "password", ["anna.muster4711!", "Muster-9-Muster-7", "LATCHKEYlatchkey!7", "login.example.org1"]
)
def test_password_made_of_the_names_at_hand_is_refused(password: str) -> None:
    assert advice_on(password).startswith("Use words that have nothing to do with your name")


def test_names_of_three_letters_and_empty_names_refuse_nothing() -> None:
    require_acceptable_password("bob, bob, bobsled", context_words=("bob", "", "@"))


def test_what_is_not_text_is_refused_and_never_an_error() -> None:
    assert advice_on("\ud800" + "unpaired surrogate") == "Type it again: it holds something that is not text."


@settings(deadline=None)
@given(st.text(st.characters(), max_size=60), st.booleans())
def test_every_text_is_accepted_or_refused_with_advice_that_does_not_repeat_it(
    password: str, second: bool
) -> None:
    advice = advice_on(password, has_second_factor=second)
    assert advice == "" or advice[0].isupper()
    assert advice == "" or advice.endswith((".", "strong."))
    assert len(password) < 8 or password not in advice


@settings(deadline=None)
@given(st.binary(min_size=16, max_size=16).map(lambda seed: hashlib.sha256(seed).hexdigest()[:16]))
def test_random_passwords_are_accepted(password: str) -> None:
    assert advice_on(password) == ""
