"""Whether whoever sends a token may: v1 takes plain tokens, v2 bound ones with a proof of their key (RFC 9449)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

from flask import after_this_request, request

from webapp.config import current_settings
from webapp.core import clock
from webapp.infra.database import unit_aside
from webapp.tokens.dpop import verify_proof
from webapp.tokens.dpop_nonces import check_nonce
from webapp.tokens.errors import InvalidDpopProof, InvalidToken, TokenMissing, UseDpopNonce
from webapp.tokens.seen_proofs import spend_proof
from webapp.web.limits import spare_attempt
from webapp.web.versions import binds_senders

if TYPE_CHECKING:
    from flask import Response

    from webapp.tokens.access import AccessClaims
    from webapp.tokens.dpop import Proof

PROOF_HEADER: Final = "DPoP"
NONCE_HEADER: Final = "DPoP-Nonce"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def read_authorization() -> tuple[str, str]:
    """Scheme, in lower case, and token of the Authorization header. Raises TokenMissing for the other version's."""
    wanted = "dpop" if binds_senders() else "bearer"
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if not text or scheme.lower() != wanted:
        raise TokenMissing(TokenMissing.bound_message if wanted == "dpop" else None)
    return wanted, text.strip()


def require_sender(
    scheme: str, claims: AccessClaims, *, method: str | None = None, url: str | None = None
) -> None:
    """Refuse a bound token that comes as a plain one, the other way round, and any without its key's proof.

    `method` and `url` are those of the call the proof was made for: this one where none are given, or the one that a
    trusted proxy asks about. Raises InvalidToken, InvalidDpopProof, UseDpopNonce (RFC 9449, section 7).
    """
    if (scheme == "dpop") != (claims.key_thumbprint is not None):
        raise InvalidToken
    if scheme != "dpop":
        return
    proof = require_proof(method=method, url=url, access_token=read_authorization()[1])
    if proof.thumbprint != claims.key_thumbprint:
        raise InvalidDpopProof
    # A safe call repeated tells its sender nothing new; it is spared the write.
    if (method or request.method) not in _SAFE:
        with unit_aside():
            spend_proof(proof)


def require_proof(
    *, method: str | None = None, url: str | None = None, access_token: str | None = None
) -> Proof:
    """The proof that came along, made for this call and not yet spent. Raises InvalidDpopProof, UseDpopNonce.

    The address it must name is built from PUBLIC_URL: a Host header is for its sender to choose.
    """
    proof = verify_proof(
        request.headers.get(PROOF_HEADER, ""),
        method=method or request.method,
        url=url or current_settings().public_url + quote(request.path),
        alias=None if url else _other_address(),
        access_token=access_token,
        now=clock.now(),
    )
    try:
        fresh = check_nonce(proof)
    except UseDpopNonce:
        # A right step that only needs another: it must not use up anybody's attempts.
        spare_attempt()
        raise
    if fresh is not None:
        _hand_out(fresh)
    return proof


def _other_address() -> str | None:
    """The call under another of the installation's own names (TRUSTED_HOSTS), where it was sent to one.

    Scheme and port are those of PUBLIC_URL all the same: only names are configured.
    """
    public = urlsplit(current_settings().public_url)
    if request.host == public.netloc:
        return None
    called = urlsplit(f"//{request.host}").hostname or ""
    name = f"[{called}]" if ":" in called else called
    port = "" if public.port is None else f":{public.port}"
    return f"{public.scheme}://{name}{port}{quote(request.path)}"


def _hand_out(nonce: str) -> None:
    @after_this_request
    def add(response: Response) -> Response:
        response.headers.setdefault(NONCE_HEADER, nonce)
        return response
