"""No form of a key comes through, however the text is cut; everything else does, unchanged and at once."""

from __future__ import annotations

import html
import json
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.connections.masking import Mask, forms_of, mask_text

KEY = "sk_test-4eC39/\"Hq&<LyjW'Da+rjtT1z=="
# As these write it in JSON and in HTML.
GSON = {'"': '\\"', **{each: f"\\u{ord(each):04x}" for each in "<>&='"}}
MUSTACHE = {"&": "&amp;", "<": "&lt;", '"': "&quot;", "'": "&#39;", "/": "&#x2F;", "=": "&#x3D;"}
HANDLEBARS = {"&": "&amp;", "<": "&lt;", '"': "&quot;", "'": "&#x27;", "=": "&#x3D;"}
DOTNET = {"&": "&amp;", "<": "&lt;", '"': "&quot;", "'": "&#x27;", "+": "&#x2B;"}


def spelt(words: dict[str, str]) -> str:
    return "".join(words.get(each, each) for each in KEY)


KEYS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=8, max_size=24)
# Few letters, so that beginnings of the key, and keys within keys, come up all the time.
KNOTTY_KEYS = st.text("ab", min_size=8, max_size=12)
CUTS = st.lists(st.integers(1, 12), max_size=40)


def in_pieces(forms: frozenset[bytes], text: bytes, cuts: list[int]) -> tuple[bytes, int]:
    mask, shown, place = Mask(forms), b"", 0
    for cut in cuts:
        shown += mask.feed(text[place : place + cut])
        place += cut
    shown += mask.feed(text[place:]) + mask.finish()
    return shown, mask.masked


def by_definition(forms: frozenset[bytes], text: bytes) -> bytes:
    """Every byte is a star that lies in any form that stands in the whole text."""
    lowered, shown = text.lower(), bytearray(text)
    for form in {each.lower() for each in forms}:
        for place in range(len(text) - len(form) + 1):
            if lowered.startswith(form, place):
                shown[place : place + len(form)] = b"*" * len(form)
    return bytes(shown)


@given(key=KNOTTY_KEYS, text=st.text("abAB", max_size=60), cuts=CUTS)
def test_any_cut_masks_what_masking_the_whole_does(key: str, text: str, cuts: list[int]) -> None:
    forms = frozenset({key.encode(), key[::-1].encode() + b"a"})
    assert in_pieces(forms, text.encode(), cuts)[0] == by_definition(forms, text.encode())


@given(key=KEYS, texts=st.lists(st.binary(max_size=20), max_size=4), cuts=CUTS, data=st.data())
def test_no_form_survives_and_the_length_stays(
    key: str, texts: list[bytes], cuts: list[int], data: st.DataObject
) -> None:
    forms = forms_of(key, "user")
    chosen = [data.draw(st.sampled_from(sorted(forms))) for _ in texts]
    text = b"".join(part for pair in zip(texts, chosen, strict=True) for part in pair)
    shown, masked = in_pieces(forms, text, cuts)
    assert len(shown) == len(text)
    assert not any(form.lower() in shown.lower() for form in forms)
    assert (masked > 0) == bool(chosen)


@given(text=st.binary(max_size=200), cuts=CUTS)
def test_text_without_the_key_is_unchanged(text: bytes, cuts: list[int]) -> None:
    assert in_pieces(forms_of("correct-horse-battery"), text, cuts) == (text, 0)


@given(text=st.text("abc \n\x80", max_size=40), key=KNOTTY_KEYS, cuts=CUTS)
def test_what_is_held_back_tells_nothing_of_the_key_but_its_length(
    text: str, key: str, cuts: list[int]
) -> None:
    key_mask, other_mask, place = Mask({key.encode()}), Mask({b"z" * len(key)}), 0
    for cut in [*cuts, len(text)]:
        piece = text[place : place + cut].encode()
        assert len(key_mask.feed(piece)) == len(other_mask.feed(piece))
        place += cut


@pytest.mark.parametrize("end", ["\n", "\n\n", " ", "\r", "\t", "\u00e4"])
def test_piece_that_ends_a_word_goes_on_at_once(end: str) -> None:
    piece = f"data: {KEY[:9]}{end}".encode()
    assert Mask(forms_of(KEY)).feed(piece) == piece


@pytest.mark.parametrize(
    "echo",
    [
        KEY,
        KEY.upper(),
        f"Bearer {KEY}",
        quote(KEY, safe=""),
        quote_plus(KEY),
        quote(KEY, safe="").lower(),
        "".join(f"%{ord(each):02x}" for each in KEY),
        json.dumps(KEY),
        json.dumps(KEY).replace("/", "\\/"),
        json.dumps(KEY).replace("&", "\\u0026").replace("<", "\\u003c"),
        html.escape(KEY),
        html.escape(KEY).replace("&#x27;", "&#39;"),
        b64encode(KEY.encode()).decode(),
        urlsafe_b64encode(KEY.encode()).decode(),
        b64encode(f"ada:{KEY}".encode()).decode(),
        KEY.encode().hex(),
        KEY.encode().hex().upper(),
        spelt(GSON),
        spelt(MUSTACHE),
        spelt(HANDLEBARS),
        spelt(DOTNET),
    ],
)
def test_form_of_the_key_is_masked(echo: str) -> None:
    shown = mask_text(forms_of(KEY, "ada"), f"you sent <{echo}> to us")
    left = shown.removeprefix("you sent <").removesuffix("> to us")
    assert len(left) == len(echo)
    assert left.strip('*="').removeprefix("Bearer ") == ""


@pytest.mark.parametrize("before", ["", "x", "xy", "authorization: bearer "])
def test_key_inside_a_longer_text_in_base64_is_masked(before: str) -> None:
    encoded = b64encode(f"{before}{KEY} and more".encode()).decode()
    shown = mask_text(forms_of(KEY), encoded)
    # At either end up to a character and a half belong to the neighbours as well.
    assert shown.count("*") >= len(KEY) * 4 // 3 - 2


def test_key_in_utf_16_is_masked() -> None:
    text = f"key={KEY}"
    shown, masked = in_pieces(forms_of(KEY), text.encode("utf-16"), [7, 9])
    assert masked
    assert KEY not in shown.decode("utf-16", "replace")
