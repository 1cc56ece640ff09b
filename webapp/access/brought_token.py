"""Whether a request brings a token that we have signed, asked in front of Flask: before its body is taken in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.infra.kept_settings import put_to_work
from webapp.tokens.access import verify_access_token

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

    from webapp.core.parts import Parts


def brings_good_token(environ: WSGIEnvironment, parts: Parts) -> bool:
    """By signature and time alone. Whether its session is open, and what it may do, is for the guard to say."""
    _scheme, _, text = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if not text or not put_to_work(parts):
        return False
    try:
        verify_access_token(text.strip())
    except Exception:  # noqa: BLE001 - the guard meets it again, and knows how to answer
        return False
    return True
