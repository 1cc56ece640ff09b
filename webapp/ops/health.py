"""Whether this node can do its work."""

from __future__ import annotations

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from webapp.config.load import PROJECT_ROOT
from webapp.core.parts import part
from webapp.infra.database import db
from webapp.infra.throttle import Throttle
from webapp.keys.ring import KeyRing


def list_faults() -> dict[str, str]:
    """What keeps this node from working: part -> one sentence without addresses or secrets. Empty when it is ready."""
    faults: dict[str, str] = {}
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        db.session.rollback()
        faults["database"] = "The database cannot be reached."
    else:
        if not is_schema_current():
            faults["schema"] = (
                "The database schema is not at the newest migration. Run: .venv/bin/flask --app wsgi db upgrade"
            )
        elif fault := part(KeyRing).find_fault():
            faults["keys"] = fault
    if not part(Throttle).healthy():
        faults["limits"] = "The limiter store cannot be reached; limits are counted on this node alone."
    return faults


def is_schema_current() -> bool:
    """Whether the database stands at the newest migration of this release."""
    config = Config()
    config.set_main_option("script_location", str(PROJECT_ROOT / "migrations"))
    heads = set(ScriptDirectory.from_config(config).get_heads())
    try:
        return set(MigrationContext.configure(db.session.connection()).get_current_heads()) == heads
    except SQLAlchemyError:
        db.session.rollback()
        return False
