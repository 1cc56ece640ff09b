"""The administrators' half of the API for connections, as a program calls it in either version."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tests.make import sign_in_by_api
from tests.tokens.dpop_key import BoundCaller

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from tests.connections.making import Made
    from tests.make import Person

LIST: Final = "/admin/connections"


@dataclass
class Door:
    """Somebody who is signed in at one version of the API; what was answered stands in `said`."""

    version: str
    client: FlaskClient
    token: dict[str, str] = field(default_factory=dict)
    bound: BoundCaller | None = None
    said: list[str] = field(default_factory=list)

    def call(self, method: str, path: str = "", body: Any = None, **options: Any) -> TestResponse:
        """A call of this version; `path` stands below the list."""
        path = f"/api/{self.version}{LIST}{path}"
        options |= {} if body is None else {"json": body}
        if self.bound is not None:
            answer = self.bound.call(method, path, **options)
        else:
            answer = self.client.open(path, method=method, headers=self.token, **options)
        self.said.append(answer.text + str(answer.headers))
        return answer

    def refused(self, method: str, path: str, body: Any = None) -> tuple[int, str]:
        """Status and code of a refusal."""
        answer = self.call(method, path, body)
        return answer.status_code, str(
            (answer.get_json() or {}).get("error" if self.bound is None else "code")
        )

    def version_of(self, made: Made) -> str:
        """The state of the connection as a program reads it."""
        return str(self.call("GET", f"/{made.id}").get_json()["version"])


def open_door(app: Flask, person: Person, version: str = "v1") -> Door:
    client = app.test_client()
    if version == "v2":
        return Door(version, client, bound=BoundCaller(client, person))
    return Door(version, client, sign_in_by_api(client, person))
