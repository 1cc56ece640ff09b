"""JSON schemas in plain words: the fields of a body one after the other, and a body that would do."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Schema = Mapping[str, Any]

# Deeper, a table is of no more help. A model that holds itself ends here too.
_DEEPEST: Final = 6
_KINDS: Final = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "object",
    "array": "list",
    "null": "null",
}
_FORMATS: Final = {"date-time": "moment", "date": "day", "password": "secret text"}
_EXAMPLES: Final = {
    "username": "mara",
    "email": "mara@example.org",
    "display_name": "Mara Lind",
    "password": "…",
    "base_url": "https://api.example.org",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One value in a body. `name` is its way from the top, as in `sessions[].device`; `bounds` may be empty."""

    name: str
    kind: str
    is_required: bool
    bounds: str


class Schemas:
    """The named schemas of a description, which others refer to."""

    def __init__(self, named: Mapping[str, Schema]) -> None:
        self._named = named

    def resolve(self, schema: Schema) -> tuple[Schema, bool]:
        """The schema that is meant, and whether null will do in its place."""
        is_nullable = False
        for _ in range(_DEEPEST):
            choices = schema.get("anyOf")
            if "$ref" in schema:
                schema = self._named[schema["$ref"].rpartition("/")[2]]
            elif choices:
                is_nullable |= any(each.get("type") == "null" for each in choices)
                rest = [each for each in choices if each.get("type") != "null"]
                if len(rest) != 1:
                    break
                schema = rest[0]
            else:
                break
        return schema, is_nullable

    def list_fields(self, schema: Schema) -> tuple[Field, ...]:
        """Every field of an object, those within its objects and lists too, from the top down."""
        return tuple(self._walk(schema, "", 0))

    def example(self, schema: Schema) -> str:
        """A body with what it must have, or with the first of what it may have where it must have nothing, as JSON."""
        return json.dumps(self._make(schema, "", 0), indent=2, ensure_ascii=False)

    def _walk(self, schema: Schema, prefix: str, depth: int) -> Iterator[Field]:
        found, _ = self.resolve(schema)
        if found.get("type") == "array":
            yield from self._walk(found.get("items", {}), f"{prefix}[]", depth)
            return
        required = found.get("required", ())
        for name, each in found.get("properties", {}).items() if depth < _DEEPEST else ():
            way = f"{prefix}.{name}" if prefix else name
            yield Field(way, self._kind(each), name in required, self._bounds(each))
            yield from self._walk(each, way, depth + 1)

    def _kind(self, schema: Schema) -> str:
        found, is_nullable = self.resolve(schema)
        return self._kind_alone(found) + (" or null" if is_nullable else "")

    def _kind_alone(self, found: Schema) -> str:
        if "enum" in found:
            return "one of " + ", ".join(f"`{each}`" for each in found["enum"])
        if "const" in found:
            return f"always `{found['const']}`"
        if found.get("type") == "array":
            return f"list of {self._kind(found.get('items', {}))}"
        if isinstance(found.get("additionalProperties"), dict):
            return f"object, each value {self._kind(found['additionalProperties'])}"
        named = _FORMATS.get(found.get("format", ""))
        return named or _KINDS.get(str(found.get("type")), "anything")

    def _bounds(self, schema: Schema) -> str:
        found, _ = self.resolve(schema)
        said = [
            _range(found.get("minLength"), found.get("maxLength"), "characters"),
            _range(found.get("minItems"), found.get("maxItems"), "entries"),
            _range(found.get("minimum"), found.get("maximum"), ""),
        ]
        default = schema.get("default")
        if default not in (None, ""):
            said.append(f"`{json.dumps(default)}` where left out")
        return "; ".join(filter(None, said))

    def _make(self, schema: Schema, name: str, depth: int) -> Any:
        found, _ = self.resolve(schema)
        kind = found.get("type")
        if "enum" in found or "const" in found:
            return found["const"] if "const" in found else found["enum"][0]
        if kind == "array":
            return [self._make(found.get("items", {}), name, depth + 1)]
        if kind == "boolean":
            return found.get("default", True)
        if kind in {"integer", "number"}:
            return found.get("default", found.get("minimum", 1))
        if kind != "object":
            return _EXAMPLES.get(name, "…" if found.get("format") == "password" else name.replace("_", " "))
        if depth > _DEEPEST:
            return {}
        properties = found.get("properties", {})
        needed = found.get("required") or [*properties][:1]
        return {each: self._make(properties[each], each, depth + 1) for each in needed}


def _range(least: int | None, most: int | None, what: str) -> str:
    if least and most is not None:
        return f"{least} to {most} {what}".strip()
    if most is not None:
        return f"at most {most} {what}".strip()
    return f"at least {least} {what}".strip() if least else ""
