"""An endpoint as administrators describe it; each rule raises InvalidInput that names its field."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from webapp.config import current_settings
from webapp.core.errors import InvalidInput
from webapp.core.one_line import require_one_line
from webapp.infra.outbound.addresses import AddressRules
from webapp.infra.outbound.errors import AddressRefused
from webapp.infra.outbound.targets import parse_base_url
from webapp.webhooks.events import PUBLIC_EVENTS

if TYPE_CHECKING:
    from webapp.infra.outbound.targets import Target

LONGEST_NAME: Final = 40
LONGEST_URL: Final = 500
_QUERY: Final = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*")


@dataclass(frozen=True, slots=True)
class EndpointWords:
    """Read by `require_words`. `events` are public names, in the order in which they are offered."""

    name: str
    url: str
    events: tuple[str, ...]


def require_words(name: object, url: object, events: object) -> EndpointWords:
    """All three; every fault is named at once. Raises InvalidInput."""
    faults: dict[str, str] = {}
    found: dict[str, str | tuple[str, ...]] = {}
    for field, value, rule in (
        ("name", name, _require_name),
        ("url", url, _require_url),
        ("events", events, _require_events),
    ):
        try:
            found[field] = rule(value)
        except InvalidInput as problem:
            faults |= problem.fields or {}
    if faults:
        raise InvalidInput(fields=faults)
    return EndpointWords(**found)  # type: ignore[arg-type]


def read_url(url: str) -> tuple[Target, bytes]:
    """Where a URL as it is stored leads: the host, and path with query. Raises InvalidInput for any other text."""
    base, mark, query = url.partition("?")
    target = parse_base_url(base)
    slash = "/" if base.endswith("/") or not target.path else ""
    return target, f"{target.path}{slash}{mark}{query}".encode("ascii")


def origin_of(url: str) -> str:
    """Scheme, host and port: the rest of an address may be a secret between its owner and whoever knows it."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0].partition('?')[0]}"


def _require_name(value: object) -> str:
    sentence = "Write a name, such as Billing."
    if not isinstance(value, str):
        raise InvalidInput(fields={"name": sentence})
    return require_one_line(value, "name", most=LONGEST_NAME, empty=sentence)


def _require_url(value: object) -> str:
    """The one way to write it. A name is looked up with each message; an address can be judged now."""
    text = value.strip() if isinstance(value, str) else ""
    if not text:
        raise _refused("Write the address that messages are sent to, such as https://example.com/hooks.")
    if len(text) > LONGEST_URL:
        raise _refused(f"Use at most {LONGEST_URL} characters.")
    if "#" in text:
        raise _refused("Leave # with what follows out of the address: it is never sent.")
    if "@" in text.partition("://")[2].partition("/")[0]:
        raise _refused("Leave user and password out of the address. The signature says who sent a message.")
    try:
        target, path_and_query = read_url(text)
    except InvalidInput as problem:
        raise _refused(next(iter((problem.fields or {}).values()), problem.message)) from None
    if not _QUERY.fullmatch(text.partition("?")[2]):
        raise _refused("Write other characters after ? as % and two hexadecimal digits.")
    _require_reachable(target)
    host = target.url.removesuffix(target.path)
    return host + path_and_query.decode("ascii")


def _require_reachable(target: Target) -> None:
    allowed = current_settings().webhooks_allow_networks
    if target.is_plain and not allowed:
        raise _refused(
            "Begin with https://. Without encryption only networks in WEBHOOKS_ALLOW_NETWORKS are reached."
        )
    try:
        ip_address(target.host)
    except ValueError:
        return
    try:
        AddressRules(allowed).require(target.host, is_plain=target.is_plain)
    except AddressRefused:
        raise _refused(
            "This address is not one that may be reached. WEBHOOKS_ALLOW_NETWORKS can allow private networks."
        ) from None


def _require_events(value: object) -> tuple[str, ...]:
    wanted = {each for each in value if isinstance(each, str)} if isinstance(value, list | tuple) else set()
    if not wanted:
        raise InvalidInput(fields={"events": "Choose at least one event."})
    if unknown := wanted - set(PUBLIC_EVENTS):
        shown = min(unknown)
        shown = shown[:40] if shown.isprintable() else "this one"
        raise InvalidInput(fields={"events": f"There is no event {shown}."})
    return tuple(each for each in PUBLIC_EVENTS if each in wanted)


def _refused(sentence: str) -> InvalidInput:
    return InvalidInput(fields={"url": sentence})
