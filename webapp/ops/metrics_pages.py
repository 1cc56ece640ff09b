"""`GET /metrics`, for the networks of METRICS_ALLOW; for everybody else there is no such page."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final

from flask import Response, request

from webapp.access.guards import public, touches_nothing
from webapp.config import current_settings
from webapp.core.errors import NotFound
from webapp.ops.metrics_gauges import read_gauges
from webapp.ops.metrics_keeper import read_node
from webapp.ops.pages import blueprint
from webapp.web.origin import ARRIVED, FROM_PROXY

if TYPE_CHECKING:
    from webapp.web.origin import Arrived

# Nobody goes by these here, but a request that bears one has been handed on.
_SIGNS_OF_PROXIES: Final = ("Via", "X-Real-IP", "X-Forwarded-Port", "X-Forwarded-Server")


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

    Handed on by a proxy that TRUSTED_PROXIES does not name, or that does not say for whom, a request comes from the
    proxy's address, whoever made it: a network that holds the proxy would let everybody in.
    """
    environ = request.environ
    arrived: Arrived = environ[ARRIVED]
    is_handed_on = bool(arrived.said) or any(name in request.headers for name in _SIGNS_OF_PROXIES)
    if is_handed_on and (not environ[FROM_PROXY] or request.remote_addr == arrived.peer):
        raise NotFound
    try:
        caller = ip_address(request.remote_addr or "")
    except ValueError:
        raise NotFound from None
    if not any(
        caller.version == each.version and caller in each for each in current_settings().metrics_allow
    ):
        raise NotFound
