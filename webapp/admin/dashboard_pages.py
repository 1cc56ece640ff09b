"""The dashboard."""

from __future__ import annotations

from flask import render_template

from webapp.access.guards import page
from webapp.access.visitor import caller
from webapp.admin.charts import HEIGHT, stack
from webapp.admin.dashboard import LEAST_DAYS, view
from webapp.admin.health_strip import list_health
from webapp.admin.pages import blueprint


@blueprint.get("")
@page("admin:read")
def dashboard() -> str:
    """Today beside the usual, the last days as charts, how the parts are, and what to look at."""
    seen = view()
    return render_template(
        "admin/dashboard.html",
        seen=seen,
        least_days=LEAST_DAYS,
        sign_ins=stack([(each.sign_ins, each.failures) for each in seen.days]),
        new_accounts=stack([(each.new_accounts,) for each in seen.days]),
        chart_height=HEIGHT,
        health=list_health(seen.letters_given_up),
        me=caller().account,
    )
