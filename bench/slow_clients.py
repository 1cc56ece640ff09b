"""What slow clients do to quick ones: latency of quick requests while 100 sockets dribble, stall or do not read.

python bench/slow_clients.py                     # the product's server with the bounded middleware
python bench/slow_clients.py --bare              # the same server without the middleware
python bench/slow_clients.py --url http://127.0.0.1:8000/healthz     # a server that runs already
python bench/slow_clients.py --command "gunicorn -k gthread --threads 64 -b 127.0.0.1:{port} slow_clients:bare"

A run takes under three minutes. Figures are milliseconds; "cleared" is when the server had ended every slow one.
"""

from __future__ import annotations

import argparse
import os
import select
import shlex
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil

HERE = Path(__file__).resolve().parent
QUICK_REQUESTS = 150
GIVE_UP_SECONDS = 25.0
LARGE_BYTES = 8_000_000


def bare(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    """A WSGI application that does next to nothing: what is measured is the server."""
    body = environ["wsgi.input"].read() and b"ok" if environ["REQUEST_METHOD"] == "POST" else b"ok"
    if environ["PATH_INFO"] == "/large":
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(LARGE_BYTES))])
        return iter([b"x" * 65_536] * (LARGE_BYTES // 65_536) + [b"x" * (LARGE_BYTES % 65_536)])
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


def __getattr__(name: str) -> Any:
    """`slow_clients:bounded`, made only where it is asked for: other servers need not have the product installed."""
    if name != "bounded":
        raise AttributeError(name)
    sys.path.insert(0, str(HERE.parent))
    from webapp.web.bounds import BoundedRequests

    return BoundedRequests(bare)


@dataclass
class Scene:
    """What each slow socket sends at first, and what it goes on sending every 0.2 s."""

    name: str
    opening: bytes
    dribble: bytes = b""
    receive_buffer: int = 0


HEAD = b"Host: localhost\r\n"
SCENES = (
    Scene("bodies that dribble", b"POST / HTTP/1.1\r\n" + HEAD + b"Content-Length: 9999\r\n\r\na", b"a"),
    Scene("bodies that stall", b"POST / HTTP/1.1\r\n" + HEAD + b"Content-Length: 9999\r\n\r\na"),
    Scene("chunks that stall", b"POST / HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab"),
    Scene("headers that dribble", b"GET / HTTP/1.1\r\n" + HEAD, b"X-A: b\r\n"),
    Scene("idle after an answer", b"GET / HTTP/1.1\r\n" + HEAD + b"\r\n"),
    Scene("answers not read", b"GET /large HTTP/1.1\r\n" + HEAD + b"\r\n", receive_buffer=4096),
)


class Target:
    def __init__(self, host: str, port: int, path: str) -> None:
        self.host, self.port, self.path = host, port, path

    def connect(self, receive_buffer: int = 0) -> socket.socket:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        connection = socket.socket(family, socket.SOCK_STREAM)
        if receive_buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connection.settimeout(5)
        connection.connect((self.host, self.port))
        return connection

    def ask(self, method: str = "GET", body: bytes = b"") -> tuple[str, float]:
        """The status line (or what went wrong) and milliseconds, on a connection of its own."""
        begun = time.perf_counter()
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        head = f"{method} {self.path} HTTP/1.1\r\nHost: localhost\r\n{length}Connection: close\r\n\r\n"
        try:
            with self.connect() as connection:
                connection.sendall(head.encode() + body)
                status = connection.recv(4096)[9:12].decode()
        except OSError as failure:
            status = type(failure).__name__
        return status, (time.perf_counter() - begun) * 1000


def measure_quick(target: Target) -> str:
    answers = []
    for _ in range(QUICK_REQUESTS):
        answers.append(target.ask())
        if answers[-1][1] > 4000:  # once is enough to know
            return "no answer within 5 s"
        time.sleep(0.005)
    times = sorted(took for _, took in answers)
    failed = sum(not status.startswith(("2", "3")) for status, _ in answers)
    median, p99 = times[len(times) // 2], times[int(len(times) * 0.99)]
    return f"median {median:6.1f}  p99 {p99:7.1f}  max {times[-1]:7.1f}  failed {failed}"


def play(scene: Scene, target: Target, count: int) -> None:
    slow = [target.connect(scene.receive_buffer) for _ in range(count)]
    begun = time.perf_counter()
    for connection in slow:
        connection.sendall(scene.opening)
    ended = threading.Event()
    cleared: list[float] = []
    keeper = threading.Thread(target=keep_slow, args=(scene, slow, begun, ended, cleared))
    keeper.start()
    time.sleep(0.3)
    quick = measure_quick(target)
    posted, took = target.ask("POST", b"abc")
    keeper.join(max(0.0, GIVE_UP_SECONDS - (time.perf_counter() - begun)))
    ended.set()
    outcome = (
        f"cleared {max(cleared):.1f} s" if len(cleared) == count else f"{count - len(cleared)} never ended"
    )
    print(f"{scene.name:22} {quick}   POST {posted} {took:7.1f}   {outcome}", flush=True)
    for connection in slow:
        connection.close()


def keep_slow(
    scene: Scene, slow: list[socket.socket], begun: float, ended: threading.Event, cleared: list[float]
) -> None:
    """Dribbles on, and notes when the server ends each connection. Reads nothing where not reading is the point."""
    open_still = set(slow)
    while open_still and not ended.wait(0.2):
        for connection in list(open_still):
            try:
                if scene.dribble:
                    connection.sendall(scene.dribble)
                if scene.receive_buffer:
                    continue
                readable, _, _ = select.select([connection], [], [], 0)
                over = bool(readable) and not connection.recv(65_536)
            except OSError:
                over = True
            if over:
                cleared.append(time.perf_counter() - begun)
                open_still.discard(connection)


def measure_cost(target: Target, process: psutil.Process, method: str, requests: int = 6000) -> None:
    """CPU of the server for each request over 8 kept connections: the figure that survives a busy machine."""
    body = b"x" * 60 if method == "POST" else b""
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    request = f"{method} / HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n{length}\r\n".encode() + body

    def spent() -> float:
        return sum(sum(each.cpu_times()[:2]) for each in [process, *process.children(recursive=True)])

    def ask_repeatedly(times: int) -> None:
        with target.connect() as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for _ in range(times):
                connection.sendall(request)
                answer = connection.recv(4096)
                while not answer.endswith(b"ok"):
                    answer += connection.recv(4096)

    ask_repeatedly(500)
    before = spent()
    callers = [threading.Thread(target=ask_repeatedly, args=(requests // 8,)) for _ in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    print(f"cost of a {method}: {(spent() - before) / requests * 1e6:.0f} µs of CPU", flush=True)


def start(command: list[str], port: int) -> subprocess.Popen[bytes]:
    paths = os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])
    process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": paths}, cwd=HERE.parent)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return process
    process.kill()
    raise SystemExit("The server did not start.")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--url", help="a server that runs already; its cost is not measured")
    parser.add_argument("--command", help="another server; {port} is replaced")
    parser.add_argument("--bare", action="store_true", help="without the bounded middleware")
    parser.add_argument("--count", type=int, default=100, help="slow sockets in each scene")
    parser.add_argument("--port", type=int, default=8790)
    options = parser.parse_args()
    if options.url:
        parts = urlsplit(options.url)
        target = Target(parts.hostname or "127.0.0.1", parts.port or 80, parts.path or "/")
        # Somebody else's application has no large answer to leave unread.
        run(target, options.count, SCENES[:-1])
        return
    # The server's own entry, without the product's settings around it.
    own = (
        "import sys; from types import SimpleNamespace as S; from webapp.ops.server import serve; "
        f"sys.exit(serve(S(host='127.0.0.1', port={options.port}, redis_url=None), [], "
        f"'slow_clients:{'bare' if options.bare else 'bounded'}'))"
    )
    command = (
        shlex.split(options.command.format(port=options.port))
        if options.command
        else [sys.executable, "-c", own]
    )
    process = start(command, options.port)
    try:
        target = Target("127.0.0.1", options.port, "/")
        for method in ("GET", "POST"):
            measure_cost(target, psutil.Process(process.pid), method)
        run(target, options.count)
        resident = [each.memory_info().rss for each in psutil.Process(process.pid).children(recursive=True)]
        print(f"resident memory of the workers afterwards: {sum(resident) / 1e6:.0f} MB")
    finally:
        process.terminate()
        process.wait(20)


def run(target: Target, count: int, scenes: Sequence[Scene] = SCENES) -> None:
    print(f"{'nobody slow':22} {measure_quick(target)}", flush=True)
    for scene in scenes:
        play(scene, target, count)


if __name__ == "__main__":
    main()
