"""A day of a person and an administrator at a live server, with secrets that a log can be searched for."""

from __future__ import annotations

import http.client
import json
import re
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if TYPE_CHECKING:
    from tests.servers.live import LiveServer

HEADERS = {"Sec-Fetch-Site": "same-origin", "User-Agent": "journey"}


class Visitor:
    """A browser in a few lines: cookies, forms and JSON over one connection at a time."""

    def __init__(self, server: LiveServer) -> None:
        self.server = server
        self.cookies: dict[str, str] = {}
        self.page = ""

    def ask(
        self, method: str, path: str, form: dict[str, str] | None = None, **more: Any
    ) -> http.client.HTTPResponse:
        headers = {**HEADERS, **more.get("headers", {}), "Host": f"localhost:{self.server.port}"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        body = None
        if form is not None:
            found = re.search(r'name="csrf_token" value="([^"]+)"', self.page)
            body = urlencode({**form, "csrf_token": found[1] if found else ""})
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        elif "json" in more:
            body, headers["Content-Type"] = json.dumps(more["json"]), "application/json"
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=15)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        for line in answer.headers.get_all("Set-Cookie") or []:
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        if (answer.getheader("Content-Type") or "").startswith("text/html") and text.startswith("<!DOCTYPE"):
            self.page = text
        self.text = text
        return answer

    def sign_in(self, username: str, password: str) -> int:
        self.ask("GET", "/login")
        return self.ask("POST", "/login", {"username": username, "password": password, "next": ""}).status

    def secrets(self) -> set[str]:
        """Everything in its cookies that opens something."""
        named = {value for name, value in self.cookies.items() if name != "__Host-theme"}
        return {value for value in named if len(value) > 12}
