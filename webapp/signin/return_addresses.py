"""Where signing in may lead back to, besides this site itself: whole addresses, registered one by one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from webapp.core import clock
from webapp.core.errors import InvalidInput, NotFound
from webapp.core.event_names import EventName
from webapp.core.opaque import new_id
from webapp.infra.audit import record_event
from webapp.signin import store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webapp.signin.models import ReturnAddress

LONGEST = 500
MOST_ADDRESSES = 200
# What RFC 3986 allows, and no more: the address goes into a header, and its origin into the policy of a page.
_WRITTEN = re.compile(
    r"https?://[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?(/[A-Za-z0-9._~:/@!$&'()*+,;=%-]*)?(\?[A-Za-z0-9._~:/?@!$&'()*+,;=%-]*)?"
)
_PLAIN_HOSTS = frozenset({"localhost", "127.0.0.1"})


class ReturnAddressNotFound(NotFound):
    """No such address is registered."""

    code = "return_address_not_found"
    message = "This return address is not registered."


def is_return_address(url: str) -> bool:
    """Whether another application registered exactly this address (RFC 9700, section 4.1.1: no prefix, no pattern)."""
    return _is_sound(url) and store.find_return_address(url) is not None


def origin_of(url: str) -> str:
    """Scheme, host and port of a registered address, as a page's policy names them."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def list_return_addresses() -> Sequence[ReturnAddress]:
    """All that are registered, by address."""
    return store.list_return_addresses()


def add_return_address(value: str, *, actor_id: str | None = None) -> None:
    """Let signing in lead to this address; once more is harmless. Raises InvalidInput."""
    url = value.strip()
    if len(url) > LONGEST:
        raise InvalidInput(fields={"url": f"Use at most {LONGEST} characters."})
    if not _is_sound(url):
        sentence = (
            "Write a whole address such as https://app.example.org/signed-in, without # and user name; "
            "http is for localhost only."
        )
        raise InvalidInput(fields={"url": sentence})
    if store.count_return_addresses() >= MOST_ADDRESSES:
        raise InvalidInput(fields={"url": f"{MOST_ADDRESSES} addresses are registered. Remove one first."})
    if store.add_return_address(new_id(), url, clock.now()):
        record_event(EventName.RETURN_ADDRESS_ADDED, actor_id=actor_id, detail={"url": url})


def remove_return_address(url: str, *, actor_id: str | None = None) -> None:
    """Let signing in lead there no more. Raises ReturnAddressNotFound."""
    if not _is_sound(url) or not store.remove_return_address(url):
        raise ReturnAddressNotFound
    record_event(EventName.RETURN_ADDRESS_REMOVED, actor_id=actor_id, detail={"url": url})


def _is_sound(url: str) -> bool:
    """Whether this may be registered at all; what may not is not even looked up."""
    if len(url) > LONGEST or not _WRITTEN.fullmatch(url):
        return False
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    return bool(host) and port != 0 and (parts.scheme == "https" or host in _PLAIN_HOSTS)
