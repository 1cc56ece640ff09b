"""The two faces of signing in with a passkey: the page's form and a call of the API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.factors.soft_authenticator import SoftAuthenticator, enrol
from tests.make import Person, make_account, sign_in_by_api
from tests.page_client import PageClient
from tests.servers.application import ORIGIN

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

OWN = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}


def make_person_with_passkey(app: Flask, **properties: Any) -> tuple[Person, SoftAuthenticator]:
    """Somebody with an account, and the authenticator that holds its passkey; signed in nowhere that they know."""
    person = make_account(app)
    client = app.test_client()
    return person, enrol(client, sign_in_by_api(client, person), **properties)


class Visit:
    """One browser that is about to sign in with a passkey, at one of the two faces."""

    def __init__(self, face: str, client: FlaskClient, path: str = "/login") -> None:
        self.face = face
        self.client = client
        self._ceremony = ""
        self._token = ""
        if face == "page":
            form = PageClient(client).get(path).form("/login/passkey")
            fields = {each.attributes.get("name"): each.attributes.get("value", "") for each in form.walk()}
            self._token, self._next = fields["csrf_token"], fields["next"]

    def ask(self) -> dict[str, Any]:
        """The options, as a script gets them."""
        if self.face == "page":
            answer = self.client.post("/login/passkey/options", data={"csrf_token": self._token}, headers=OWN)
        else:
            answer = self.client.post("/api/v1/login/passkey/options")
        assert answer.status_code == 200, answer.get_data(as_text=True)
        found: dict[str, Any] = answer.get_json()
        self._ceremony = found.get("ceremony", "")
        options: dict[str, Any] = found["options"]
        return options

    def send(self, credential: Any) -> TestResponse:
        """What the passkey answered, or something else."""
        if self.face == "page":
            text = credential if isinstance(credential, str) else json.dumps(credential)
            fields = {"csrf_token": self._token, "credential": text, "next": self._next}
            return self.client.post("/login/passkey", data=fields, headers=OWN)
        body = {"credential": credential, "ceremony": self._ceremony}
        return self.client.post("/api/v1/login/passkey", json=body)
