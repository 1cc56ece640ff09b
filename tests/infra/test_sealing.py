"""Sealed values open where they were made, with the key they were made with, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.infra.sealing import SealBroken, Sealer, derive_key

SEALER = Sealer("the present key")
SEALED = SEALER.seal(b"a private key", "signing_keys.1")


@given(plain=st.binary(max_size=200), context=st.text(max_size=40))
def test_sealed_value_opens_in_its_context(plain: bytes, context: str) -> None:
    assert SEALER.unseal(SEALER.seal(plain, context), context) == plain


def test_sealed_value_moved_to_another_row_does_not_open() -> None:
    with pytest.raises(SealBroken):
        SEALER.unseal(SEALED, "signing_keys.2")


@given(bit=st.integers(0, 8 * len(SEALED) - 1))
def test_any_changed_bit_keeps_it_shut(bit: int) -> None:
    changed = bytearray(SEALED)
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SealBroken):
        SEALER.unseal(bytes(changed), "signing_keys.1")


@given(length=st.integers(0, len(SEALED) - 1))
def test_any_cut_keeps_it_shut(length: int) -> None:
    with pytest.raises(SealBroken):
        SEALER.unseal(SEALED[:length], "signing_keys.1")


def test_foreign_key_does_not_open_it() -> None:
    with pytest.raises(SealBroken) as broken:
        Sealer("another key").unseal(SEALED, "signing_keys.1")
    assert broken.value.status == 503


def test_former_key_opens_and_the_present_one_seals() -> None:
    renewed = Sealer("the next key", ("something older", "the present key"))
    assert renewed.unseal(SEALED, "signing_keys.1") == b"a private key"
    with pytest.raises(SealBroken):
        SEALER.unseal(renewed.seal(b"x", "c"), "c")


def test_sealing_twice_gives_two_values() -> None:
    assert SEALER.seal(b"same", "c") != SEALER.seal(b"same", "c")


def test_sealed_value_says_nothing_of_what_it_holds() -> None:
    assert b"private" not in SEALED
    assert "the present key" not in repr(SEALER)


def test_keys_for_two_purposes_have_nothing_in_common() -> None:
    assert derive_key("secret", "sealing") != derive_key("secret", "limits")
    assert len(derive_key("secret", "sealing", 64)) == 64
