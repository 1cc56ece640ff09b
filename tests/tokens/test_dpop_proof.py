"""Which proofs of possession are taken: those of RFC 9449 itself, and what it leaves to their maker."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.tokens.dpop_key import DpopKey
from webapp.core import clock as the_clock
from webapp.tokens.dpop import Proof, verify_proof
from webapp.tokens.errors import InvalidDpopProof

if TYPE_CHECKING:
    import time_machine

URL = "https://accounts.example.org/api/v2/refresh"
# RFC 9449, figures 2 and 12, with the key, thumbprint and token that its examples share.
HEADER = (
    "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJo"
    "RjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19"
)
TOKEN_REQUEST = (
    f"{HEADER}.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2Vu"
    "IiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg"
)
RESOURCE_REQUEST = (
    f"{HEADER}.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90"
    "ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9"
    ".2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA"
)
TOKEN = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"
THUMBPRINT = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"


def verify(text: str, url: str = URL, method: str = "POST", later: float = 0) -> Proof:
    return verify_proof(text, method=method, url=url, now=the_clock.now() + timedelta(seconds=later))


def test_proofs_of_the_standard_are_taken_at_their_time() -> None:
    first = verify_proof(
        TOKEN_REQUEST,
        method="POST",
        url="https://server.example.com/token",
        now=datetime.fromtimestamp(1562262616, UTC),
    )
    second = verify_proof(
        RESOURCE_REQUEST,
        method="GET",
        url="https://resource.example.org/protectedresource",
        access_token=TOKEN,
        now=datetime.fromtimestamp(1562262618, UTC),
    )
    assert first == Proof(THUMBPRINT, "-BwC3ESc6acc2lTc", 1562262616, None)
    assert (second.thumbprint, second.token_id) == (THUMBPRINT, "e1j3V_bKic8-LAEB")


def test_proof_tells_its_key_its_name_its_time_and_its_nonce(clock: time_machine.Traveller) -> None:
    key = DpopKey()
    proof = verify(key.proof("POST", URL, nonce="n-1", jti="p-1"))
    assert proof == Proof(key.thumbprint, "p-1", int(the_clock.now().timestamp()), "n-1")


@pytest.mark.parametrize(
    ("named", "called"),
    [
        (URL + "?a=b#c", URL),
        ("HTTPS://Accounts.Example.ORG/api/v2/refresh", URL),
        ("https://accounts.example.org:443/api/v2/refresh", URL),
        ("https://accounts.example.org:/api/v2/refresh", URL),
        ("https://accounts.example.org/%61pi/v2/refresh", URL),
        ("https://accounts.example.org", "https://accounts.example.org/"),
        ("http://localhost:80/a", "http://localhost/a"),
        ("https://[::1]:8443/a", "https://[::1]:8443/a"),
        ("https://a.example/%F0%9F%98%80%20x", "https://a.example/%f0%9f%98%80%20x"),
    ],
)
def test_address_counts_in_every_spelling_of_the_same_place(named: str, called: str) -> None:
    assert verify(DpopKey().proof("POST", named), called).thumbprint


def test_proof_counts_for_a_minute_on_either_side_of_its_time(clock: time_machine.Traveller) -> None:
    text = DpopKey().proof("POST", URL)
    for later in (-60, 0, 60):
        assert verify(text, later=later).thumbprint
    for later in (-61, 61):
        with pytest.raises(InvalidDpopProof):
            verify(text, later=later)


def test_claims_that_are_nobodys_business_are_passed_over_and_times_are_kept(
    clock: time_machine.Traveller,
) -> None:
    key, moment = DpopKey(), int(the_clock.now().timestamp())
    assert verify(
        key.proof("POST", URL, iss="x", aud=["y"], exp=moment + 5, nbf=moment, ath="of another")
    ).thumbprint
    for times in ({"exp": moment - 61}, {"nbf": moment + 61}, {"exp": "soon"}, {"exp": None}):
        with pytest.raises(InvalidDpopProof):
            verify(key.proof("POST", URL, **times))


def test_proof_made_as_the_documents_say_is_taken() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "bound-tokens.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    written: dict[str, Any] = {}
    exec(block, written)
    key = DpopKey()
    proof = written["make_proof"](key.private, "POST", URL, "a.b.c", "n-1")
    taken = verify_proof(proof, method="POST", url=URL, access_token="a.b.c", now=the_clock.now())
    assert (taken.thumbprint, taken.nonce) == (key.thumbprint, "n-1")
