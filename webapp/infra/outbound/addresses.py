"""Which addresses may be reached from here: the public internet, and the networks that the operator names."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Final

from webapp.infra.outbound.errors import AddressRefused

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Network = IPv4Network | IPv6Network
    Address = IPv4Address | IPv6Address


def _networks(*texts: str) -> tuple[Network, ...]:
    return tuple(ip_network(text) for text in texts)


# Whatever the operator names, these are not reached.
_NEVER: Final = _networks(
    "0.0.0.0/8",  # "this host", which is often this machine (RFC 1122, section 3.2.1.3)
    "169.254.0.0/16",  # link-local, where most clouds give out credentials
    "100.100.100.200/32",  # metadata of Alibaba Cloud
    "168.63.129.16/32",  # of Azure
    "192.0.0.192/32",  # of Oracle Cloud
    "224.0.0.0/4",  # multicast
    "240.0.0.0/4",  # reserved, and the broadcast address
    "fd00:ec2::/32",  # metadata and credentials of AWS
    "fd20:ce::254/128",  # metadata of Google Cloud
    "fd00:c1::a9fe:a9fe/128",  # of Oracle Cloud
    "fd00:42::42/128",  # of Scaleway
    # An IPv4 address stands in these, and a gateway or this machine would go there.
    "2001::/32",  # Teredo (RFC 4380)
    "2002::/16",  # 6to4 (RFC 3056)
)
# Only where the operator names them: what the registries of RFC 6890 do not call global.
_PRIVATE: Final = _networks(
    "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
    "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
    "::1/128", "fc00::/7", "2001::/23", "2001:db8::/32", "3fff::/20",
)  # fmt: skip
# Of IPv6 nothing but global unicast, unique local and this machine: so neither link-local nor multicast, and none of
# ::/96, ::ffff:0:0:0/96, 64:ff9b::/96 and 64:ff9b:1::/48, in which IPv4 addresses stand.
_IPV6: Final = _networks("2000::/3", "fc00::/7", "::1/128")


class AddressRules:
    """`allowed` are networks besides the public internet, from CONNECTIONS_ALLOW_NETWORKS."""

    def __init__(self, allowed: Sequence[Network]) -> None:
        self._allowed = tuple(allowed)

    def require(self, address: str, *, is_plain: bool) -> None:
        """Raises AddressRefused unless it may be dialled. `is_plain`: without TLS, so only in a network named."""
        found = _read(address)
        is_allowed = _lies_in(found, self._allowed)
        if _is_forbidden(found) or not (is_allowed or not (is_plain or _lies_in(found, _PRIVATE))):
            raise AddressRefused


def _read(text: str) -> Address:
    try:
        address = ip_address(text)
    except ValueError:
        raise AddressRefused from None
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            raise AddressRefused
        # To the network, ::ffff:127.0.0.1 is 127.0.0.1 (RFC 4291, section 2.5.5.2).
        return address.ipv4_mapped or address
    return address


def _is_forbidden(address: Address) -> bool:
    is_odd = isinstance(address, IPv6Address) and not _lies_in(address, _IPV6)
    return is_odd or _lies_in(address, _NEVER)


def _lies_in(address: Address, networks: Iterable[Network]) -> bool:
    return any(address.version == each.version and address in each for each in networks)
