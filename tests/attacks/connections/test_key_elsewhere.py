"""A key that somebody writes into a field that is no secret: nothing is saved, and nothing of it stays anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.connections.making import CANARY_KEY
from tests.connections.use_world import connect
from tests.make import entered
from webapp.connections.rows import words_of
from webapp.connections.service import change_connection, get_connection, replace_key, version_of
from webapp.connections.words import require_words
from webapp.core.errors import InvalidInput
from webapp.infra.database import unit_of_work

if TYPE_CHECKING:
    from flask import Flask

KEY = CANARY_KEY.lower()
FIELDS: dict[str, Any] = {
    "name": KEY,
    "purpose": f"With {CANARY_KEY}",
    "base_url": f"https://{KEY}.example.com",
    "paths": ("/a/*", f"/bot{CANARY_KEY}/*"),
    "request_headers": (f"x-{KEY}",),
    "answer_headers": (KEY,),
    "auth_template": f"{CANARY_KEY} {{key}}",
    "auth_name": f"X-{CANARY_KEY}",
}


def words(field: str) -> dict[str, Any]:
    header = {"auth_kind": "header", "auth_name": "X-Key"} if field.startswith("auth") else {}
    return {**header, field: FIELDS[field]}


@pytest.mark.parametrize("field", FIELDS)
def test_connection_is_not_made_with_its_key_in_another_field(app: Flask, field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        connect(app, **words(field))
    assert list(refusal.value.fields or {}) == [field]
    assert KEY not in str(refusal.value.fields).lower()


@pytest.mark.parametrize("field", ["purpose", "paths", "request_headers", "answer_headers"])
def test_connection_is_not_changed_so_that_its_key_stands_in_another_field(app: Flask, field: str) -> None:
    made = connect(app)
    with entered(app), unit_of_work():
        row = get_connection(made.id)
        before = {name: getattr(words_of(row), name) for name in words_of(row).__slots__}
        changed = require_words(**before | words(field))
        with pytest.raises(InvalidInput) as refusal:
            change_connection(made.id, changed, version=version_of(row), actor_id="A" * 26)
    assert list(refusal.value.fields or {}) == [field]


@pytest.mark.parametrize("field", ["base_url", "auth_name", "auth_template"])
def test_key_is_not_replaced_by_one_that_is_known_already(app: Flask, field: str) -> None:
    made = connect(app, paths=("/forecast/*",))
    with entered(app), unit_of_work():
        version = version_of(get_connection(made.id))
        with pytest.raises(InvalidInput) as refusal:
            replace_key(made.id, CANARY_KEY, version=version, actor_id="A" * 26, **words(field))
    assert list(refusal.value.fields or {}) == [field]
