"""The public address as a stranger sees it, asked once for all checks of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from webapp.infra.outbound.own_address import Answer, Asked, ask
from webapp.ops.self_audit.findings import NotAsked, NotKnown
from webapp.ops.self_audit.questions import LOGIN, QUESTIONS

if TYPE_CHECKING:
    from webapp.ops.self_audit.evidence import Evidence, Visit


@dataclass(frozen=True, slots=True)
class Live:
    """The public address."""

    public: Asked


@dataclass(frozen=True, slots=True)
class Plain:
    """The public host without TLS, at port 80."""

    asked: Asked


@dataclass(frozen=True, slots=True)
class Direct:
    """The server itself at HOST and PORT, past every proxy."""

    asked: Asked


def look_at_live(visit: Visit) -> Live:
    """Ask the public address."""
    return Live(ask(visit.settings.public_url, QUESTIONS))


def look_at_plain(visit: Visit) -> Plain | NotAsked:
    """Ask the public host as a browser does that was told no scheme."""
    url = urlsplit(visit.settings.public_url)
    # With a port of its own, the address of plain http is not ours to guess.
    if url.scheme != "https" or url.port is not None:
        return NotAsked()
    return Plain(ask(f"http://{url.netloc}", (LOGIN,)))


def look_at_server(visit: Visit) -> Direct | NotAsked:
    """Ask the server at its own address, under the public name; a request that came from it need not ask."""
    settings = visit.settings
    if visit.arrived is not None:
        return NotAsked()
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - recognised, not bound
    place = f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"
    return Direct(ask(place, (LOGIN,), host=urlsplit(settings.public_url).netloc))


def answer_to(evidence: Evidence, question: str) -> Answer:
    """What the public address answered. Raises NotKnown; NotAsked where it cannot be reached, which is one finding."""
    public = evidence.of(Live).public
    if not public.answers:
        raise NotAsked
    found = public.answers.get(question)
    if found is None:
        cure = "Look at the log of the reverse proxy, and run the audit again."
        raise NotKnown(f"{path_of(question)} was not seen: {public.trouble}.", cure)
    return found


def path_of(question: str) -> str:
    """What was asked for, without the method."""
    return question.partition(" ")[2]
