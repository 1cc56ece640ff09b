"""`make cluster`: starts everything, says where it is, and stops it with Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from deploy.cluster.cluster import Cluster
from deploy.cluster.node import PROJECT_ROOT
from deploy.cluster.places import is_reachable

PORT = 8443
# Where the servers' user gets to when root's own folder is closed to it.
ELSEWHERE = Path("/var/lib/latchkey-cluster")


def main() -> int:
    options = _read_arguments()
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stopped.set())
    try:
        cluster = Cluster(options.folder, port=options.port, nodes=options.nodes)
        _say(f"Starting {options.nodes} nodes, PostgreSQL, a Redis-protocol server and nginx …")
        cluster.start()
    except (RuntimeError, TimeoutError) as failure:
        sys.stderr.write(f"{failure}\n")
        return 1
    for line in describe(cluster):
        _say(line)
    stopped.wait()
    _say("Stopping …")
    cluster.stop()
    return 0


def describe(cluster: Cluster) -> list[str]:
    """Where everything is, and how to make the first administrator."""
    nodes = ", ".join(node.url for node in cluster.nodes)
    return [
        f"Latchkey is at {cluster.url}",
        f"  nodes        {nodes}",
        f"  data, logs   {cluster.folder}",
        f"  certificate  by {cluster.ca_path} (curl --cacert; a browser asks once)",
        "Make the first administrator, in another terminal:",
        f"  {_quoted(cluster.command_path)} create-admin",
        "Any other command works in the same way. Ctrl-C stops everything; the data stays.",
    ]


def default_folder() -> Path:
    inside = PROJECT_ROOT / "instance" / "cluster"
    return inside if is_reachable(inside) else ELSEWHERE


def _quoted(path: Path) -> str:
    return f"'{path}'" if " " in str(path) else str(path)


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m deploy.cluster", description=__doc__)
    parser.add_argument("--folder", type=Path, default=default_folder(), help="where everything is kept")
    parser.add_argument("--port", type=int, default=PORT, help=f"of https://localhost ({PORT})")
    parser.add_argument("--nodes", type=int, default=2)
    return parser.parse_args()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
