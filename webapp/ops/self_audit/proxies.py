"""Checks of the reverse proxies: whether the addresses that limits and the audit go by are those of visitors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from webapp.config.safety import LOOPBACK_NAMES
from webapp.ops.self_audit.findings import (
    Check,
    Finding,
    Group,
    NotAsked,
    passed,
    warned,
    worse_in_production,
)
from webapp.ops.self_audit.way_in import FOR, FORWARDED, HOST, PROTO, WayIn

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

    from webapp.ops.self_audit.evidence import Evidence

# The shortest prefixes that what is one operator's may need: the largest private network, and a site's own.
SHORTEST_PREFIX: Final = {4: 8, 6: 32}
_WIDE_PUBLIC: Final = {4: 16, 6: 32}
_CLEAR: Final = "Have the proxy set it. In nginx: proxy_set_header"


def check_trust(evidence: Evidence) -> Finding:
    """TRUSTED_PROXIES by itself: whether it is there, and so narrow that no visitor is in it."""
    settings = evidence.settings
    networks = settings.trusted_proxies
    if not networks:
        if urlsplit(settings.public_url).scheme == "https":
            return worse_in_production(
                settings.in_production,
                "PUBLIC_URL is https, which a reverse proxy serves, but TRUSTED_PROXIES names none: everybody has the "
                "address of the proxy, and shares its limits.",
                "Set TRUSTED_PROXIES to the address of the proxy, such as 10.0.0.2/32.",
            )
        return passed("No proxy is trusted: the address of a visitor is that of their connection.")
    wide = [str(each) for each in networks if _is_wide(each)]
    if wide:
        return worse_in_production(
            settings.in_production,
            f"TRUSTED_PROXIES is wide ({', '.join(wide)}): whoever connects from there chooses their address.",
            "Name the addresses of your proxies, and no more.",
        )
    return passed(f"Forwarded addresses are believed from {', '.join(map(str, networks[:6]))} alone.")


def check_address(evidence: Evidence) -> Finding:
    """Whose address this request has."""
    way, settings = evidence.of(WayIn), evidence.settings
    if not way.is_believed:
        return _check_unbelieved(evidence, way)
    if not way.has(FOR):
        return worse_in_production(
            settings.in_production,
            f"The proxy at {way.peer} is trusted, but does not say for whom it asks: everybody has its address.",
            f"{_CLEAR} X-Forwarded-For $remote_addr;",
        )
    if way.is_wholly_trusted:
        return warned(
            f"{way.address}, where the request begins, is in TRUSTED_PROXIES itself: whoever is there may choose "
            "another address, or the chain has no end that can be read.",
            "Name the addresses of your proxies alone, and see that each of them adds the address it sees.",
        )
    named = f"{way.address} is the visitor's, which the trusted proxy at {way.peer} names."
    if way.kind == "private":
        named += " It is of a private network: where visitors come from outside, it is a further proxy to be added."
    return passed(named)


def _check_unbelieved(evidence: Evidence, way: WayIn) -> Finding:
    settings = evidence.settings
    if way.has(FOR) or way.has(FORWARDED):
        return worse_in_production(
            settings.in_production,
            f"Somebody at {way.peer} names another address, and is not believed. If that is your proxy, everybody "
            "behind it has its address, and shares its limits.",
            f"If it is your proxy, add it: TRUSTED_PROXIES={_single(way.peer)}. If it is not, nothing is to be done.",
        )
    if settings.trusted_proxies:
        return warned(
            f"This request came straight from {way.peer}, past the proxies that TRUSTED_PROXIES names.",
            "Let only the proxies reach HOST and PORT, or add this one to TRUSTED_PROXIES.",
        )
    if way.kind in {"public", "this machine"}:
        return passed(f"{way.address} is at the other end of the connection, without a proxy that says so.")
    return warned(
        f"{way.address} is an address of a private network: a visitor in yours, or a proxy that says nothing.",
        f"If it is a proxy, set TRUSTED_PROXIES={_single(way.peer)} and have it send X-Forwarded-For.",
    )


def check_scheme(evidence: Evidence) -> Finding:
    way, url = evidence.of(WayIn), urlsplit(evidence.settings.public_url)
    if way.scheme == url.scheme:
        return passed(
            f"This request counts as {way.scheme}, as PUBLIC_URL says. It is known from {way.scheme_from}."
        )
    cure = (
        f"{_CLEAR} X-Forwarded-Proto $scheme;"
        if way.is_believed
        else "Trust the proxy by TRUSTED_PROXIES, and have it set X-Forwarded-Proto."
    )
    return worse_in_production(
        evidence.settings.in_production,
        f"This request counts as {way.scheme}, but PUBLIC_URL is {url.scheme}. Proofs that name the address fail.",
        cure if url.scheme == "https" else "Open the address that PUBLIC_URL names, or correct PUBLIC_URL.",
    )


def check_host(evidence: Evidence) -> Finding:
    way, public = evidence.of(WayIn), urlsplit(evidence.settings.public_url).netloc
    if way.host.lower() == public.lower():
        return passed(
            f"This request is for {way.host}, as PUBLIC_URL says. It is known from {way.host_from}."
        )
    name = urlsplit(f"//{way.host}").hostname
    if name in evidence.settings.trusted_hosts or (
        name in LOOPBACK_NAMES and not evidence.settings.in_production
    ):
        return passed(f"This request is for {way.host}, which is allowed beside PUBLIC_URL.")
    return warned(
        f"This request is for {way.host}, but PUBLIC_URL says {public}.",
        f"{_CLEAR} Host $http_host; or correct PUBLIC_URL.",
    )


def check_listening(evidence: Evidence) -> Finding:
    """Whoever reaches the server past the proxy has no TLS, and from a trusted network may choose an address."""
    settings = evidence.settings
    if urlsplit(settings.public_url).scheme != "https":
        raise NotAsked
    if settings.host in {"0.0.0.0", "::"}:  # noqa: S104 - recognised, not bound
        return warned(
            f"The server listens on every address of this machine (HOST={settings.host}), without TLS.",
            "Set HOST to the address that the proxy uses; in a container, publish the port to the proxy alone.",
        )
    return passed(f"The server listens on {settings.host} alone.")


def check_forwarded(evidence: Evidence) -> Finding:
    """RFC 7239 says more than we read: a proxy that sends it alone is not understood."""
    way = evidence.of(WayIn)
    if not way.has(FORWARDED):
        raise NotAsked
    if way.has(FOR):
        return passed("Forwarded came, too. It is not read, and goes no further.")
    return warned(
        "The proxy says in Forwarded (RFC 7239) alone whose request this is. That header is not read.",
        f"Have it send {FOR}, {PROTO} and {HOST}.",
    )


def _is_wide(network: IPv4Network | IPv6Network) -> bool:
    least = (_WIDE_PUBLIC if network.is_global else SHORTEST_PREFIX)[network.version]
    return network.prefixlen < least


def _single(address: str) -> str:
    return f"{address}/{128 if ':' in address else 32}"


OF_REQUEST: Final = (
    Check("proxies.address", "Address of the visitor", ("4.1.3", "6.3.1"), check_address),
    Check("proxies.scheme", "Scheme", ("12.2.1",), check_scheme),
    Check("proxies.host", "Host", ("4.1.3",), check_host),
    Check("proxies.forwarded", "Forwarded", ("4.1.3",), check_forwarded),
)
PROXIES: Final = Group(
    "proxies",
    "Reverse proxies",
    (
        Check("proxies.trust", "Trusted proxies", ("4.1.3", "6.3.1"), check_trust),
        *OF_REQUEST,
        Check("proxies.listening", "Where the server listens", ("12.3.3",), check_listening),
    ),
)
