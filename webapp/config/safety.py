"""What is unsafe to run with, each with its cure."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from webapp.config.folders import database_file
from webapp.core.role_names import is_role_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from webapp.config.settings import Settings

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_DATABASES = frozenset({"sqlite", "postgres", "postgresql", "postgresql+psycopg"})
_LIMIT_STORES = frozenset({"redis", "rediss", "redis+unix", "valkey", "valkeys", "valkey+unix"})
_SHORTEST_SECRET = 32
COOKIE_REACHES_DISK = timedelta(seconds=30)
# How long until every node goes by a change of the keys: 5 seconds for its copy of them, 10 for its clock.
KEYS_SETTLE = timedelta(seconds=15)
_FEWEST_CHARACTERS = 12
# Printable, so that it stays one line of security.txt (RFC 9116, section 2.5.3).
_CONTACT = re.compile(r"(?:mailto:[!-~]+@[!-~]+|https://[!-~]+)")


def list_unsafe(settings: Settings, environ: Mapping[str, str]) -> list[str]:
    """Every reason not to start; some hold everywhere, most in production."""
    found = [*_addresses(settings), *_stores(settings), *_durations(settings), *_roles(settings)]
    if settings.in_production:
        found += [*_secrets(settings), *_plain_origins(settings), *_production(settings, environ)]
    return found


def _addresses(settings: Settings) -> Iterator[str]:
    try:
        url = urlsplit(settings.public_url)
        host, _ = url.hostname or "", url.port
    except ValueError:
        url, host = urlsplit(""), ""
    if (
        url.scheme not in {"http", "https"}
        or not host
        or url.path
        or url.query
        or url.fragment
        or url.username
    ):
        yield "PUBLIC_URL must be a scheme and a host only, such as https://accounts.example.org"
    elif url.scheme == "http" and host not in LOOPBACK_NAMES:
        yield (
            f"PUBLIC_URL is plain http on {host}: browsers keep our cookies only over https. "
            "Use https, or http://localhost while developing."
        )
    if any(network.prefixlen == 0 for network in settings.trusted_proxies):
        yield "TRUSTED_PROXIES trusts every address, so anyone could choose theirs. Name your proxies' networks."
    if any("*" in host for host in settings.trusted_hosts):
        yield "TRUSTED_HOSTS must name hosts; a leading dot allows the hosts below it. Remove the asterisk."
    if settings.security_contact is not None and not _CONTACT.fullmatch(settings.security_contact):
        yield "SECURITY_CONTACT must be such as mailto:security@example.org or https://example.org/security"


def _stores(settings: Settings) -> Iterator[str]:
    try:
        driver = make_url(settings.database_url).drivername
    except (ArgumentError, ValueError):
        driver = ""
    if driver not in _DATABASES or (driver == "sqlite" and database_file(settings.database_url) is None):
        yield (
            "DATABASE_URL must be sqlite:////path/to/latchkey.db or postgresql://user:password@host/database, "
            "with special characters percent-encoded."
        )
    try:
        redis = urlsplit(settings.redis_url or "redis:")
        scheme, _ = redis.scheme, redis.port
    except ValueError:
        scheme = ""
    if scheme not in _LIMIT_STORES:
        yield "REDIS_URL must be such as redis://:password@host:6379/0, or rediss:// for TLS."


def _durations(settings: Settings) -> Iterator[str]:
    if settings.refresh_deadline > settings.refresh_overlap:
        yield "REFRESH_DEADLINE must not be longer than REFRESH_OVERLAP."
    if settings.access_token_lifetime > settings.refresh_token_lifetime:
        yield "ACCESS_TOKEN_LIFETIME must not be longer than REFRESH_TOKEN_LIFETIME."
    if settings.refresh_token_lifetime > settings.session_absolute_limit:
        yield "REFRESH_TOKEN_LIFETIME must not be longer than SESSION_ABSOLUTE_LIMIT."
    least = 2 * (settings.refresh_overlap + settings.refresh_deadline)
    if settings.access_token_lifetime < least:
        yield f"ACCESS_TOKEN_LIFETIME must be at least {int(least.total_seconds())}, or renewal comes too late."
    interval, published = settings.key_rotation_interval, settings.jwks_max_age + KEYS_SETTLE
    if interval is not None and interval < published:
        yield (
            f"KEY_ROTATION_INTERVAL must be at least {int(published.total_seconds())}: "
            "JWKS_MAX_AGE and 15 seconds, for which a key is published before it signs."
        )


def _roles(settings: Settings) -> Iterator[str]:
    """Which roles there are is known to the database alone; accounts/roles tells of one that is named and not there."""
    if not all(map(is_role_name, settings.require_mfa_for)):
        yield "REQUIRE_MFA_FOR must name roles, separated by commas, such as administrator, support."


def _secrets(settings: Settings) -> Iterator[str]:
    present = {
        "SECRET_KEY": settings.secret_key.get_secret_value(),
        "ENCRYPTION_KEY": settings.encryption_key.get_secret_value(),
        "PASSWORD_PEPPER": settings.password_pepper.get_secret_value(),
    }
    # A fallback opens and verifies as much as the secret it preceded.
    former = {
        "SECRET_KEY_FALLBACKS": settings.secret_key_fallbacks,
        "ENCRYPTION_KEY_FALLBACKS": settings.encryption_key_fallbacks,
        "PASSWORD_PEPPER_FALLBACKS": settings.password_pepper_fallbacks,
    }
    every = [
        *present.items(),
        *((name, one.get_secret_value()) for name, each in former.items() for one in each),
    ]
    for name, value in every:
        if len(value) < _SHORTEST_SECRET or len(set(value)) < _FEWEST_CHARACTERS:
            yield (
                f"{name} is too short or too regular. "
                "Make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
            )
    if len(set(present.values())) < len(present):
        yield "SECRET_KEY, ENCRYPTION_KEY and PASSWORD_PEPPER must differ from each other. Make one for each purpose."


def _plain_origins(settings: Settings) -> Iterator[str]:
    for origin in settings.cors_origins:
        if origin.startswith("http://") and urlsplit(origin).hostname not in LOOPBACK_NAMES:
            yield f"CORS_ORIGINS lists {origin}: anyone on the way could speak as it. Use https in production."


def _production(settings: Settings, environ: Mapping[str, str]) -> Iterator[str]:
    if urlsplit(settings.public_url).scheme == "http":
        yield "PUBLIC_URL must begin with https:// in production."
    if settings.bcrypt_rounds < 12:
        yield "BCRYPT_ROUNDS must be 12 or more in production."
    if settings.access_token_lifetime > timedelta(hours=1):
        yield "ACCESS_TOKEN_LIFETIME must be at most 3600 in production."
    if settings.refresh_token_lifetime > timedelta(days=30):
        yield "REFRESH_TOKEN_LIFETIME must be at most 2592000 (30 days) in production."
    if settings.refresh_overlap < 2 * settings.refresh_deadline + COOKIE_REACHES_DISK:
        # docs/decisions/0002-refresh-rule.md: below this, a lost answer and a crash can sign an honest person out.
        yield "REFRESH_OVERLAP must be at least 30 seconds more than twice REFRESH_DEADLINE in production."
    if settings.refresh_deadline < timedelta(seconds=15):
        yield "REFRESH_DEADLINE must be at least 15 in production: the browser client waits 12 seconds for an answer."
    yield from _production_keys(settings)
    if settings.log_level == "DEBUG":
        yield "LOG_LEVEL must not be DEBUG in production: it writes more than a log may keep."
    if environ.get("FLASK_DEBUG", "0").lower() not in {"", "0", "false", "no"}:
        yield "FLASK_DEBUG is set. Its debugger runs code for anyone who finds it; remove it in production."


def _production_keys(settings: Settings) -> Iterator[str]:
    if settings.jwks_max_age > timedelta(days=1):
        yield "JWKS_MAX_AGE must be at most 86400 in production: so long other services trust a key that was revoked."
    if settings.key_rotation_interval is not None and settings.key_rotation_interval < timedelta(days=1):
        yield "KEY_ROTATION_INTERVAL must be at least 86400 in production: others fetch the keys anew each time."
