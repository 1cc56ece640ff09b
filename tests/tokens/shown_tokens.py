"""A signed-in browser at the API whose cookies are all remembered, so that any of them can be shown again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.make import PASSWORD, Person, make_account
from webapp.web.cookies import REFRESH, REFRESH_CSRF

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.test import TestResponse

USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def cookies_of(response: TestResponse) -> dict[str, str]:
    """The cookies an answer sets, each with its whole line."""
    lines = response.headers.getlist("Set-Cookie")
    return {line.partition("=")[0]: line for line in lines}


def value_of(line: str) -> str:
    """The value in a Set-Cookie line."""
    return line.partition("=")[2].partition(";")[0]


class Holder:
    """Signs in at the API. `refresh_tokens` holds every refresh token it was given, oldest first."""

    def __init__(self, app: Flask, person: Person | None = None) -> None:
        self.client = app.test_client(use_cookies=False)
        self.person = person or make_account(app)
        answer = self.client.post(
            "/api/v1/login",
            json={"username": self.person.username, "password": PASSWORD},
            headers={"User-Agent": USER_AGENT},
        )
        assert answer.status_code == 200, answer.get_data(as_text=True)
        self.access_token: str = answer.get_json()["token"]
        set_cookies = cookies_of(answer)
        self.refresh_tokens = [value_of(set_cookies[REFRESH])]
        self.csrf = value_of(set_cookies[REFRESH_CSRF])
        self.device = value_of(set_cookies["__Host-device"])

    def show(
        self,
        refresh_token: str | None = None,
        *,
        csrf: str | None = "",
        headers: dict[str, str] | None = None,
        path: str = "/api/v1/refresh",
        body: dict[str, Any] | None = None,
    ) -> TestResponse:
        """Show a refresh token, the newest where none is given; `csrf=None` leaves the header out.

        With a `body` the token that comes back is the caller's business: it may be for somebody else.
        """
        shown = self.refresh_tokens[-1] if refresh_token is None else refresh_token
        sent = {"User-Agent": USER_AGENT, "Cookie": f"{REFRESH}={shown}; {REFRESH_CSRF}={self.csrf}"}
        if csrf is not None:
            sent["X-CSRF-TOKEN"] = csrf or self.csrf
        options = {} if body is None else {"json": body}
        answer = self.client.post(path, headers={**sent, **(headers or {})}, **options)
        if REFRESH in cookies_of(answer):
            given = value_of(cookies_of(answer)[REFRESH])
            if given and given != self.refresh_tokens[-1]:
                self.refresh_tokens.append(given)
            self.csrf = value_of(cookies_of(answer)[REFRESH_CSRF])
        if answer.status_code == 200 and body is None:
            self.access_token = answer.get_json()["token"]
        return answer

    def call(self, token: str | None = None, path: str = "/api/v1/protected") -> TestResponse:
        """Call the API with an access token, the newest where none is given."""
        bearer = f"Bearer {self.access_token if token is None else token}"
        return self.client.get(path, headers={"Authorization": bearer, "User-Agent": USER_AGENT})


def code_of(response: TestResponse) -> tuple[int, Any]:
    """Status and code of a refusal."""
    return response.status_code, (response.get_json() or {}).get("error")
