"""How PostgreSQL is to plan the queries of the console's lists."""

from __future__ import annotations

from typing import Final

from sqlalchemy import text

from webapp.infra.database import db

_SETTINGS: Final = {
    "plan_cache_mode": "force_custom_plan",
    "random_page_cost": "0.02",
    "seq_page_cost": "0.02",
}


def plan_for_values() -> None:
    """Until the unit ends: plan each query for what it asks, and for pages that are in memory.

    A plan for any words would go through all accounts to find a rare name, or gather a million to show fifty. And where
    pages are most of the cost, it reads what lies together on few of them rather than by the index of what is asked.
    """
    if db.engine.dialect.name != "postgresql":
        return
    changes = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in _SETTINGS.items())
    db.session.execute(text(f"SELECT {changes}"))
