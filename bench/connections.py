"""Calls through a connection against the same calls made directly, and what 16 streams do to everybody else.

    .venv/bin/python bench/connections.py

Starts the real application and a small service that asks for its key, both on free ports of the loopback, and takes
about two minutes and a half. Direct calls and calls through the connection take turns, and so do stretches with and
without streams.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import re
import selectors
import socket
import statistics
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Self
from urllib.parse import urlencode

from keyed_service import KEY, LARGE_BYTES, PACE_SECONDS, Service
from running import Application, Connection
from signin import ROUNDS, percentiles, probe, spread

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.connection import Connection as Pipe

STREAMS = 16
PREFIX = "/api/v1/connections/bench"
_TRIES = 200
_PIECE = 65_536
_HIDDEN = re.compile(r'<input[^>]*name="(csrf_token|id)"[^>]*value="([^"]*)"')


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=2000, help="calls of each kind, in turn")
    parser.add_argument("--large", type=int, default=8, help="large answers of each kind, in turn")
    parser.add_argument("--repeats", type=int, default=4, help="pairs of stretches without and with streams")
    parser.add_argument("--seconds", type=float, default=4, help="length of each half of a stretch")
    chosen = parser.parse_args()
    with (
        Service() as service,
        Application(ROUNDS, {"CONNECTIONS_ALLOW_NETWORKS": "127.0.0.0/8"}) as application,
    ):
        make_connection(application, service.port)
        show_added(application, service, chosen.calls)
        show_large(application, service, chosen.large)
        show_streams(application, "slow", chosen.repeats, chosen.seconds)
        show_streams(application, "fast", max(1, chosen.repeats // 2), chosen.seconds)


class Streams:
    """Within the `with` block, an answer for each token is under way, and read in a process of its own."""

    def __init__(self, port: int, path: str, tokens: Sequence[str]) -> None:
        self._orders, theirs = multiprocessing.Pipe()
        self._process = multiprocessing.get_context("fork").Process(
            target=_read_streams, args=(theirs, port, path, tokens), daemon=True
        )

    def __enter__(self) -> Self:
        self._process.start()
        told = self._orders.recv()
        if told != "open":
            raise SystemExit(f"A stream was refused: {told}")
        return self

    def __exit__(self, *_: object) -> None:
        self._orders.send("close")
        arrived, times = self._orders.recv()
        self._process.join()
        if arrived < times:
            raise SystemExit(f"Only {arrived} events arrived on the streams, of {times}: they were not open.")


def _read_streams(orders: Pipe, port: int, path: str, tokens: Sequence[str]) -> None:
    with contextlib.ExitStack() as opened, selectors.DefaultSelector() as selector:
        try:
            for token in tokens:
                selector.register(opened.enter_context(_open_stream(port, path, token)), selectors.EVENT_READ)
        except ConnectionError as refusal:
            orders.send(str(refusal))
            return
        orders.send("open")
        begun, events = time.monotonic(), 0
        while not orders.poll():
            for key, _ in selector.select(0.1):
                assert isinstance(key.fileobj, socket.socket)
                events += key.fileobj.recv(_PIECE).count(b"data: ")
        # Half of what was sent, at least: else they were not what they are meant to be.
        orders.send((events, int(len(tokens) * (time.monotonic() - begun) / PACE_SECONDS / 2)))


def _open_stream(port: int, path: str, token: str) -> socket.socket:
    """One stream whose head has arrived. A place that a stream has just left is free at its next event."""
    request = f"GET {PREFIX}/{path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n"
    for _ in range(_TRIES):
        connection = socket.create_connection(("127.0.0.1", port), 30)
        connection.sendall(request.encode())
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(_PIECE) or b"closed\r\n\r\n"
        if head[9:12] == b"200":
            return connection
        connection.close()
        if b"connections_busy" not in head and b"calls_at_once" not in head:
            break
        time.sleep(0.1)
    raise ConnectionError(head.decode()[:500])


def make_connection(application: Application, port: int) -> None:
    """What an administrator does on the page."""
    browser = application.open_console()
    _, page = browser.call("GET", "/admin/connections/new")
    form = [
        *_HIDDEN.findall(page.decode()),
        ("name", "bench"), ("purpose", "To be measured"), ("base_url", f"http://127.0.0.1:{port}"), ("is_enabled", "y"),
        ("key_credential", KEY), ("auth_kind", "bearer"), ("auth_name", ""), ("auth_template", ""),
        ("methods", "GET"), ("paths", "/*"), ("request_headers", ""), ("answer_headers", ""),
        ("per_person", "10000000/m"), ("overall", ""), ("most_sent", "1 MB"), ("most_answered", "10 GB"),
        ("answer_seconds", "30"), ("call_seconds", "300"), ("calls_at_once", str(2 * STREAMS)), ("roles", "user"),
    ]  # fmt: skip
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Origin": f"http://localhost:{application.port}",
        "Sec-Fetch-Site": "same-origin",
    }
    status, page = browser.call("POST", "/admin/connections/new", urlencode(form).encode(), headers)
    if status != HTTPStatus.SEE_OTHER:
        raise SystemExit(f"The form of the connection answered {status}: {page.decode()}")


def caller(port: int, path: str, credential: str) -> Callable[[], float]:
    """Calls over one kept-alive connection, and returns the milliseconds; fails loudly when refused."""
    connection, headers = Connection(port), {"Authorization": f"Bearer {credential}"}

    def call() -> float:
        begun = time.perf_counter()
        status, answer = connection.call("GET", path, headers=headers)
        took = 1000 * (time.perf_counter() - begun)
        if status != HTTPStatus.OK:
            raise SystemExit(f"{path} answered {status}: {answer.decode()[:300]}")
        return took

    return call


def in_turn(calls: Sequence[Callable[[], float]], count: int) -> list[list[float]]:
    """For each call its sorted milliseconds."""
    rounds = [[call() for call in calls] for _ in range(count)]
    return [sorted(times) for times in zip(*rounds, strict=True)]


def show_added(application: Application, service: Service, count: int) -> None:
    token = application.sign_in()
    calls = (
        caller(service.port, "/answer", KEY),
        caller(application.port, "/api/v1/protected", token),
        caller(application.port, f"{PREFIX}/answer", token),
    )
    in_turn(calls, 200)
    direct, protected, through = in_turn(calls, count)
    print("\nA call of 1 kB, one after the other")
    print(f"    direct                          {percentiles(direct)}")
    print(f"    protected call, no service      {percentiles(protected)}")
    print(f"    through the connection          {percentiles(through)}")
    print(f"    added to the direct call        {added(through, direct)}")
    print(f"    added to a protected call       {added(through, protected)}")


def added(these: Sequence[float], those: Sequence[float]) -> str:
    middle, late = len(these) // 2, min(len(these) - 1, int(len(these) * 0.99))
    return f"p50 {these[middle] - those[middle]:6.1f} ms   p99 {these[late] - those[late]:6.1f} ms"


def show_large(application: Application, service: Service, count: int) -> None:
    calls = (
        caller(service.port, "/large", KEY),
        caller(application.port, f"{PREFIX}/large", application.sign_in()),
    )
    in_turn(calls, 1)
    rates = [LARGE_BYTES / 1e3 / statistics.median(times) for times in in_turn(calls, count)]
    print(f"\nAn answer of {LARGE_BYTES / 1e6:.0f} MB, in which the key is looked for")
    print(f"    direct                          {rates[0]:6.0f} MB/s")
    print(f"    through the connection          {rates[1]:6.0f} MB/s")


def show_streams(application: Application, path: str, repeats: int, seconds: float) -> None:
    """Stretches without and with streams, in turn: slow ones, or such as arrive as fast as they are taken."""
    tokens = [application.sign_in() for _ in range(STREAMS)]
    # Another account signs in: with too many sessions the one of the streams would lose them.
    sign_in = [application.sign_in_client() for _ in range(2)][1]
    calls: tuple[list[float], list[float]] = ([], [])
    sign_ins: tuple[list[float], list[float]] = ([], [])
    ratios = []
    for _ in range(repeats):
        medians = []
        for number in (0, 1):
            with Streams(application.port, path, tokens) if number else contextlib.nullcontext():
                if number:
                    require_full(application.port, tokens[0])
                calls[number].extend(probe(application.port, tokens[0], seconds))
                times = repeated(sign_in, seconds)
            sign_ins[number].extend(times)
            medians.append(statistics.median(times))
        ratios.append(medians[1] / medians[0])
    print(f"\n{STREAMS} {path} streams under way, and a {STREAMS + 1}th call that is refused")
    for what, (without, during) in {"protected call": calls, "sign-in": sign_ins}.items():
        print(f"    {what + ', without':30}  {percentiles(sorted(without))}")
        print(f"    {what + ', during':30}  {percentiles(sorted(during))}")
        print(f"    {'    ratio':30}  {ratio(during, without, 0.5)}   {ratio(during, without, 0.99)}")
    print(f"    sign-in, ratio of each pair     {statistics.median(ratios):6.3f}   {spread(ratios)}")


def ratio(these: Sequence[float], those: Sequence[float], share: float) -> str:
    figures = [sorted(times)[min(len(times) - 1, int(len(times) * share))] for times in (these, those)]
    return f"p{share * 100:.0f} {figures[0] / figures[1]:6.3f}   "


def require_full(port: int, token: str) -> None:
    """The streams hold every place there is: one more call is told so."""
    status, answer = Connection(port).call(
        "GET", f"{PREFIX}/answer", headers={"Authorization": f"Bearer {token}"}
    )
    if status != HTTPStatus.SERVICE_UNAVAILABLE or b"connections_busy" not in answer:
        raise SystemExit(f"One more call answered {status}: {answer.decode()[:300]}")


def repeated(work: Callable[[], None], seconds: float) -> list[float]:
    """Milliseconds of each time."""
    times, started = [], time.perf_counter()
    while time.perf_counter() - started < seconds:
        begun = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - begun))
    return times


if __name__ == "__main__":
    main()
