"""What people write on one line."""

from __future__ import annotations

import pytest

from webapp.core.errors import InvalidInput
from webapp.core.one_line import require_one_line

EMPTY = "Write a name."
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


def refusal(value: str, *, may_join: bool = False) -> str:
    with pytest.raises(InvalidInput) as problem:
        require_one_line(value, "name", most=5, empty=EMPTY, may_join=may_join)
    return (problem.value.fields or {})["name"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("  a \t\n b ", "a b"), ("a\u00a0b", "a b"), ("e\u0301t", "\u00e9t"), ("12345", "12345")],
)
def test_line_is_kept_with_single_spaces_in_one_unicode_form(typed: str, kept: str) -> None:
    assert require_one_line(typed, "name", most=5, empty=EMPTY) == kept


@pytest.mark.parametrize("typed", ["", " ", "\u2003\n"])
def test_line_on_which_nothing_stands_is_refused_in_the_words_of_the_field(typed: str) -> None:
    assert refusal(typed) == EMPTY


def test_line_of_nothing_but_joiners_is_as_good_as_empty() -> None:
    assert refusal("\u200d \u200d", may_join=True) == EMPTY


def test_line_of_one_character_too_many_is_refused_with_the_number() -> None:
    assert refusal("123456") == "Use at most 5 characters."


@pytest.mark.parametrize("sign", ["\x00", "\u202e", "\u2066", "\u200b", "\ue000", "\ud800"])
@pytest.mark.parametrize("may_join", [False, True])
def test_sign_that_could_disguise_a_name_is_refused(sign: str, may_join: bool) -> None:
    assert refusal(f"a{sign}b", may_join=may_join) == "Leave out invisible and control characters."


def test_joined_emoji_stand_only_where_they_may() -> None:
    assert require_one_line(FAMILY, "name", most=5, empty=EMPTY, may_join=True) == FAMILY
    assert refusal(FAMILY) == "Leave out invisible and control characters."
