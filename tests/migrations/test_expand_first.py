"""Migrations expand first: what the release before uses stays as it is, and goes a release after it was last used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from tests.migrations.narrowing import list_narrowed, read_schema
from tests.servers.application import build_app, let_go_of
from webapp.config.load import PROJECT_ROOT
from webapp.infra.database import Base, db
from webapp.infra.migrations import upgrade

if TYPE_CHECKING:
    from pathlib import Path

    from alembic.script import Script

# The newest migration of the last release that was not bound by the rule.
BEFORE_THE_RULE = "0007"
PERSON = "CREATE TABLE person (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL, note VARCHAR(40))"


def later_migrations() -> list[Script]:
    config = Config()
    config.set_main_option("script_location", str(PROJECT_ROOT / "migrations"))
    every = ScriptDirectory.from_config(config).walk_revisions(base=BEFORE_THE_RULE)
    return [each for each in reversed(list(every)) if each.revision != BEFORE_THE_RULE]


def test_no_migration_takes_what_the_release_before_uses(tmp_path: Path) -> None:
    """A contraction names, in `unused_since`, each thing it takes and the migration with which the first release came
    that did without.
    """
    app = build_app(tmp_path, f"sqlite:///{tmp_path / 'expanding.db'}")
    found = []
    used = {table.name for table in Base.metadata.sorted_tables}
    used |= {
        f"{column.table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
    }
    with app.app_context():
        upgrade(revision=BEFORE_THE_RULE)
        for migration in later_migrations():
            with db.engine.connect() as connection:
                before = read_schema(connection)
            upgrade(revision=migration.revision)
            with db.engine.connect() as connection:
                narrowed = list_narrowed(before, read_schema(connection))
            unused = getattr(migration.module, "unused_since", {})
            found += [
                f"{migration.revision}: {what}"
                for what in narrowed
                if what not in unused or not unused[what] < migration.revision or what in used
            ]
    let_go_of(app)
    assert found == []


@pytest.mark.parametrize(
    ("statements", "noticed"),
    [
        (["ALTER TABLE person ADD COLUMN age INTEGER"], []),
        (["ALTER TABLE person ADD COLUMN age INTEGER NOT NULL DEFAULT 0"], []),
        (["CREATE TABLE pet (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL UNIQUE)"], []),
        (["CREATE INDEX ix ON person (name)"], []),
        (["ALTER TABLE person DROP COLUMN note"], ["person.note"]),
        (["ALTER TABLE person RENAME COLUMN note TO remark"], ["person.note"]),
        (["DROP TABLE person"], ["person"]),
        (["CREATE UNIQUE INDEX ix ON person (name)"], ["person: unique ['name']"]),
        (
            ["DROP TABLE person", PERSON.replace("note VARCHAR(40)", "note VARCHAR(40) NOT NULL")],
            ["person.note"],
        ),
        (["DROP TABLE person", PERSON.replace("40", "20")], ["person.name", "person.note"]),
        (["DROP TABLE person", PERSON.replace("40", "400")], []),
        (["DROP TABLE person", PERSON.replace("note VARCHAR(40)", "note INTEGER")], ["person.note"]),
        (["DROP TABLE person", PERSON[:-1] + ", age INTEGER NOT NULL)"], ["person.age"]),
        (["DROP TABLE person", PERSON[:-1] + ", CHECK (name <> ''))"], ["person: check name <> ''"]),
    ],
)
def test_what_the_release_before_would_notice_is_seen(statements: list[str], noticed: list[str]) -> None:
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        connection.execute(text(PERSON))
        before = read_schema(connection)
        for statement in statements:
            connection.execute(text(statement))
        assert list_narrowed(before, read_schema(connection)) == noticed
    engine.dispose()
