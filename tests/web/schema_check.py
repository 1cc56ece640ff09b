"""Whether a value is what a JSON schema of ours says; the words that our documents use, and no others."""

from __future__ import annotations

from datetime import datetime
from typing import Any

TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "boolean": (bool,),
    "null": (type(None),),
}
# Words without a say in whether a value fits.
SILENT = {"title", "description", "default", "examples", "writeOnly"}
KNOWN = SILENT | {
    "$ref", "type", "anyOf", "properties", "required", "additionalProperties", "items", "format",
    "maxLength", "minLength", "minProperties", "enum",
}  # fmt: skip


def faults(
    value: Any, schema: dict[str, Any], components: dict[str, Any], place: str = "answer"
) -> list[str]:
    """Every way in which the value differs, in words; empty when it fits."""
    unknown = set(schema) - KNOWN
    assert not unknown, f"{place}: this check does not know {unknown}"
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/components/schemas/")
        return faults(value, components[name], components, place)
    if "anyOf" in schema:
        tried = [faults(value, each, components, place) for each in schema["anyOf"]]
        return [] if [] in tried else [fault for each in tried for fault in each]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{place} is none of {schema['enum']}: {value!r}"]
    expected = TYPES[schema["type"]] if "type" in schema else (object,)
    if not isinstance(value, expected) or (
        isinstance(value, bool) and bool not in expected and expected != (object,)
    ):
        return [f"{place} is no {schema.get('type')}: {value!r}"]
    if isinstance(value, dict):
        return _faults_of_object(value, schema, components, place)
    if isinstance(value, list):
        return [
            fault
            for number, each in enumerate(value)
            for fault in faults(each, schema.get("items", {}), components, f"{place}[{number}]")
        ]
    if isinstance(value, str):
        return _faults_of_text(value, schema, place)
    return []


def _faults_of_object(
    value: dict[str, Any], schema: dict[str, Any], components: dict[str, Any], place: str
) -> list[str]:
    properties, rest = schema.get("properties", {}), schema.get("additionalProperties")
    found = [f"{place}.{name} is missing" for name in schema.get("required", []) if name not in value]
    if len(value) < schema.get("minProperties", 0):
        found.append(f"{place} has too few members")
    for name, each in value.items():
        if name in properties:
            found += faults(each, properties[name], components, f"{place}.{name}")
        elif isinstance(rest, dict):
            found += faults(each, rest, components, f"{place}.{name}")
        elif rest is not True:
            found.append(f"{place}.{name} is not described")
    return found


def _faults_of_text(value: str, schema: dict[str, Any], place: str) -> list[str]:
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
        return [f"{place} has {len(value)} characters"]
    if schema.get("format") == "date-time":
        try:
            if datetime.fromisoformat(value).tzinfo is None:
                return [f"{place} has no zone: {value}"]
        except ValueError:
            return [f"{place} is no moment: {value}"]
    return []
