"""What a worker holds in memory after minutes of load, and how soon a server answers after its start (goal P8).

    .venv/bin/python bench/endurance.py --minutes 10

Starts the real application on a free port with a database of its own, as `flask serve` does, from nothing and again;
then people sign in, renew, call and look at pages, services verify and introspect, and Prometheus reads /metrics,
without a pause. Ends with 1 where a bound is passed or where memory still grows at the end.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
from load import Loader, SameRequests
from running import MALLOC, ROOT, Application, Connection, cpu_seconds_of, tree_of
from tokens import DEADLINE, OVERLAP, Rotation, basic, call, question

MOST_MEGABYTES = 150
MOST_SECONDS = 3.0
# The last quarter may hold so much more than the one before it.
MOST_GROWTH = 0.05
SLICE_SECONDS = 5.0
SCRAPE_SECONDS = 15.0
_MEGABYTE = 1_048_576


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--starts", type=int, default=3)
    chosen = parser.parse_args()
    fresh, again = measure_starts(chosen.starts)
    print("\nFrom the command to the first answer, median (from … to):")
    for name, found in (("with an empty folder, migrations included", fresh), ("again", again)):
        by_clock, used = ([each[place] for each in found] for place in (0, 1))
        print(
            f"    {name:44}{statistics.median(by_clock):6.2f} s  ({min(by_clock):.2f} … {max(by_clock):.2f}), "
            f"{statistics.median(used):.2f} s of processor time"
        )
    sizes = measure_memory(chosen.minutes * 60)
    most, growth = max(sizes), growth_of(sizes)
    print(
        f"\nResident memory of the worker: {most:.0f} MB at most, {growth:+.1%} in the last quarter of the run."
    )
    print("Of what it shares with its supervisor, own MB counts its part alone.")
    passed = [
        (
            statistics.median(seconds for seconds, _ in again) <= MOST_SECONDS,
            f"a start in {MOST_SECONDS:.0f} s",
        ),
        (most <= MOST_MEGABYTES, f"{MOST_MEGABYTES} MB"),
        (growth <= MOST_GROWTH, f"growth of {MOST_GROWTH:.0%}"),
    ]
    for is_kept, bound in passed:
        print(f"    {'kept' if is_kept else 'NOT kept'}: {bound}")
    sys.exit(0 if all(is_kept for is_kept, _ in passed) else 1)


def measure_starts(times: int) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Of starts in an empty folder, and of the starts after them in the same folder."""
    fresh, again = [], []
    for _ in range(times):
        with tempfile.TemporaryDirectory(prefix="latchkey-bench-") as folder:
            fresh.append(time_start(folder))
            again.append(time_start(folder))
    return fresh, again


def time_start(folder: str) -> tuple[float, float]:
    """From the command to an answer of /readyz: seconds by the clock, and processor seconds used."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    environment = {
        "GLIBC_TUNABLES": MALLOC,
        **os.environ,
        "APP_ENV": "development",
        "INSTANCE_PATH": folder,
        "PORT": str(port),
    }
    begun = time.perf_counter()
    server = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi", "serve"],
        cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        while server.poll() is None:
            with contextlib.suppress(OSError):
                if Connection(port).call("GET", "/readyz")[0] == 200:
                    return time.perf_counter() - begun, cpu_seconds_of(tree_of(server.pid))
            time.sleep(0.01)
        raise SystemExit("The application did not start.")
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)


def measure_memory(seconds: float) -> list[float]:
    """Megabytes of the largest worker, after each slice of load."""
    settings = {
        "REFRESH_OVERLAP": str(OVERLAP),
        "REFRESH_DEADLINE": str(DEADLINE),
        "METRICS_ALLOW": "127.0.0.1",
    }
    application = Application(10, settings)
    with application as served, contextlib.ExitStack() as stack:
        loaders = [stack.enter_context(contextlib.closing(each)) for each in list_loaders(served)]
        stop = threading.Event()
        people = [
            threading.Thread(target=task, args=(served, stop)) for task in (sign_in, look_around, scrape)
        ]
        for each in people:
            each.start()
        try:
            return load_and_weigh(served, loaders, seconds)
        finally:
            stop.set()
            for each in people:
                each.join()


def list_loaders(served: Application) -> list[Loader]:
    """Everything that programs ask, each from a process of its own."""
    tokens = [served.open_session().token for _ in range(40)]
    client = basic(*served.make_client())
    return [
        Loader(served.port, SameRequests([call("/api/v1/verify", each) for each in tokens])),
        Loader(served.port, SameRequests([call("/api/v1/protected", each) for each in tokens])),
        Loader(served.port, SameRequests([question("/api/v1/introspect", client, each) for each in tokens])),
        Loader(served.port, Rotation(served, 40, "/api/v1/refresh", "__Host-refresh_token")),
    ]


def load_and_weigh(served: Application, loaders: list[Loader], seconds: float) -> list[float]:
    """Load until the time is over; prints a line a minute."""
    sizes: list[float] = []
    begun = told = time.monotonic()
    answers = 0
    print("\n  minute    answers     MB   own MB")
    with ThreadPoolExecutor(len(loaders)) as pool:
        while (now := time.monotonic()) - begun < seconds:
            loads = list(pool.map(lambda each: each.run(SLICE_SECONDS), loaders))
            answers += sum(each.wanted + sum(each.others.values()) for each in loads)
            sizes.append(weigh(served))
            if now - told >= 60 or len(sizes) == 1:
                told = now
                own = weigh(served, "pss")
                print(f"{(now - begun) / 60:8.1f}{answers:11,}{sizes[-1]:7.0f}{own:9.0f}", flush=True)
    return sizes


def weigh(served: Application, what: str = "rss") -> float:
    """Megabytes of the largest worker: the first of the processes is its supervisor."""
    sizes = [psutil.Process(pid).memory_full_info() for pid in served.pids()[1:]]
    return max(float(getattr(each, what)) for each in sizes) / _MEGABYTE


def growth_of(sizes: list[float]) -> float:
    """How much the last quarter holds more than the one before, in the median."""
    quarter = max(1, len(sizes) // 4)
    before, after = sizes[-2 * quarter : -quarter] or sizes[:1], sizes[-quarter:]
    return statistics.median(after) / statistics.median(before) - 1


def sign_in(served: Application, stop: threading.Event) -> None:
    while not stop.wait(0.2):
        served.open_session()


def look_around(served: Application, stop: threading.Event) -> None:
    browser = served.open_console()
    pages = ("/account", "/login", "/admin", "/admin/accounts", "/admin/audit", "/admin/sessions", "/nothing")
    while not stop.is_set():
        for path in pages:
            browser.call("GET", path)
            stop.wait(0.3)


def scrape(served: Application, stop: threading.Event) -> None:
    prometheus = Connection(served.port)
    while not stop.wait(SCRAPE_SECONDS):
        status, answer = prometheus.call("GET", "/metrics")
        if status != 200:
            raise SystemExit(f"/metrics answered {status}: {answer.decode()[:300]}")


if __name__ == "__main__":
    main()
