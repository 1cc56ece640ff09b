"""Names and addresses: what is accepted, what is one and the same, and what could deceive."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.accounts.names import (
    address_key,
    require_address,
    require_display_name,
    require_username,
    username_key,
)
from webapp.core.errors import InvalidInput


@pytest.mark.parametrize("name", ["ada", "Ada.L", "a1", "x" * 40, "0_o", "  ada \n"])
def test_username_is_kept_as_it_was_typed(name: str) -> None:
    assert require_username(name) == name.strip()


@pytest.mark.parametrize(
    "name",
    [
        *("", " ", "a", "x" * 41, ".ada", "ada.", "a da", "a@b", "\u0430da", "a\nb", "a\0b", "ada\u200d"),
        *("\ufb01n", "a/b", "\ud800a", "x" * 100_000),
    ],
)
def test_username_that_could_deceive_or_break_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        require_username(name)
    assert list(refused.value.fields or {}) == ["username"]


def complaints(require: Callable[[str], object], text: str) -> list[str]:
    try:
        require(text)
    except InvalidInput as refused:
        return list((refused.fields or {"": ""}).values())
    return []


@given(st.text(max_size=60))
def test_any_text_is_a_name_or_is_refused_in_words(text: str) -> None:
    found = [complaints(each, text) for each in (require_username, require_display_name, require_address)]
    assert all(words.endswith(".") for each in found for words in each)


def test_usernames_are_compared_without_case_and_space() -> None:
    assert username_key(" Ada ") == username_key("ada")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("  Ada   Lovelace\t", "Ada Lovelace"),
        ("e\u0301", "é"),
        ("日本 太郎", "日本 太郎"),
        ("\U0001f469\u200d\U0001f680", "\U0001f469\u200d\U0001f680"),
        ("x" * 80, "x" * 80),
        ("a\r\nb", "a b"),
    ],
)
def test_display_name_is_shown_as_meant(name: str, shown: str) -> None:
    assert require_display_name(name) == shown


@pytest.mark.parametrize(
    "name",
    [
        "",
        "\t\n",
        "x" * 81,
        "\u200d",
        "a\u200bb",
        "a\u202eb",
        "\ufeffa",
        "a\0",
        "a\x1b[31m",
        "\ud800",
        "\ue000",
        "\u2066a",
    ],
)
def test_display_name_that_hides_something_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        require_display_name(name)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada@Example.ORG", "ada@example.org"),
        (" ada@example.org ", "ada@example.org"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("zoe\u0301@example.org", "zoé@example.org"),
    ],
)
def test_addresses_that_reach_one_mailbox_have_one_key(one: str, other: str) -> None:
    assert address_key(one) == address_key(other) is not None


@pytest.mark.parametrize(
    "other", ["ada+x@example.org", "a.da@example.org", "ada@example.com", "ada@mail.example.org"]
)
def test_addresses_that_may_be_other_peoples_differ(other: str) -> None:
    assert address_key(other) != address_key("ada@example.org")


@pytest.mark.parametrize(
    "address",
    [
        *(
            "",
            "ada",
            "@",
            "ada@",
            "@example.org",
            "a@b@c.org",
            "ada@exa mple.org",
            "ada\n@example.org",
            "ada@-x.org",
        ),
        *("x" * 300, "x" * 250 + "@e.org", "ada@example.org\0", "ada@[127.0.0.1]", '"a b"@example.org'),
        "a@b\r\nBcc: c@d.org",
    ],
)
def test_what_is_no_address_is_refused_and_has_no_key(address: str) -> None:
    assert address_key(address) is None
