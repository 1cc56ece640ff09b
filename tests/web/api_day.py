"""A person's day at the API: every operation, called where it succeeds, with what earlier answers gave."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pyotp import TOTP

from tests.connections.making import CANARY_KEY
from tests.factors.soft_authenticator import SoftAuthenticator
from tests.make import OTHER_PASSWORD, PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.test import TestResponse

CONNECTION = {
    "name": "tides",
    "purpose": "Tides",
    "base_url": "http://127.0.0.1:9",
    "auth": {"type": "header", "name": "X-Key", "template": "Token {key}"},
    "key": CANARY_KEY,
    "methods": ["GET"],
    "paths": ["/*"],
    "roles": ["user"],
    "limits": {"per_person": "9/m", "overall": "90/h"},
}
NEW = {"username": "grace", "email": "grace@example.org", "password": OTHER_PASSWORD}
LAST_PASSWORD = "nine copper bells in the fog"


@dataclass
class Day:
    """One person's calls, and what was answered; `send` takes a method, a path below /api/v1 or /api/v2 and a body."""

    send: Callable[[str, str, Any], TestResponse]
    told: dict[str, Any] = field(default_factory=dict)
    passkey: SoftAuthenticator = field(default_factory=SoftAuthenticator)

    def note(self, method: str, path: str, answer: TestResponse) -> None:
        self.told[f"{method} {path}"] = answer.get_json(silent=True)

    def path(self, path: str) -> str:
        """The path with what is there: somebody else's session and device, a connection, and the person's own app."""
        path = path.replace("{name}", "weather").replace("{path}", "x")
        for name, listing in (("session", "sessions"), ("device", "devices")):
            if f"{{{name}_id}}" in path:
                foreign = next(
                    each["id"] for each in self.told[f"GET /{listing}"][listing] if not each["current"]
                )
                path = path.replace(f"{{{name}_id}}", foreign)
        path = path.replace("{connection_id}", (self.told.get("POST /admin/connections") or {}).get("id", ""))
        return path.replace("{factor_id}", (self.told.get("POST /factors/totp") or {}).get("id", ""))

    def changed_connection(self) -> dict[str, Any]:
        return {
            "version": self._version("GET"),
            "purpose": "Weather for the plant",
            "limits": {"overall": None},
        }

    def replaced_key(self) -> dict[str, Any]:
        return {"version": self._version("PATCH"), "key": f"{CANARY_KEY}-too"}

    def _version(self, method: str) -> str:
        return str(self.told[f"{method} /admin/connections/{{connection_id}}"]["version"])

    def shown_code(self) -> dict[str, Any]:
        return {"code": TOTP(self.told["POST /factors/totp"]["secret"]).now()}

    def recovery_code(self) -> str:
        return str(self.told["POST /factors/recovery-codes"]["recovery_codes"].pop())

    def new_passkey(self) -> dict[str, Any]:
        options = self.told["POST /factors/passkeys/options"]["options"]
        return {"credential": self.passkey.create(options), "name": "Phone"}

    def second_step(self) -> dict[str, Any]:
        begun = self.send("POST", "/login", {"username": "ada", "password": PASSWORD})
        assert begun.status_code == 401, begun.text
        return {"mfa_token": begun.get_json()["mfa_token"], "code": self.recovery_code()}

    def passkey_sign_in(self) -> dict[str, Any]:
        asked = self.told["POST /login/passkey/options"]
        return {"credential": self.passkey.get(asked["options"]), "ceremony": asked["ceremony"]}

    def passkey_proof(self) -> dict[str, Any]:
        return {"credential": self.passkey.get(self.told["POST /proof/options"]["options"])}

    def sign_in_with_code(self) -> dict[str, Any]:
        return {"username": "ada", "password": LAST_PASSWORD, "mfaCode": self.recovery_code()}


# operation -> what is sent where it succeeds; a function where earlier answers say it.
SUCCEEDS: list[tuple[str, str, Any]] = [
    ("POST", "/register", NEW),
    ("POST", "/login", {"username": "ada", "password": PASSWORD}),
    ("POST", "/refresh", {}),
    ("GET", "/csrf", None),
    ("POST", "/introspect", {"token": "x"}),
    ("POST", "/revoke", {"token": "x"}),
    ("GET", "/verify", None),
    ("POST", "/verify", {"token": "x"}),
    ("GET", "/protected", None),
    ("GET", "/profile", None),
    ("PATCH", "/profile", {"display_name": "Ada L."}),
    ("GET", "/connections", None),
    ("GET", "/connections/{name}", None),
    *((method, "/connections/{name}/{path}", None) for method in ("GET", "POST", "PUT", "PATCH", "DELETE")),
    ("POST", "/admin/connections", CONNECTION),
    ("GET", "/admin/connections", None),
    ("GET", "/admin/connections/{connection_id}", None),
    ("PATCH", "/admin/connections/{connection_id}", Day.changed_connection),
    ("PUT", "/admin/connections/{connection_id}/key", Day.replaced_key),
    (
        "POST",
        "/admin/connections/{connection_id}/test",
        {"method": "GET", "path": "/tide", "headers": {"A": "b"}},
    ),
    ("DELETE", "/admin/connections/{connection_id}", None),
    ("GET", "/devices", None),
    ("DELETE", "/devices/{device_id}/trust", None),
    ("GET", "/sessions", None),
    ("DELETE", "/sessions/{session_id}", None),
    ("DELETE", "/sessions", None),
    ("DELETE", "/devices/{device_id}", None),
    ("GET", "/proof", None),
    ("POST", "/proof", {"password": PASSWORD}),
    ("POST", "/email", {"email": "ada@new.example.org"}),
    ("POST", "/email/verification", None),
    ("DELETE", "/email", None),
    ("POST", "/factors/totp", {"name": "Tablet"}),
    ("POST", "/factors/totp/{factor_id}/confirm", Day.shown_code),
    ("POST", "/factors/recovery-codes", None),
    ("POST", "/factors/passkeys/options", None),
    ("POST", "/factors/passkeys", Day.new_passkey),
    ("POST", "/login/mfa", Day.second_step),
    ("POST", "/login/passkey/options", None),
    ("POST", "/login/passkey", Day.passkey_sign_in),
    ("GET", "/factors", None),
    ("GET", "/proof", None),
    ("POST", "/proof/options", None),
    ("POST", "/proof", Day.passkey_proof),
    ("PATCH", "/factors/{factor_id}", {"name": "Old tablet"}),
    ("GET", "/export", None),
    ("DELETE", "/factors/{factor_id}", None),
    ("POST", "/password", {"password": OTHER_PASSWORD}),
    ("POST", "/not-me", {"password": LAST_PASSWORD}),
    ("POST", "/factors/recovery-codes", None),
    ("GET", "/activity", None),
    ("POST", "/deletion", None),
    ("POST", "/login", Day.sign_in_with_code),
    ("DELETE", "/deletion", None),
    ("POST", "/logout", None),
]
