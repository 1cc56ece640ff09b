"""Pages for the person at this machine alone, whatever address the server listens on."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import request

from webapp.config.safety import LOOPBACK_NAMES
from webapp.core.errors import NotFound
from webapp.core.origin import current_origin


def require_this_machine() -> None:
    """The caller is here, and called this machine by a name of its own. Raises NotFound for anybody else.

    The name too: a tunnel or proxy that hands strangers on comes from here as well, but under the name they called.
    """
    try:
        is_here = ip_address(current_origin().address).is_loopback
    except ValueError:
        is_here = False
    if not is_here or urlsplit(f"//{request.host}").hostname not in LOOPBACK_NAMES:
        raise NotFound("This page is shown only in a browser on the machine that runs the server.")
