"""Latchkey: sign-in for web applications that people run themselves.

The map of the house: core < config < infra < accounts < keys < sessions < tokens < factors < signin < joining
< recovery < profile < connections < webhooks < admin < guide < ops hold what is true; `access` says who is calling,
`web` speaks HTTP and knows no feature, and the edges of each feature (pages, api, forms, commands) stand between the
two. `factory` puts it together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from webapp.config import Settings
    from webapp.web.application import Application


def create_app(settings: Settings | None = None) -> Application:
    """The whole application, ready for any WSGI server. Raises UnusableSettings with everything that is wrong."""
    # Imported when asked for, so that using one part of the house does not load all of it.
    from webapp.config import load_settings
    from webapp.factory import build_app

    return build_app(settings or load_settings())
