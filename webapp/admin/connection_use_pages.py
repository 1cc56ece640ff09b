"""What a connection is used for: its days as charts, who used it most, and the single calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template, request

from webapp.access.guards import page
from webapp.access.visitor import caller
from webapp.admin.charts import HEIGHT, stack
from webapp.admin.pages import blueprint, filters_of
from webapp.connections.purge import CALLS_KEPT
from webapp.connections.service import get_connection
from webapp.connections.use import CHARTED_DAYS, find_use
from webapp.connections.use_lists import name_of, page_of_calls, page_of_people
from webapp.core.paging import Cursor, url_of

if TYPE_CHECKING:
    from webapp.connections.models import Connection


@blueprint.get("/connections/<string(length=26):connection_id>/use", endpoint="connection_use")
@page("admin:read")
def show_use(connection_id: str) -> str:
    """The last days of one connection, whoever used it most, and its latest calls."""
    connection = get_connection(connection_id)
    use = find_use(connection.id)
    calls = page_of_calls(connection.id, None)
    return render_template(
        "admin/connection_use.html",
        connection=connection,
        path=_path(connection),
        use=use,
        calls_chart=stack([(each.answered, each.errors) for each in use.days]),
        bytes_chart=stack([(each.answered_bytes, each.sent_bytes) for each in use.days]),
        chart_height=HEIGHT,
        people=page_of_people(connection.id, None).rows,
        calls=calls.rows,
        has_more_calls=calls.older is not None,
        kept_days=CALLS_KEPT.days,
        me=caller().account,
    )


@blueprint.get("/connections/<string(length=26):connection_id>/use/people", endpoint="connection_people")
@page("admin:read")
def show_people(connection_id: str) -> str:
    """Everybody who used it in the charted days, most calls first."""
    connection = get_connection(connection_id)
    found = page_of_people(connection.id, Cursor.read(request.args.get("cursor"), int, str))
    here = f"{_path(connection)}/people"
    return render_template(
        "admin/connection_use_people.html",
        connection=connection,
        path=_path(connection),
        people=found.rows,
        days=CHARTED_DAYS,
        previous_url=url_of(here, {}, found.newer),
        next_url=url_of(here, {}, found.older),
        me=caller().account,
    )


@blueprint.get("/connections/<string(length=26):connection_id>/use/calls", endpoint="connection_calls")
@page("admin:read")
def show_calls(connection_id: str) -> str:
    """Its calls, latest first; `whom` is the id of an account whose calls alone are shown."""
    connection = get_connection(connection_id)
    filters = filters_of("whom")
    found = page_of_calls(
        connection.id, Cursor.read(request.args.get("cursor"), int), account_id=filters["whom"]
    )
    here = f"{_path(connection)}/calls"
    return render_template(
        "admin/connection_use_calls.html",
        connection=connection,
        path=_path(connection),
        calls=found.rows,
        whom=filters["whom"],
        name=name_of(filters["whom"]) if filters["whom"] else "",
        kept_days=CALLS_KEPT.days,
        newer_url=url_of(here, filters, found.newer),
        older_url=url_of(here, filters, found.older),
        me=caller().account,
    )


def _path(connection: Connection) -> str:
    return f"/admin/connections/{connection.id}/use"
