"""`GET /metrics`, for the networks of METRICS_ALLOW; for everybody else there is no such page."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

from flask import Response, request

from webapp.access.guards import public, touches_nothing
from webapp.config import current_settings
from webapp.core.errors import NotFound
from webapp.ops.metrics_gauges import read_gauges
from webapp.ops.metrics_keeper import read_node
from webapp.ops.pages import blueprint
from webapp.web.origin import ARRIVED, FROM_PROXY


@blueprint.get("/metrics")
@public
@touches_nothing
def metrics() -> Any:
    """Counts and gauges of this node, in the text format of Prometheus or as OpenMetrics."""
    _require_scraper()
    # The library takes a tenth of a second and 3 MB, which only who is asked for metrics needs.
    from webapp.ops.metrics_text import write_metrics

    gauges = read_gauges()
    text, content_type = write_metrics(read_node(), gauges, request.headers.get("Accept", ""))
    return Response(text, content_type=content_type)


def _require_scraper() -> None:
    """Raises NotFound for whoever is not within METRICS_ALLOW.

    Handed on by a proxy that TRUSTED_PROXIES does not name, a request comes from the proxy's address, whoever made it:
    a network that holds the proxy would let everybody in.
    """
    environ = request.environ
    if environ[ARRIVED].said and not environ[FROM_PROXY]:
        raise NotFound
    try:
        caller = ip_address(request.remote_addr or "")
    except ValueError:
        raise NotFound from None
    if not any(
        caller.version == each.version and caller in each for each in current_settings().metrics_allow
    ):
        raise NotFound
