"""Where a person was going: a path on this site, or nothing."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_PATH = re.compile(r"/(?![/\\])[A-Za-z0-9_.~!$&'()*+,;=:@%/?-]{0,1999}\Z")
HOME = "/account"


def local_path(value: str | None, *, default: str = HOME, also_sign_in: bool = False) -> str:
    """The value when it is a plain local path, else the default. After signing in, the way back to it would be a loop.

    Browsers read two slashes, a backslash, tabs and line breaks in surprising ways (RFC 9700, section 4.11).
    """
    if not value or not _PATH.match(value):
        return default
    parts = urlsplit(value)
    is_local = not parts.scheme and not parts.netloc
    is_loop = parts.path.startswith(("/login", "/logout")) and not also_sign_in
    return value if is_local and not is_loop else default
