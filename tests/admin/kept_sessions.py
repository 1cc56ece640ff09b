"""Sessions as they might stand in the database, and the list that shows them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tests.make import entered
from webapp.core import clock
from webapp.infra.audit import bits_of_address
from webapp.infra.database import db, unit_of_work
from webapp.sessions.models import Session

if TYPE_CHECKING:
    from flask import Flask

    from tests.make import Person

LIST = "/admin/sessions"


def keep(app: Flask, person: Person, *, device: str, hours_ago: float = 1, **values: object) -> str:
    """A session as it might stand in the database. Returns its id."""
    begun = clock.now() - timedelta(hours=hours_ago)
    facts: dict[str, object] = {
        "id": f"s{device.replace(' ', '')}"[:26].lower(),
        "account_id": person.id,
        "device": device,
        "address": "203.0.113.7",
        "methods": "pwd",
        **dict.fromkeys(("created_at", "authenticated_at", "proved_at", "last_active_at"), begun),
        "ends_at": begun + timedelta(days=30),
        **values,
    }
    facts["address_bits"] = bits_of_address(str(facts["address"]))
    with entered(app), unit_of_work():
        db.session.add(Session(**facts))
    return str(facts["id"])
