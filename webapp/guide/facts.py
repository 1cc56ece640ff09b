"""What the guide says with numbers: the settings in force that every visitor may know, and the moments they lead to.

Each of these shows in an answer anyway: in a token, a cookie, a header, or how long something takes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp.config import current_settings
from webapp.keys.timing import publication_wait, verification_wait
from webapp.sessions.limits import ADMINISTRATOR_ABSOLUTE, ADMINISTRATOR_IDLE
from webapp.sessions.service import MOST_SESSIONS
from webapp.sessions.standing import PROOF_LIFETIME
from webapp.tokens.refresh import timing
from webapp.tokens.verifier import ACCESS_TOKEN_TYPE, CLIENT_ID, LEEWAY

if TYPE_CHECKING:
    from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and durations. `lost_after`: from when an answer that nobody used counts as lost (W + 2D)."""

    issuer: str
    audience: str
    client_id: str
    token_type: str
    algorithm: str
    access_lifetime: timedelta
    refresh_lifetime: timedelta
    idle_limit: timedelta
    absolute_limit: timedelta
    administrator_idle: timedelta
    administrator_absolute: timedelta
    proof_lifetime: timedelta
    most_sessions: int
    overlap: timedelta
    deadline: timedelta
    settled: timedelta
    lost_after: timedelta
    leeway: timedelta
    keys_cached: timedelta
    key_published_for: timedelta
    key_verifies_for: timedelta
    key_interval: timedelta | None
    binds: bool
    wants_nonce: bool


def list_facts() -> Facts:
    """As they are now."""
    settings, rule = current_settings(), timing()
    return Facts(
        issuer=settings.public_url,
        audience=settings.jwt_audience,
        client_id=CLIENT_ID,
        token_type=ACCESS_TOKEN_TYPE,
        algorithm=settings.jwt_algorithm,
        access_lifetime=settings.access_token_lifetime,
        refresh_lifetime=settings.refresh_token_lifetime,
        idle_limit=settings.session_idle_limit,
        absolute_limit=settings.session_absolute_limit,
        administrator_idle=ADMINISTRATOR_IDLE,
        administrator_absolute=ADMINISTRATOR_ABSOLUTE,
        proof_lifetime=PROOF_LIFETIME,
        most_sessions=MOST_SESSIONS,
        overlap=rule.overlap,
        deadline=rule.deadline,
        settled=rule.settled,
        lost_after=rule.overlap + 2 * rule.deadline,
        leeway=LEEWAY,
        keys_cached=settings.jwks_max_age,
        key_published_for=publication_wait(),
        key_verifies_for=verification_wait(),
        key_interval=settings.key_rotation_interval,
        # With front ends of other origins, no session is bound to one of them.
        binds=not settings.cors_origins,
        wants_nonce=settings.require_dpop_nonce,
    )
