"""A certificate for localhost, by an authority made for it: browsers and curl are told of the authority's file."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from cryptography import x509

from deploy.cluster.places import private_file
from tests.servers.certificates import Authority
from webapp.core import clock

if TYPE_CHECKING:
    from pathlib import Path

_LIFETIME = timedelta(days=90)
# Made anew when less is left: a cluster may run for long.
_LEFT = timedelta(days=30)


def keep_certificate(folder: Path) -> None:
    """Have authority.crt, server.crt and server.key in `folder`, good for a month at least."""
    file = folder / "server.crt"
    if file.exists():
        until = x509.load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc
        if until - clock.now() > _LEFT:
            return
    folder.mkdir(mode=0o700, exist_ok=True)
    until = clock.now() + _LIFETIME
    authority = Authority(folder / "authority.crt", "Latchkey cluster on this machine:", _LIFETIME)
    certificate, key = authority.vouch_for("localhost", "127.0.0.1", until=until)
    private_file(folder / "server.key", key.decode("ascii"))
    file.write_bytes(certificate)
