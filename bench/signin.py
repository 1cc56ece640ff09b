"""Sign-ins against raw bcrypt on the same cores (goal P1), and token checks during a flood of sign-ins (goal P6).

    .venv/bin/python bench/signin.py

Starts the real application on a free port of the loopback with a database of its own, takes about a minute and a
half, and prints a table. Every figure is a ratio or a time from this one run; absolute speeds drift between runs.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import threading
import time
from collections import Counter
from http import HTTPStatus
from typing import TYPE_CHECKING

import bcrypt
from running import Application, Connection, processors

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.queues import Queue

ROUNDS = 12
CLIENTS_IN_FLOOD = 50
PROBES_A_SECOND = 50
PROBING_CALLERS = 10


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=4, help="pairs of raw bcrypt and sign-ins, in turn")
    parser.add_argument("--seconds", type=float, default=6, help="length of each half of a pair")
    parser.add_argument("--flood-seconds", type=float, default=15)
    parser.add_argument(
        "--pause", type=float, default=0, help="seconds a client of the flood waits when refused"
    )
    chosen = parser.parse_args()
    with Application(bcrypt_rounds=ROUNDS) as application:
        application.sign_in()
        rate = show_sign_ins(application, chosen.repeats, chosen.seconds)
        show_flood(application, rate, chosen.flood_seconds, chosen.pause)


def show_sign_ins(application: Application, repeats: int, seconds: float) -> float:
    """P1. Returns sign-ins a second without a flood."""
    raw_check = raw_bcrypt_check()
    # As many at work as there are cores and as many waiting: the cores never idle, and nobody is refused.
    clients = [application.sign_in_client() for _ in range(2 * processors())]
    in_parallel([raw_check] * processors(), 2)
    in_parallel(clients, max(5.0, seconds))
    raw, served, by_cpu = [], [], []
    for _ in range(repeats):
        cpu, count = time.process_time(), in_parallel([raw_check] * processors(), seconds)
        raw_cost = (time.process_time() - cpu) / count.total
        raw.append(count.per_second)
        cpu, count = application.cpu_seconds(), in_parallel(clients, seconds)
        by_cpu.append(raw_cost * count.total / (application.cpu_seconds() - cpu))
        served.append(count.per_second)
    ratios = [ours / theirs for ours, theirs in zip(served, raw, strict=True)]
    print(f"\nP1  sign-in against raw bcrypt.checkpw, {ROUNDS} rounds, {processors()} threads, floor 0.95")
    print(f"    raw bcrypt.checkpw a second     {statistics.median(raw):8.2f}")
    print(f"    sign-ins a second               {statistics.median(served):8.2f}")
    print(f"    ratio by the clock              {statistics.median(ratios):8.3f}   {spread(ratios)}")
    print(f"    ratio by processor time         {statistics.median(by_cpu):8.3f}   {spread(by_cpu)}")
    return statistics.median(served)


def show_flood(application: Application, rate: float, seconds: float, pause: float) -> None:
    """P6: clients sign in as fast as they can while one caller keeps asking for the protected resource."""
    token = application.sign_in()
    quiet = probe(application.port, token, min(seconds, 5))
    context = multiprocessing.get_context("spawn")
    answers: Queue[tuple[dict[int, int], float]] = context.Queue()
    # In a process of its own, or the probe would wait for the flood's own interpreter and blame the server.
    flood = context.Process(
        target=run_flood, args=(application.port, application.login_bodies, seconds + 2, pause, answers)
    )
    flood.start()
    time.sleep(1.5)
    during = probe(application.port, token, seconds)
    counts, lasted = answers.get(timeout=seconds + 60)
    flood.join()
    signed_in = counts.pop(HTTPStatus.OK, 0) / lasted
    refused = ", ".join(f"{count / lasted:.0f} with {status}" for status, count in sorted(counts.items()))
    print(
        f"\nP6  {CLIENTS_IN_FLOOD} clients flood sign-in, {pause:g} s pause when refused, floor 25 ms and 0.9"
    )
    print(f"    protected call, quiet           {percentiles(quiet)}")
    print(f"    protected call, flooded         {percentiles(during)}")
    print(
        f"    sign-ins a second               {signed_in:8.2f}   {signed_in / rate:.2f} of those without a flood"
    )
    print(f"    refused a second                {refused or 'none'}")


class Count:
    """How often something was done in a time."""

    def __init__(self, total: int, seconds: float) -> None:
        self.total = total
        self.per_second = total / seconds


def in_parallel(works: Sequence[Callable[[], object]], seconds: float) -> Count:
    """Repeats each work in a thread of its own; the time runs until the last one has finished."""
    done: list[int] = []
    started = time.perf_counter()

    def repeat(work: Callable[[], object]) -> None:
        times = 0
        while time.perf_counter() - started < seconds:
            work()
            times += 1
        done.append(times)

    threads = [threading.Thread(target=repeat, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(done) < len(works):
        raise SystemExit("A client failed; the figures would mean nothing.")
    return Count(sum(done), time.perf_counter() - started)


def raw_bcrypt_check() -> Callable[[], object]:
    password = b"x" * 64
    stored = bcrypt.hashpw(password, bcrypt.gensalt(ROUNDS))
    return lambda: bcrypt.checkpw(password, stored)


def probe(port: int, token: str, seconds: float) -> list[float]:
    """Milliseconds of protected calls at a steady pace, each from the moment it was due: waiting hides nothing.

    Several callers take turns, so that one slow answer is counted once and does not delay all that follow.
    """
    times: list[float] = []
    started = time.perf_counter()

    def ask(first: int) -> None:
        connection = Connection(port)
        for number in range(first, int(seconds * PROBES_A_SECOND), PROBING_CALLERS):
            due = started + number / PROBES_A_SECOND
            time.sleep(max(0.0, due - time.perf_counter()))
            status, _ = connection.call(
                "GET", "/api/v1/protected", headers={"Authorization": f"Bearer {token}"}
            )
            if status == HTTPStatus.OK:
                times.append(1000 * (time.perf_counter() - due))

    callers = [threading.Thread(target=ask, args=(first,)) for first in range(PROBING_CALLERS)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    if len(times) < int(seconds * PROBES_A_SECOND):
        raise SystemExit("A protected call was refused; the figures would mean nothing.")
    return sorted(times)


def run_flood(
    port: int,
    bodies: Sequence[bytes],
    seconds: float,
    pause: float,
    answers: Queue[tuple[dict[int, int], float]],
) -> None:
    counts: Counter[int] = Counter()
    lock = threading.Lock()
    started = time.perf_counter()

    def attack(body: bytes) -> None:
        connection = Connection(port)
        while time.perf_counter() - started < seconds:
            status, _ = connection.call("POST", "/api/v1/login", body, {"Content-Type": "application/json"})
            with lock:
                counts[status] += 1
            if pause and status != HTTPStatus.OK:
                time.sleep(pause)

    clients = [
        threading.Thread(target=attack, args=(bodies[number % len(bodies)],))
        for number in range(CLIENTS_IN_FLOOD)
    ]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    answers.put((dict(counts), time.perf_counter() - started))


def percentiles(times: list[float]) -> str:
    middle, late = times[len(times) // 2], times[min(len(times) - 1, int(len(times) * 0.99))]
    return f"p50 {middle:6.1f} ms   p99 {late:6.1f} ms   of {len(times)} calls"


def spread(ratios: list[float]) -> str:
    return f"from {min(ratios):.3f} to {max(ratios):.3f} in {len(ratios)} pairs"


if __name__ == "__main__":
    main()
