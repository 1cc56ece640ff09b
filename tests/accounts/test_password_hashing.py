"""What is stored of a password, what opens it again, and what an unknown account may not give away."""

from __future__ import annotations

import dataclasses
import logging
import unicodedata

import bcrypt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.accounts.password_errors import PasswordPepperMissing, UnacceptablePassword
from webapp.accounts.password_hashing import PasswordHash, PasswordHasher, Verdict, pepper_version

PEPPER, OLD_PEPPER = b"the pepper of today, 32 bytes or more", b"the pepper of yesterday, 32 bytes or more"
NO = Verdict(matches=False, needs_rehash=False)
YES = Verdict(matches=True, needs_rehash=False)
OUTDATED = Verdict(matches=True, needs_rehash=True)

hasher = PasswordHasher(4, PEPPER, (OLD_PEPPER,))


def costs_paid(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Fills with the rounds of every bcrypt check from here on."""
    paid: list[int] = []
    check = bcrypt.checkpw

    def counted(password: bytes, hashed: bytes) -> bool:
        paid.append(int(hashed.split(b"$")[2]))
        return check(password, hashed)

    monkeypatch.setattr(bcrypt, "checkpw", counted)
    return paid


def test_right_password_matches_and_a_wrong_one_does_not() -> None:
    stored = hasher.hash("three blind mice")
    assert hasher.verify("three blind mice", stored) == YES
    assert hasher.verify("three blind mica", stored) == NO


def test_stored_hash_names_its_scheme_rounds_and_pepper_and_is_salted() -> None:
    one, other = hasher.hash("three blind mice"), hasher.hash("three blind mice")
    assert one.value != other.value
    assert one.value.startswith("$2b$04$")
    assert (one.scheme, one.pepper_version) == ("bcrypt-hmac-sha384", pepper_version(PEPPER))
    assert "blind" not in repr(one)


def test_bcrypt_of_the_password_without_the_pepper_opens_nothing() -> None:
    stored = hasher.hash("three blind mice")
    assert not bcrypt.checkpw(b"three blind mice", stored.value.encode())
    assert PasswordHasher(4, OLD_PEPPER).hash("x").pepper_version != stored.pepper_version


@settings(max_examples=30, deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=80), st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_every_way_to_type_the_same_text_verifies(text: str, form: str) -> None:
    stored = hasher.hash(text)
    typed = unicodedata.normalize(form, text)  # type: ignore[arg-type]
    assert hasher.verify(typed, stored).matches


@settings(max_examples=30, deadline=None)
@given(st.text(st.characters(codec="ascii"), min_size=72, max_size=300), st.integers(min_value=0))
def test_every_character_counts_beyond_seventy_two_bytes_and_beyond_a_nul(text: str, place: int) -> None:
    place %= len(text)
    changed = text[:place] + chr((ord(text[place]) + 1) % 128) + text[place + 1 :]
    stored = hasher.hash("\x00" + text)
    assert hasher.verify("\x00" + text, stored).matches
    assert not hasher.verify("\x00" + changed, stored).matches


@pytest.mark.parametrize("impossible", ["x" * 1001, "x" * 60_000, "\ud800 unpaired"])
def test_impossible_password_never_matches_and_cannot_be_hashed(impossible: str) -> None:
    assert hasher.verify(impossible, hasher.hash("x" * 1000)) == NO
    assert hasher.verify(impossible, None) == NO
    with pytest.raises(UnacceptablePassword) as refusal:
        hasher.hash(impossible)
    assert refusal.value.status == 422


def test_hash_under_a_fallback_pepper_opens_and_asks_to_be_renewed() -> None:
    stored = PasswordHasher(4, OLD_PEPPER).hash("three blind mice")
    assert hasher.verify("three blind mice", stored) == OUTDATED
    assert hasher.verify("three blind mica", stored) == NO
    assert hasher.verify("three blind mice", hasher.hash("three blind mice")) == YES


def test_hash_of_other_rounds_opens_and_asks_to_be_renewed() -> None:
    stored = PasswordHasher(5, PEPPER).hash("three blind mice")
    assert hasher.verify("three blind mice", stored) == OUTDATED


def test_lost_pepper_is_a_503_and_the_log_names_the_setting(caplog: pytest.LogCaptureFixture) -> None:
    stored = PasswordHasher(4, b"lost").hash("three blind mice")
    present = PasswordHasher(4, PEPPER)
    with caplog.at_level(logging.ERROR):
        for _ in range(2):
            with pytest.raises(PasswordPepperMissing) as refusal:
                present.verify("three blind mice", stored)
    assert refusal.value.status == 503
    # Once for each pepper, however many come.
    (told,) = [each.getMessage() for each in caplog.records]
    assert "PASSWORD_PEPPER_FALLBACKS" in told
    assert stored.pepper_version in told


@pytest.mark.parametrize("damage", [{"value": "$2b$04$short"}, {"value": ""}, {"scheme": "md5"}])
def test_unreadable_hash_is_refused_like_a_wrong_password(damage: dict[str, str]) -> None:
    stored = dataclasses.replace(hasher.hash("three blind mice"), **damage)
    assert hasher.verify("three blind mice", stored) == NO


def test_unknown_account_costs_one_check_of_the_same_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    careful = PasswordHasher(6, PEPPER)
    stored = careful.hash("three blind mice")
    paid = costs_paid(monkeypatch)
    careful.verify("wrong", stored)
    careful.verify("wrong", None)
    careful.verify("wrong", PasswordHash("damaged", stored.scheme, stored.pepper_version))
    assert paid == [6, 6, 6]


def test_wrong_password_for_a_cheaper_old_hash_costs_as_much_as_for_a_new_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    careful = PasswordHasher(8, PEPPER)
    stored = PasswordHasher(5, PEPPER).hash("three blind mice")
    paid = costs_paid(monkeypatch)
    careful.verify("wrong", stored)
    assert sum(2**rounds for rounds in paid) == 2**8


def test_pepper_version_does_not_reveal_the_pepper_and_an_empty_pepper_is_refused() -> None:
    assert len(pepper_version(PEPPER)) == 8
    assert pepper_version(PEPPER) not in PEPPER.hex()
    with pytest.raises(ValueError, match="must not be empty"):
        PasswordHasher(4, PEPPER, (b"",))


def test_wrong_password_of_a_cheaper_imported_hash_takes_as_long_as_any_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dear = PasswordHasher(6, PEPPER)
    wrapped = dear.wrap(bcrypt.hashpw(b"three blind mice", bcrypt.gensalt(4)).decode())
    paid = costs_paid(monkeypatch)
    assert dear.verify("four blind mice", wrapped) == NO
    # The hash itself, of 4 rounds, is made by another function of the library.
    assert paid == [4, 5]


def test_imported_hash_matches_once_and_asks_to_be_made_anew() -> None:
    wrapped = hasher.wrap(bcrypt.hashpw(b"three blind mice", bcrypt.gensalt(4)).decode())
    assert hasher.verify("three blind mice", wrapped) == OUTDATED


@pytest.mark.parametrize("typed", ["", "\ud800", "\x00", "x" * 1_001])
def test_what_no_password_can_be_does_not_match_an_imported_hash(typed: str) -> None:
    wrapped = hasher.wrap(bcrypt.hashpw(b"three blind mice", bcrypt.gensalt(4)).decode())
    assert hasher.verify(typed, wrapped) == NO
