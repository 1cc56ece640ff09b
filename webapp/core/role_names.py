"""What a role may be called: settings and forms go by the same rule."""

from __future__ import annotations

import re

_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")


def is_role_name(text: str) -> bool:
    """2 to 40 of a-z and 0-9, with single hyphens between them, beginning with a letter."""
    return 2 <= len(text) <= 40 and _NAME.fullmatch(text) is not None
