"""Who may read the metrics, held against who is a proxy: whoever comes through one may have its address."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from webapp.ops.self_audit.findings import Finding, passed, warned
from webapp.ops.self_audit.proxies import SHORTEST_PREFIX

if TYPE_CHECKING:
    from collections.abc import Sequence
    from ipaddress import IPv4Network, IPv6Network

    from webapp.ops.self_audit.evidence import Evidence

THIS_MACHINE: Final = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
_NAME_PROMETHEUS: Final = (
    "Name the single address of your Prometheus in a network of your own, such as 10.0.0.31/32."
)
_OTHER_LOOPBACK: Final = (
    "Let the proxy of this machine come from a loopback address of its own, in nginx proxy_bind 127.0.0.2, set "
    "TRUSTED_PROXIES=127.0.0.2/32, and let METRICS_ALLOW name no more of this machine than 127.0.0.1/32."
)
# IPv6 has a single loopback address, and nothing comes to it from one of IPv4.
_LISTEN_BY_IPV4: Final = "For that the server has to listen by IPv4: HOST=127.0.0.1."
_OTHER_ADDRESS: Final = (
    "Let the proxy and Prometheus come from different addresses, in nginx by proxy_bind, and name each alone."
)
_NARROW_PROXIES: Final = "Narrow TRUSTED_PROXIES to the addresses of the proxies themselves."
_CLOSE_METRICS: Final = "At the proxy, close /metrics and set X-Forwarded-For, as deploy/nginx does."


def check_metrics(evidence: Evidence) -> Finding:
    """Besides strangers, whoever comes through a proxy that says nothing of it has an address of that proxy's."""
    settings = evidence.settings
    networks, proxies = settings.metrics_allow, settings.trusted_proxies
    if not networks:
        return passed("Nobody may read the metrics.")
    wide = [str(each) for each in networks if each.prefixlen < SHORTEST_PREFIX[each.version]]
    if wide:
        return warned(
            f"METRICS_ALLOW is wide ({', '.join(wide)}): nearly everybody may be in it.", _NAME_PROMETHEUS
        )
    if any(each.is_global for each in networks):
        return warned("METRICS_ALLOW names addresses of the public internet.", _NAME_PROMETHEUS)
    common = [(each, proxy) for each in networks for proxy in proxies if overlap([each], [proxy])]
    if common:
        allowed, proxy = common[0]
        return warned(
            f"METRICS_ALLOW and TRUSTED_PROXIES have addresses in common ({allowed} and {proxy}): where a proxy does "
            "not say for whom it asks, everybody behind it reads the metrics.",
            f"{_way_apart(allowed, proxy, settings.host)} {_CLOSE_METRICS}",
        )
    if not proxies and urlsplit(settings.public_url).scheme == "https" and overlap(networks, THIS_MACHINE):
        return warned(
            "METRICS_ALLOW holds this machine itself, and the proxy in front is not named: where it runs here, or a "
            "tunnel ends here, that adds no header, everybody behind it reads the metrics.",
            f"Name it in TRUSTED_PROXIES. {_way_apart_here(settings.host)} {_CLOSE_METRICS}",
        )
    count = len(networks)
    return passed(f"The metrics are for {count} {'network' if count == 1 else 'networks'} of yours.")


def _way_apart(allowed: IPv4Network | IPv6Network, proxy: IPv4Network | IPv6Network, host: str) -> str:
    """How no address is of both any more: the wider of the two is narrowed, or both where they are the same."""
    if allowed.is_loopback:
        return _way_apart_here(host)
    if allowed.num_addresses == proxy.num_addresses == 1:
        return _OTHER_ADDRESS
    if allowed == proxy:
        return f"{_NARROW_PROXIES} {_NAME_PROMETHEUS}"
    return _NARROW_PROXIES if proxy.prefixlen < allowed.prefixlen else _NAME_PROMETHEUS


def _way_apart_here(host: str) -> str:
    """How a proxy and a Prometheus on one machine are told apart, where the server listens on this HOST."""
    return f"{_OTHER_LOOPBACK} {_LISTEN_BY_IPV4}" if host == "::1" else _OTHER_LOOPBACK


def overlap(
    networks: Sequence[IPv4Network | IPv6Network], others: Sequence[IPv4Network | IPv6Network]
) -> bool:
    """Whether any address is in both."""
    return any(
        each.version == other.version and each.overlaps(other) for each in networks for other in others
    )
