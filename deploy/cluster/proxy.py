"""nginx with deploy/nginx as it stands there: only places and ports are filled in."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import ssl
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.cluster.certificate import keep_certificate
from deploy.cluster.places import NOBODY, server_user
from deploy.cluster.processes import Program

if TYPE_CHECKING:
    from collections.abc import Sequence

NGINX = Path("/usr/sbin/nginx")
CONFIGURATION = Path(__file__).resolve().parents[1] / "nginx"
_EXAMPLE_HOST = "accounts.example.org"
_NODES = ("10.0.0.11:8000", "10.0.0.12:8000")
_SERVERS = ("max_fails=2 fail_timeout=10s", "max_fails=0 backup")
_KINDS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


class Proxy:
    """The cluster's nginx: HTTPS on `port`, and plain HTTP on `plain_port`, which leads there."""

    def __init__(self, folder: Path, port: int, plain_port: int, node_ports: Sequence[int]) -> None:
        self.port = port
        self.plain_port = plain_port
        self.ca_path = folder / "certificate" / "authority.crt"
        # Where an application listens that is to be reached at /application/ by people who are signed in.
        self.application_port: int | None = None
        self._folder = folder / "nginx"
        self._certificate = folder / "certificate"
        self._node_ports = node_ports
        self._program = Program("nginx", folder)

    def write(self) -> Path:
        """The configuration with everything filled in; returns the main file."""
        keep_certificate(self._certificate)
        self._folder.mkdir(mode=0o711, exist_ok=True)
        applications = self._folder / "latchkey" / "applications"
        applications.mkdir(parents=True, exist_ok=True)
        shutil.copy(CONFIGURATION / "forwarded.conf", self._folder / "latchkey")
        (applications / "application.conf").unlink(missing_ok=True)
        if self.application_port is not None:
            example = (CONFIGURATION / "application.conf").read_text()
            there = {"10.0.0.21:9000": f"127.0.0.1:{self.application_port}"}
            (applications / "application.conf").write_text(fill_in(example, there))
        text = fill_in((CONFIGURATION / "latchkey.conf").read_text(), self._ports())
        for name in ("server.crt", "server.key"):
            text = fill_in(text, {f"/etc/nginx/latchkey/{name}": f'"{self._certificate / name}"'})
        (self._folder / "latchkey.conf").write_text(text)
        main = self._folder / "nginx.conf"
        main.write_text("\n".join([*self._main_lines(), ""]))
        return main

    def start(self) -> None:
        if not NGINX.exists():
            raise RuntimeError(
                "nginx is missing. Install it (Debian: apt-get install nginx), and start again."
            )
        main = self.write()
        self._program.start(
            [str(NGINX), "-p", str(self._folder), "-c", str(main), "-e", "stderr", "-g", "daemon off;"],
            cwd=self._folder,
            environment={"PATH": os.environ.get("PATH", "")},
            stop_signal=signal.SIGTERM,
        )
        self._program.wait_until_ready(self._answers, "nginx to answer")

    def stop(self) -> None:
        self._program.stop()

    def check(self) -> str:
        """What `nginx -t` says against the configuration; nothing when it is in order."""
        main = self.write()
        told = subprocess.run(
            [str(NGINX), "-t", "-q", "-p", str(self._folder), "-c", str(main), "-e", "stderr"],
            capture_output=True,
            text=True,
            check=False,
        )
        return told.stdout + told.stderr

    def read_log(self) -> str:
        return self._program.read_log()

    def client_context(self) -> ssl.SSLContext:
        """For a client that trusts the cluster's certificate and no other."""
        return ssl.create_default_context(cafile=str(self.ca_path))

    def _ports(self) -> dict[str, str]:
        servers = {
            "\n".join(f"    server {node} {how};" for node in _NODES): "\n".join(
                f"    server 127.0.0.1:{port} {how};" for port in self._node_ports
            )
            for how in _SERVERS
        }
        return {
            **servers,
            "    listen 80;\n    listen [::]:80;": f"    listen 127.0.0.1:{self.plain_port};",
            "    listen 443 ssl http2;\n    listen [::]:443 ssl http2;": f"    listen 127.0.0.1:{self.port} ssl http2;",
            f"https://{_EXAMPLE_HOST}": f"https://localhost:{self.port}",
            f"server_name {_EXAMPLE_HOST};": "server_name localhost;",
        }

    def _main_lines(self) -> list[str]:
        # Workers of a root's nginx become another user, who owns the folders they write to.
        user = ["user nobody nogroup;"] if server_user() is not None else []
        temporary = self._folder / "temporary"
        temporary.mkdir(mode=0o700, exist_ok=True)
        if user:
            os.chown(temporary, NOBODY, NOBODY)
        return [
            *user,
            "worker_processes 1;",
            "error_log stderr warn;",
            f'pid "{self._folder}/nginx.pid";',
            "events { worker_connections 4096; }",
            "http {",
            "    include /etc/nginx/mime.types;",
            "    access_log off;",
            *(f'    {kind}_temp_path "{temporary}/{kind}";' for kind in _KINDS),
            "    include latchkey.conf;",
            "}",
        ]

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.plain_port, timeout=5)
        try:
            connection.request("GET", "/")
            return connection.getresponse().status == http.HTTPStatus.PERMANENT_REDIRECT
        except OSError:
            return False
        finally:
            connection.close()


def fill_in(text: str, instead: dict[str, str]) -> str:
    """`text` with each key replaced. Raises ValueError for one that is not there: the file has changed."""
    for old, new in instead.items():
        if old not in text:
            raise ValueError(f"deploy/nginx no longer says {old!r}")
        text = text.replace(old, new)
    return text
