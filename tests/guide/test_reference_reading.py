"""How a description is read: schemas as fields, refusals as rows, examples that their calls accept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from webapp.core.errors import NotFound
from webapp.guide.reference import list_versions, read_reference
from webapp.guide.reference_command import command_of
from webapp.guide.reference_schemas import Schemas
from webapp.web.form_bodies import FormBody
from webapp.web.openapi import describe_api

if TYPE_CHECKING:
    from flask import Flask

NAMED: dict[str, Any] = {
    "Tree": {
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": {"type": "string", "minLength": 1, "maxLength": 9},
            "kind": {"enum": ["oak", "ash"], "type": "string", "default": "oak"},
            "felled_at": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
            "rings": {"type": "array", "maxItems": 3, "items": {"type": "integer"}},
            "labels": {"type": "object", "additionalProperties": {"type": "string"}},
            "branches": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
        },
    }
}
TREE = {"$ref": "#/components/schemas/Tree"}


def document_with(**operation: Any) -> dict[str, Any]:
    described = {
        "operationId": "v1_trees_plant_it",
        "summary": "Plant `it`.",
        "tags": ["old_trees"],
        "security": [],
        "responses": {"204": {"description": "Done."}},
    }
    return {
        "paths": {"/api/v1/trees/{tree_id}": {"post": {**described, **operation}}},
        "components": {"schemas": NAMED},
    }


def test_fields_of_a_schema_are_named_by_their_way_and_said_in_words() -> None:
    fields = {each.name: each for each in Schemas(NAMED).list_fields(TREE)}
    said = [(each.kind, each.bounds) for each in fields.values()][:6]
    assert said == [
        ("text", "1 to 9 characters"),
        ("one of `oak`, `ash`", '`"oak"` where left out'),
        ("moment or null", ""),
        ("list of whole number", "at most 3 entries"),
        ("object, each value text", ""),
        ("list of object", ""),
    ]
    assert fields["name"].is_required
    assert not fields["rings"].is_required
    assert fields["branches[].name"].kind == "text"


def test_schema_that_holds_itself_comes_to_an_end() -> None:
    assert len(Schemas(NAMED).list_fields(TREE)) < 50
    needy = {"Tree": {**NAMED["Tree"], "required": ["branches"]}}
    assert len(Schemas(needy).example(TREE)) < 1000


def test_call_of_an_unknown_tag_has_a_group_of_its_own_at_the_end() -> None:
    found = read_reference(document_with(), "v1")
    assert [group.division.name for group in found.groups] == ["old-trees"]
    (call,) = found.get("old-trees").calls
    assert (call.name, call.sample_path) == ("trees-plant-it", "/api/v1/trees/TREE_ID")
    assert list_versions(document_with()) == ("v1",)
    assert read_reference(document_with(), "v2").groups == ()
    with pytest.raises(NotFound):
        found.get("trees")


def test_refusals_are_told_apart_however_their_sentences_read() -> None:
    told = "`csrf_failed`: Send it; then again.; `too_many`: Wait: a little."
    document = document_with(responses={"204": {"description": "Done."}, "403": {"description": told}})
    (call,) = read_reference(document, "v1").groups[0].calls
    assert [(each.status, each.code, each.sentence) for each in call.refusals] == [
        ("403", "csrf_failed", "Send it; then again."),
        ("403", "too_many", "Wait: a little."),
    ]


def test_query_parameters_are_told_and_found() -> None:
    described = {"name": "ring_from", "in": "query", "required": False, "description": "The `first` ring."}
    (call,) = read_reference(document_with(parameters=[described]), "v1").groups[0].calls
    assert [(each.name, each.sentence) for each in call.query] == [("ring_from", "The `first` ring.")]
    assert call.path_names == ()
    assert "ring_from" in call.words


def test_hostile_text_stays_one_word_of_the_shell() -> None:
    schema = {"type": "object", "properties": {"it's": {"type": "string"}}}
    sent = {"required": True, "content": {"application/json": {"schema": schema}}}
    (call,) = read_reference(document_with(requestBody=sent), "v1").groups[0].calls
    assert "it'\\''s" in command_of(call, "https://here").text


def test_every_example_is_a_body_that_its_call_reads(app: Flask) -> None:
    operations = {
        each.name.replace(".", "_").replace("_", "-"): each for each in app.extensions["latchkey_operations"]
    }
    reference = read_reference(describe_api(operations.values(), "https://here", "Latchkey"), "v1")
    for group in reference.groups:
        for call in group.calls:
            model = operations[call.name].accepts
            if model is None or call.body is None or not call.body.is_required:
                continue
            if issubclass(model, FormBody):
                assert call.body.example.startswith("token="), call.name
                continue
            try:
                model.model_validate(json.loads(call.body.example))
            except ValidationError as wrong:
                pytest.fail(f"{call.name}: {wrong}")
