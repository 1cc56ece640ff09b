"""Who is calling from where: trusted proxies, the caller's address, and the id of the request."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import ip_address
from typing import TYPE_CHECKING, NamedTuple

from webapp.core.opaque import new_id
from webapp.core.origin import Origin, set_origin

if TYPE_CHECKING:
    from collections.abc import Iterable
    from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}\Z")
_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED")
# Asked by balancers, Prometheus and proxies under whatever name they know.
_UNDER_ANY_NAME = frozenset({"/healthz", "/readyz", "/metrics", "/api/v1/verify", "/api/v2/verify"})
_PORTS = {"http": "80", "https": "443"}
FROM_PROXY = "latchkey.from_trusted_proxy"
PROXIED = "latchkey.proxied"
ARRIVED = "latchkey.arrived"
REQUEST_ID = "latchkey.request_id"


class Arrived(NamedTuple):
    """A request as it came over the wire, before anything in it was believed. `said` holds the headers of proxies."""

    peer: str
    scheme: str
    host: str
    said: dict[str, str]


class TrustedProxies:
    """Believe forwarded addresses only from configured networks; from anyone else these headers do not exist.

    X-Forwarded-For is walked from the right for as long as the speaker is a trusted proxy: the first address that is
    not one is the caller, and what stands to its left is only what the caller says.
    """

    def __init__(self, application: WSGIApplication, networks: Iterable[IPv4Network | IPv6Network]) -> None:
        self.application = application
        self._networks = tuple(networks)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        peer = parse_address(environ.get("REMOTE_ADDR", ""))
        if peer is not None:
            environ["REMOTE_ADDR"] = str(peer)
        is_trusted = environ[FROM_PROXY] = self._is_trusted(peer)
        said = {name: environ[name] for name in _FORWARDED if name in environ}
        environ[ARRIVED] = Arrived(
            environ.get("REMOTE_ADDR", ""),
            environ.get("wsgi.url_scheme", ""),
            environ.get("HTTP_HOST", ""),
            said,
        )
        if is_trusted:
            self._believe(environ, peer)
        for name in said:
            del environ[name]
        return self.application(environ, start_response)

    def _believe(self, environ: WSGIEnvironment, peer: IPv4Address | IPv6Address | None) -> None:
        environ["REMOTE_ADDR"] = str(self._caller(peer, environ.get("HTTP_X_FORWARDED_FOR", "")))
        scheme = environ.get("HTTP_X_FORWARDED_PROTO", "").rpartition(",")[2].strip().lower()
        if scheme in _PORTS:
            environ["wsgi.url_scheme"] = scheme
        host = environ.get("HTTP_X_FORWARDED_HOST", "").rpartition(",")[2].strip()
        if host:
            environ["HTTP_HOST"] = host
        if scheme and host:
            environ[PROXIED] = f"{scheme}://{host}"

    def _caller(self, peer: IPv4Address | IPv6Address | None, chain: str) -> IPv4Address | IPv6Address | None:
        caller = peer
        for text in reversed([part for part in chain.split(",")[-32:] if part.strip()]):
            if not self._is_trusted(caller):
                break
            found = parse_address(text.strip())
            if found is None:
                break
            caller = found
        return caller

    def _is_trusted(self, address: IPv4Address | IPv6Address | None) -> bool:
        if address is None or not self._networks:
            return False
        return any(address.version == network.version and address in network for network in self._networks)


class RequestIds:
    """Name each request and where it came from, for the answer, the log and the audit trail."""

    def __init__(self, application: WSGIApplication) -> None:
        self.application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        given = environ.get("HTTP_X_REQUEST_ID", "")
        trusted = environ.get(FROM_PROXY) and _REQUEST_ID.match(given)
        request_id = given if trusted else new_id()
        environ[REQUEST_ID] = request_id
        user_agent = (
            environ.get("HTTP_USER_AGENT", "")[:512].encode("latin-1", "replace").decode("utf-8", "replace")
        )
        if not user_agent.isprintable():
            user_agent = "".join(each if each.isprintable() else " " for each in user_agent)
        set_origin(Origin("request", request_id, environ.get("REMOTE_ADDR", ""), user_agent))
        return self.application(environ, start_response)


class Probes:
    """Let health probes and proxies ask under any name: they know a node by its address, or name their own caller's."""

    def __init__(self, application: WSGIApplication, host: str) -> None:
        self.application = application
        self._host = host

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("PATH_INFO") in _UNDER_ANY_NAME:
            environ["HTTP_HOST"] = self._host
        elif "HTTP_HOST" in environ:
            # Host names have no case (RFC 9110, section 4.2.3); some proxies keep what was typed.
            environ["HTTP_HOST"] = environ["HTTP_HOST"].lower()
        return self.application(environ, start_response)


@lru_cache(maxsize=4096)
def parse_address(text: str) -> IPv4Address | IPv6Address | None:
    """Without port, brackets or zone; an IPv4 address mapped into IPv6 is the IPv4 address. None for anything else."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
