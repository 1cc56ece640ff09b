"""The API reference: the OpenAPI description that is served, read into what a page shows, with no fact added."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from webapp.core.errors import NotFound
from webapp.guide.reference_groups import DIVISIONS, Division, division_of
from webapp.guide.reference_schemas import Field, Schemas

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_METHODS: Final = ("get", "head", "post", "put", "patch", "delete", "options")
_SAFE: Final = frozenset({"GET", "HEAD"})
_FORM: Final = "application/x-www-form-urlencoded"
# As the description writes refusals: a code, its sentence, and a semicolon before the next.
_REFUSAL: Final = re.compile(r"`([a-z_]+)`: (.*?)(?=; `[a-z_]+`: |$)", re.DOTALL)
_TOKEN_SCHEMES: Final = frozenset({"bearer", "dpop"})


@dataclass(frozen=True, slots=True)
class Body:
    """What is sent. `media_type` is `*/*` where it may be anything, and then there are no fields."""

    media_type: str
    is_required: bool
    about: str
    fields: tuple[Field, ...]
    example: str


@dataclass(frozen=True, slots=True)
class QueryParameter:
    """A query parameter, which may be left out."""

    name: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What comes back when it went well."""

    status: str
    sentence: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """What comes back when it did not."""

    status: str
    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Call:
    """One method of one address. `name` is the same in every version.

    `schemes` are those by which its caller is known, `scopes` what a token of theirs must allow.
    """

    name: str
    method: str
    path: str
    summary: str
    schemes: frozenset[str]
    scopes: tuple[str, ...]
    wants_proof: bool
    path_names: tuple[str, ...]
    query: tuple[QueryParameter, ...]
    body: Body | None
    answers: tuple[Answer, ...]
    refusals: tuple[Refusal, ...]

    @property
    def takes_token(self) -> bool:
        """Whether an access token alone is enough to make it, so that a page can."""
        return bool(self.schemes & _TOKEN_SCHEMES)

    @property
    def is_safe(self) -> bool:
        """Whether it changes nothing."""
        return self.method in _SAFE

    @property
    def sample_path(self) -> str:
        """The address with a word in capitals for each part that varies."""
        return re.sub(r"\{(\w+)\}", lambda found: found[1].upper(), self.path)

    @property
    def words(self) -> str:
        """What a search looks through, in small letters."""
        fields = [each.name for part in (self.body, *self.answers) if part for each in part.fields]
        query = [each.name for each in self.query]
        return " ".join((self.method, self.path, self.summary, *self.scopes, *query, *fields)).casefold()

    @property
    def codes(self) -> tuple[str, ...]:
        """Those of its refusals. A search finds them whole only: nearly every call has one that says "session"."""
        return tuple(dict.fromkeys(each.code for each in self.refusals))


@dataclass(frozen=True, slots=True)
class Group:
    """The calls of one part, in the order of their addresses."""

    division: Division
    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """All of one version."""

    version: str
    groups: tuple[Group, ...]

    def get(self, name: str) -> Group:
        """The part of that name. Raises NotFound."""
        for group in self.groups:
            if group.division.name == name:
                return group
        raise NotFound

    def find(self, asked: str) -> frozenset[str]:
        """Names of the calls that every word of `asked` occurs in or is a code of; all of them where it is empty."""
        wanted = asked.casefold().split()
        return frozenset(
            call.name
            for group in self.groups
            for call in group.calls
            if all(word in call.words or word in call.codes for word in wanted)
        )


def list_versions(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The versions that the description knows, by their addresses."""
    return tuple(sorted({path.split("/")[2] for path in document["paths"]}))


def read_reference(document: Mapping[str, Any], version: str) -> Reference:
    """The calls of one version. Those of a tag that no division names stand at the end, under that tag."""
    schemas = Schemas(document["components"]["schemas"])
    found: dict[Division, list[Call]] = {division: [] for division in DIVISIONS}
    for path, methods in document["paths"].items():
        if path.startswith(f"/api/{version}/"):
            for method in filter(methods.__contains__, _METHODS):
                described = methods[method]
                division = division_of(described["tags"][0])
                found.setdefault(division, []).append(_read_call(method, path, described, version, schemas))
    return Reference(version, tuple(Group(each, tuple(calls)) for each, calls in found.items() if calls))


def _read_call(method: str, path: str, described: Mapping[str, Any], version: str, schemas: Schemas) -> Call:
    parameters = described.get("parameters", ())
    security = [(name, scopes) for each in described["security"] for name, scopes in each.items()]
    responses = sorted(described["responses"].items())
    return Call(
        name=described["operationId"].removeprefix(f"{version}_").replace("_", "-"),
        method=method.upper(),
        path=path,
        summary=described["summary"],
        schemes=frozenset(name for name, _ in security),
        scopes=tuple(scope for _, scopes in security for scope in scopes),
        wants_proof=any(each["name"] == "DPoP" for each in parameters),
        path_names=tuple(each["name"] for each in parameters if each["in"] == "path"),
        query=tuple(
            QueryParameter(each["name"], each["description"]) for each in parameters if each["in"] == "query"
        ),
        body=_read_body(described.get("requestBody"), schemas),
        answers=tuple(_read_answer(status, each, schemas) for status, each in responses if status < "400"),
        refusals=tuple(refusal for each in responses if each[0] >= "400" for refusal in _refusals(*each)),
    )


def _read_body(described: Mapping[str, Any] | None, schemas: Schemas) -> Body | None:
    if described is None:
        return None
    media_type, content = next(iter(described["content"].items()))
    schema = content.get("schema")
    if schema is None:
        return Body(media_type, described["required"], "", (), "")
    fields, example = schemas.list_fields(schema), schemas.example(schema)
    if media_type == _FORM:
        needed = [each.name for each in fields if each.is_required]
        example = "&".join(f"{name}={quote(name.upper())}" for name in needed)
    return Body(media_type, described["required"], _about(schema, schemas), fields, example)


def _read_answer(status: str, described: Mapping[str, Any], schemas: Schemas) -> Answer:
    content = described.get("content", {}).values()
    fields = [field for each in content for field in schemas.list_fields(each.get("schema", {}))]
    return Answer(status, _joined(described["description"].partition("\n\n")[0]), tuple(fields))


def _refusals(status: str, described: Mapping[str, Any]) -> Iterable[Refusal]:
    for code, sentence in _REFUSAL.findall(described["description"]):
        yield Refusal(status, code, sentence)


def _about(schema: Mapping[str, Any], schemas: Schemas) -> str:
    return _joined(schemas.resolve(schema)[0].get("description", ""))


def _joined(text: str) -> str:
    """On one line, however the source breaks it."""
    return " ".join(text.split())
