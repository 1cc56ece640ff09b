"""By which way a request came: what its last speaker was, what was said about it, and what of that is believed.

It repeats the walk of web/origin over the chain, so as to tell each step; a test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from webapp.web.origin import parse_address

if TYPE_CHECKING:
    from collections.abc import Iterable
    from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

    from webapp.config import Settings
    from webapp.web.origin import Arrived

    Address = IPv4Address | IPv6Address

Role = Literal["caller", "proxy", "claimed", "unreadable"]
Kind = Literal["public", "private", "this machine", "unknown"]
# A chain is walked so far, as web/origin does.
_MOST_HOPS: Final = 32
_LONGEST: Final = 100
_SCHEMES: Final = frozenset({"http", "https"})
FOR: Final = "X-Forwarded-For"
PROTO: Final = "X-Forwarded-Proto"
HOST: Final = "X-Forwarded-Host"
FORWARDED: Final = "Forwarded"
CONNECTION: Final = "the connection itself"
# Other programs go by these; here nobody does, whoever sends them.
NEVER_READ: Final = (
    "X-Real-IP", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP", "X-Forwarded-Port", "X-Forwarded-Server", "Via",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Hop:
    """One speaker. `source` is where its address stands; `network` is the entry of TRUSTED_PROXIES it is trusted by."""

    text: str
    role: Role
    kind: Kind
    source: str
    network: str | None = None


@dataclass(frozen=True, slots=True)
class WayIn:
    """What the application goes by for one request. `hops` begin with whoever spoke to the server last.

    `said` are the headers of proxies that came, as they came; `is_believed` says whether the last speaker is trusted.
    """

    address: str
    address_from: str
    kind: Kind
    scheme: str
    scheme_from: str
    host: str
    host_from: str
    peer: str
    is_believed: bool
    is_wholly_trusted: bool
    hops: tuple[Hop, ...]
    said: tuple[tuple[str, str], ...]

    def has(self, name: str) -> bool:
        """Whether that header came."""
        return any(each == name for each, _ in self.said)


def read_way(settings: Settings, arrived: Arrived) -> WayIn:
    """What follows from TRUSTED_PROXIES for a request that arrived so."""
    said = {_header_name(name): _shortened(value) for name, value in arrived.said.items()}
    hops = _list_hops(settings, arrived)
    is_believed = _trusting(settings, parse_address(arrived.peer)) is not None
    caller = next((each for each in hops if each.role == "caller"), hops[0])
    last = arrived.said.get(_variable(PROTO), "").rpartition(",")[2].strip().lower()
    named = arrived.said.get(_variable(HOST), "").rpartition(",")[2].strip()
    scheme = last if is_believed and last in _SCHEMES else ""
    host = named if is_believed else ""
    return WayIn(
        address=caller.text,
        address_from=caller.source,
        kind=caller.kind,
        scheme=scheme or arrived.scheme,
        scheme_from=PROTO if scheme else CONNECTION,
        host=_shortened(host or arrived.host),
        host_from=HOST if host else "Host",
        peer=hops[0].text,
        is_believed=is_believed,
        is_wholly_trusted=caller.network is not None,
        hops=hops,
        said=tuple(sorted(said.items())),
    )


@dataclass(frozen=True, slots=True)
class Header:
    """A header that speaks of the way here. `fate`: believed, not believed, or never read."""

    name: str
    value: str
    fate: Literal["believed", "not believed", "never read"]


def list_headers(way: WayIn, others: Iterable[tuple[str, str]]) -> list[Header]:
    """Those that came, as they came, with what became of each."""
    found = [
        Header(
            name,
            value,
            "never read" if name == FORWARDED else "believed" if way.is_believed else "not believed",
        )
        for name, value in way.said
    ]
    never_read = {each.lower(): each for each in NEVER_READ}
    return found + [
        Header(never_read[name.lower()], _shortened(value), "never read")
        for name, value in others
        if name.lower() in never_read
    ]


def kind_of(address: Address | None) -> Kind:
    """Where such addresses are."""
    if address is None:
        return "unknown"
    if address.is_loopback:
        return "this machine"
    return "public" if address.is_global else "private"


def _list_hops(settings: Settings, arrived: Arrived) -> tuple[Hop, ...]:
    """From the last speaker to the first; what stands beyond the caller is only what the caller says."""
    speakers: list[tuple[str, str]] = [(arrived.peer, CONNECTION)]
    chain = arrived.said.get(_variable(FOR), "").split(",")
    speakers += [
        (text.strip(), FOR) for text in reversed([each for each in chain[-_MOST_HOPS:] if each.strip()])
    ]
    found: list[Hop] = []
    is_open = True
    for number, (text, source) in enumerate(speakers):
        address = parse_address(text)
        network = _trusting(settings, address)
        following = parse_address(speakers[number + 1][0]) if number + 1 < len(speakers) else None
        role: Role = "claimed" if address is not None else "unreadable"
        if is_open:
            # The walk goes on from a trusted speaker, as long as the next name in the chain is an address.
            is_open = network is not None and following is not None
            role = "proxy" if is_open else "caller"
        shown = str(address) if address is not None else _shortened(text)
        found.append(Hop(shown, role, kind_of(address), source, network))
    return tuple(found)


def _trusting(settings: Settings, address: Address | None) -> str | None:
    networks: tuple[IPv4Network | IPv6Network, ...] = settings.trusted_proxies
    if address is None:
        return None
    return next((str(each) for each in networks if each.version == address.version and address in each), None)


def _variable(name: str) -> str:
    return f"HTTP_{name.upper().replace('-', '_')}"


def _header_name(variable: str) -> str:
    return variable.removeprefix("HTTP_").replace("_", "-").title()


def _shortened(text: str) -> str:
    plain = "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
    return plain if len(plain) <= _LONGEST else f"{plain[:_LONGEST]}…"
