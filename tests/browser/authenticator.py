"""Chromium's virtual authenticator: a page's own, which holds passkeys and says yes without a person."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.make import Person

_MAKE_PASSKEY = """async ([username, password]) => {
    const elements = document.querySelector("script[src$='/js/elements.js']").src;
    const { createPasskey } = await import(elements.replace("elements.js", "passkeys/ceremony.js"));
    let token = "";
    const post = async (path, body = undefined) => {
        const headers = { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) };
        const answer = await fetch(`/api/v1/${path}`, { method: "POST", headers, body: body && JSON.stringify(body) });
        if (!answer.ok) throw new Error(await answer.text());
        return answer.json();
    };
    ({ token } = await post("login", { username, password }));
    const { options } = await post("factors/passkeys/options");
    return post("factors/passkeys", { credential: await createPasskey(options), name: "Laptop" });
}"""


class Authenticator:
    """Plugged into a page, on which it stays whatever the page shows."""

    def __init__(self, page: Page) -> None:
        self._calls = page.context.new_cdp_session(page)
        self._calls.send("WebAuthn.enable", {"enableUI": False})
        options = {
            "protocol": "ctap2",
            "ctap2Version": "ctap2_1",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
            "defaultBackupEligibility": True,
            "defaultBackupState": True,
        }
        added = self._calls.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        self._id = added["authenticatorId"]

    @property
    def credentials(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._tell("getCredentials")["credentials"]
        return found

    def wait_for_a_person(self) -> None:
        """Answer nothing: nobody is there to touch it."""
        self._tell("setAutomaticPresenceSimulation", enabled=False)

    def know_nobody(self) -> None:
        """Verify no user any more, as with a finger that is not the owner's."""
        self._tell("setUserVerified", isUserVerified=False)

    def hold_another(self) -> None:
        """A passkey for the same site that the server does not know, and nothing else."""
        (mine,) = self.credentials
        self._tell("removeCredential", credentialId=mine["credentialId"])
        forgotten = b64encode(b"removed from the account long ago").decode()
        self._tell("addCredential", credential={**mine, "credentialId": forgotten})

    def _tell(self, what: str, **how: Any) -> dict[str, Any]:
        told: dict[str, Any] = self._calls.send(f"WebAuthn.{what}", {"authenticatorId": self._id, **how})
        return told


def make_passkey(page: Page, person: Person) -> dict[str, Any]:
    """Add a passkey by the API, from a page on which nobody is signed in; what the API answered."""
    page.goto("/forgot-password")
    made: dict[str, Any] = page.evaluate(_MAKE_PASSKEY, [person.username, person.password])
    return made
