"""Protected calls, /verify, introspection and refresh with rotation against Node.js servers (goals P2 to P5).

    .venv/bin/python bench/tokens.py

Starts the real application and its peers on free ports of the loopback, each with a database of its own, and loads them
in turn. A figure is what a server answers per second of processor time of its processes; a ratio is the median of the
pairs of one run. First the server has one core and the load another, then both have both. Takes about six minutes.
"""

from __future__ import annotations

import argparse
import base64
import statistics
import time
from collections import deque
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlencode

from load import Loader, SameRequests, measure_itself, pin, started_on
from peer_servers import Peer
from running import Application, Session, processors

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from load import Asker

# Rotation is refused to the young: every session is used again only when it may rotate.
OVERLAP = DEADLINE = 1
ROTATES_AFTER = OVERLAP + DEADLINE + 0.1


SESSIONS_OF_AN_ACCOUNT = 30


class Server(Protocol):
    """What is measured: the application or a peer."""

    port: int

    def pids(self) -> list[int]: ...
    def cpu_seconds(self) -> float: ...


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=4, help="pairs of slices, in turn")
    parser.add_argument("--seconds", type=float, default=3, help="length of a slice")
    parser.add_argument("--warm-up", type=float, default=5)
    parser.add_argument("--tokens", type=int, default=300, help="different access tokens")
    parser.add_argument("--sessions", type=int, default=2000, help="sessions that rotate")
    parser.add_argument("--only", nargs="+", default=["P2", "P3", "P4", "P5"], help="which goals")
    chosen = parser.parse_args()
    print(
        f"\nThe load generator by itself answers for {measure_itself():,.0f} requests per processor second."
    )
    times = {"REFRESH_OVERLAP": str(OVERLAP), "REFRESH_DEADLINE": str(DEADLINE)}
    peer_times = {"OVERLAP": str(OVERLAP), "DEADLINE": str(DEADLINE)}
    layouts = [({0}, {1}), ({0, 1}, {0, 1})] if processors() > 1 else [({0}, {0})]
    # An account has a limited number of sessions.
    accounts = (chosen.tokens + chosen.sessions) // SESSIONS_OF_AN_ACCOUNT + 1
    for server_cores, load_cores in layouts:
        with ExitStack() as stack:
            # Begun anew for each layout: which processors a server uses of those it was given is its own affair.
            with started_on(server_cores):
                ours = stack.enter_context(Application(4, times, accounts))
                express = stack.enter_context(Peer("express", peer_times))
                provider = stack.enter_context(Peer("oidc-provider"))
            told = (
                "one core for the server, another for the load"
                if server_cores == {0}
                else "both cores for both"
            )
            print(f"\n{told}: answers per processor second of the server, median of {chosen.repeats}")
            print(f"    {'':46}{'ours':>9}{'peer':>9}{'ratio':>8}{'floor':>7}   from … to")
            for race in list_races(ours, express, provider, chosen):
                if race.goal in chosen.only:
                    show(race, load_cores, chosen)


@dataclass(frozen=True, slots=True)
class Race:
    """One operation of ours and what it is compared with; the functions make what is asked of each."""

    goal: str
    name: str
    floor: float
    ours: tuple[Server, Callable[[], Asker]]
    peer: tuple[Server, Callable[[], Asker]]


def list_races(ours: Application, express: Peer, provider: Peer, chosen: argparse.Namespace) -> list[Race]:
    """Every race of P2 to P5. Signs in as often as there are tokens."""
    mine = [ours.open_session().token for _ in range(chosen.tokens)]
    theirs = [express.open_session().token for _ in range(chosen.tokens)]
    client = basic(*ours.make_client())
    their_client = basic("bench", express.secret)
    provider_client = basic("bench", provider.secret)
    opaque = [provider.client_token(provider_client) for _ in range(chosen.tokens)]

    def calls(path: str, tokens: Sequence[str], status: bytes = b"200") -> Callable[[], Asker]:
        return lambda: SameRequests([call(path, token) for token in tokens], status)

    def questions(path: str, authorization: str, tokens: Sequence[str]) -> Callable[[], Asker]:
        requests = [question(path, authorization, token) for token in tokens]
        return lambda: SameRequests(requests, mark=b'"active":true')

    protected = calls("/api/v1/protected", mine)
    introspection = questions("/api/v1/introspect", client, mine)
    return [
        Race("P2", "protected, Express", 1.5, (ours, protected), (express, calls("/protected", theirs))),
        Race(
            "P2", "protected, Express that asks for the session", 1.5,
            (ours, protected), (express, calls("/protected-with-session", theirs)),
        ),
        Race(
            "P3", "/verify, Express", 3.0,
            (ours, calls("/api/v1/verify", mine, b"204")), (express, calls("/verify", theirs, b"204")),
        ),
        Race(
            "P4", "introspection, Express", 1.5,
            (ours, introspection), (express, questions("/introspect", their_client, theirs)),
        ),
        Race(
            "P4", "introspection, oidc-provider", 1.3,
            (ours, introspection), (provider, questions("/token/introspection", provider_client, opaque)),
        ),
        Race(
            "P5", "refresh with rotation, Express", 1.0,
            (ours, lambda: Rotation(ours, chosen.sessions, "/api/v1/refresh", "__Host-refresh_token")),
            (express, lambda: Rotation(express, chosen.sessions, "/refresh", "refresh_token")),
        ),
    ]  # fmt: skip


def show(race: Race, load_cores: set[int], chosen: argparse.Namespace) -> None:
    """Load both in turn and print the medians."""
    with ExitStack() as stack:
        loaders = []
        for server, make_asker in (race.ours, race.peer):
            loader = Loader(server.port, make_asker())
            stack.callback(loader.close)
            pin([loader.pid or 0], load_cores)
            loader.run(chosen.warm_up)
            loaders.append((server, loader))
        rates: list[list[float]] = [[], []]
        for _ in range(chosen.repeats):
            for found, (server, loader) in zip(rates, loaders, strict=True):
                before = server.cpu_seconds()
                loaded = loader.run(chosen.seconds)
                used = server.cpu_seconds() - before
                if sum(loaded.others.values()) > loaded.wanted / 100:
                    raise SystemExit(f"{race.name}: unwanted answers {loaded.others.most_common(3)}")
                found.append(loaded.wanted / used)
    ratios = [ours / theirs for ours, theirs in zip(*rates, strict=True)]
    ours_rate, peer_rate = (statistics.median(each) for each in rates)
    print(
        f"{race.goal}  {race.name:46}{ours_rate:9,.0f}{peer_rate:9,.0f}{statistics.median(ratios):8.2f}"
        f"{race.floor:7.1f}   {min(ratios):.2f} … {max(ratios):.2f}",
        flush=True,
    )


class Rotation:
    """Many browsers, of which each renews as soon as its refresh token is old enough to be replaced."""

    def __init__(self, server: Application | Peer, sessions: int, path: str, cookie: str) -> None:
        self._browsers = deque((0.0, server.open_session()) for _ in range(sessions))
        self._path, self._cookie = path, cookie
        self._csrf_cookie = (
            cookie.replace("refresh_token", "csrf_refresh_token") if "__" in cookie else "csrf_token"
        )
        self._mark = f"\r\nset-cookie: {cookie}=".encode().lower()
        self._out: dict[int, Session] = {}

    def next_request(self, number: int) -> bytes | None:
        if not self._browsers or self._browsers[0][0] > time.monotonic():
            return None
        browser = self._out[number] = self._browsers.popleft()[1]
        return (
            f"POST {self._path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n"
            f"X-CSRF-TOKEN: {browser.csrf_token}\r\n"
            f"Cookie: {self._cookie}={browser.refresh_token}; {self._csrf_cookie}={browser.csrf_token}\r\n\r\n"
        ).encode()

    def take_answer(self, number: int, status: bytes, answer: bytes) -> bool:
        browser = self._out.pop(number)
        begin = answer.lower().find(self._mark)
        if begin < 0 or status != b"200":
            self._browsers.append((time.monotonic() + ROTATES_AFTER, browser))
            return False
        begin += len(self._mark)
        renewed = Session(
            browser.token, answer[begin : answer.find(b";", begin)].decode(), browser.csrf_token
        )
        self._browsers.append((time.monotonic() + ROTATES_AFTER, renewed))
        return True


def call(path: str, token: str) -> bytes:
    """A whole GET as it goes over the wire, with this access token."""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n".encode()


def question(path: str, authorization: str, token: str) -> bytes:
    """A whole POST as it goes over the wire that asks what the token is worth (RFC 7662, section 2.1).

    `authorization` is the value of that header, as `basic` makes it.
    """
    body = urlencode({"token": token})
    return (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {authorization}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def basic(name: str, secret: str) -> str:
    """The Authorization header of a client by that name (RFC 7617); both are taken as they are, without escapes."""
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()


if __name__ == "__main__":
    main()
