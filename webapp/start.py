"""Starting: the application, or one readable line for each reason it cannot start."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from webapp.config import UnusableSettings

if TYPE_CHECKING:
    from webapp.web.application import Application


def application_or_exit() -> Application:
    """What `wsgi.py` serves. Leaves with status 1 and no traceback when the settings cannot be used."""
    from webapp import create_app

    try:
        return create_app()
    except UnusableSettings as refusal:
        print("Latchkey cannot start:", file=sys.stderr)  # noqa: T201 - nobody has set up a log yet
        for complaint in refusal.complaints:
            print(f"  - {complaint}", file=sys.stderr)  # noqa: T201
        sys.exit(1)
