"""The second step of signing in at its two faces: the page's form and a call of the API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.make import enrol_app, make_account
from tests.page_client import PageClient
from tests.servers.application import ORIGIN
from tests.signin.faces import ask

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from tests.make import Authenticator, Person

OWN = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}
COOKIES = ("__Host-session", "__Host-device")


def make_person_with_app(app: Flask) -> tuple[Person, Authenticator]:
    """Somebody with an account and an authenticator app."""
    person = make_account(app)
    return person, enrol_app(app, person)


def lets_in(response: TestResponse) -> bool:
    """Whether this answer signs somebody in, whatever its status; the page redirects for other reasons too."""
    return any("__Host-refresh_token" in each for each in response.headers.getlist("Set-Cookie"))


class SecondStep:
    """A sign-in whose password was right, waiting in one browser at one of the two faces."""

    def __init__(self, face: str, client: FlaskClient, person: Person) -> None:
        self.face = face
        self.client = client
        self.begun = ask(face, client, person.username, person.password)
        self.token, self._csrf = "", ""
        if face == "api":
            assert self.begun.status_code == 401, self.begun.get_data(as_text=True)
            self.token = self.begun.get_json().get("mfa_token", "")
        else:
            assert self.begun.headers["Location"] == "/login/factor", self.begun.get_data(as_text=True)
            page = PageClient(client).get("/login/factor")
            self._csrf = page.get("main input[name=csrf_token]").attributes["value"]

    def send(self, code: str, *, trust: bool = False) -> TestResponse:
        """Give a code."""
        if self.face == "api":
            return self.client.post("/api/v1/login/mfa", json={"mfa_token": self.token, "code": code})
        fields = {"csrf_token": self._csrf, "code": code} | ({"trust": "y"} if trust else {})
        return self.client.post("/login/factor", data=fields, headers=OWN)

    def ask_passkeys(self) -> TestResponse:
        """What the page's script asks for."""
        return self.client.post("/login/factor/passkey-options", data={"csrf_token": self._csrf}, headers=OWN)

    def send_passkey(self, credential: Any) -> TestResponse:
        """What the page's script sends."""
        fields = {"csrf_token": self._csrf, "credential": json.dumps(credential)}
        return self.client.post("/login/factor", data=fields, headers=OWN)

    def elsewhere(self, client: FlaskClient, *names: str) -> SecondStep:
        """The same step in another browser, which has stolen these cookies of the first."""
        other = SecondStep.__new__(SecondStep)
        other.__dict__.update(self.__dict__, client=client)
        for name in names:
            cookie = self.client.get_cookie(name)
            if cookie is not None:
                client.set_cookie(name, cookie.value, domain="localhost", secure=True)
        return other


def sign_in_and_trust(client: FlaskClient, person: Person, device: Authenticator, steps: int = 0) -> None:
    """Sign in on the page, and have this browser trusted."""
    assert SecondStep("page", client, person).send(device.code(steps), trust=True).status_code == 303
