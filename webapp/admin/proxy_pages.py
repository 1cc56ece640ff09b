"""The proxy test: which address, scheme and host this very request has for the application, and why."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from flask import render_template, request

from webapp.access.guards import page
from webapp.access.visitor import caller
from webapp.admin.pages import blueprint
from webapp.config import current_settings
from webapp.core import clock
from webapp.ops.self_audit.evidence import Evidence, Visit
from webapp.ops.self_audit.proxies import PROXIES
from webapp.ops.self_audit.report import judge
from webapp.ops.self_audit.way_in import WayIn, list_headers, read_way
from webapp.web.origin import ARRIVED

if TYPE_CHECKING:
    from webapp.web.origin import Arrived


@blueprint.get("/settings/proxy", endpoint="proxy_test")
@page("admin:read")
def show_proxies() -> str:
    """What is believed of this request, what follows, and what to set."""
    settings = current_settings()
    arrived: Arrived = request.environ[ARRIVED]
    way = read_way(settings, arrived)
    evidence = Evidence(Visit(settings, os.environ, clock.now(), arrived), {WayIn: way})
    return render_template(
        "admin/proxy.html",
        way=way,
        headers=list_headers(way, request.headers.items()),
        results=judge(PROXIES.checks, evidence),
        trusted=settings.trusted_proxies,
        public_url=settings.public_url,
        me=caller().account,
    )
