"""A person with one browser, who signs in, renews, calls, renames themselves and signs out, as the front end would.

What is repeated: reading after anything; renewing and signing out likewise, since the contract calls both repeatable;
any other change only where the answer says that nothing was done (503, 409 or 429 with Retry-After), or where nobody
was reached. Only the three codes that end a session on the page end it here.
"""

from __future__ import annotations

import base64
import json
import random
import threading
import time
from itertools import count
from typing import TYPE_CHECKING, Any

from tests.faults.load.door import Heard, Unheard
from tests.faults.load.journal import Ended

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.faults.load.door import Door
    from tests.faults.load.journal import Act, Journal, Outcome

PASSWORD = "seven quiet lanterns at dusk"
REFRESH = "__Host-refresh_token"
CSRF = "__Host-csrf_refresh_token"
DEVICE = "__Host-device"
ENDINGS = {"session_ended", "refresh_token_reused", "refresh_token_missing"}
PUT_OFF = {409, 429, 503}
# How long somebody goes on trying before they call it a failure.
PATIENCE_SECONDS = 30.0
LONGEST_PAUSE = 2.0
# How often each act is chosen: by somebody at work, and by somebody who only looks.
WORKING = {"call": 8, "read_profile": 4, "refresh": 4, "rename": 4, "sign_out": 1}
STAYING = {**WORKING, "sign_out": 0}
# Nothing that a cut connection leaves open.
RENEWING = {"call": 4, "read_profile": 2, "refresh": 6}
LOOKING = {"call": 2, "read_profile": 1}
_names = count(1)


class ThrownOut(Exception):
    """The service says that the session is over, and this person did not end it."""


class Person:
    """`deadline`: seconds after which the answer to a refresh is given up, less than REFRESH_DEADLINE."""

    def __init__(
        self,
        door: Door,
        journal: Journal,
        username: str,
        habits: Mapping[str, int] = WORKING,
        deadline: float = 12.0,
    ) -> None:
        self.door, self.journal, self.username = door, journal, username
        self.patience = PATIENCE_SECONDS
        self._habits = habits
        self._deadline = deadline
        self._dice = random.Random(username)
        self._waiting = threading.Event()
        self.cookies: dict[str, str] = {}
        self.token = self.session_id = ""
        self._renew_at = 0.0

    @property
    def is_signed_in(self) -> bool:
        return bool(self.session_id)

    def join(self) -> None:
        """Make the account. Raises AssertionError unless it is made."""
        address = f"{self.username}@example.org"
        body = {"username": self.username, "email": address, "password": PASSWORD}
        heard = self.door.ask("POST", "/api/v1/register", json_body=body, seconds=30)
        assert heard.status == 202, heard

    def sign_in(self) -> None:
        body = {"username": self.username, "password": PASSWORD}
        act = self.journal.begin("sign in", is_read=False)
        heard = self._try_until_good(act, "POST", "/api/v1/login", json_body=body)
        if heard is not None:
            self._take(heard)
            self.session_id = str(_claims(self.token)["sid"])
            self.journal.sessions.append(self.session_id)

    def refresh(self) -> None:
        """Raises ThrownOut."""
        act = self.journal.begin("refresh", is_read=False)
        heard = self._try_until_good(act, "POST", "/api/v1/refresh", repeats=True, seconds=self._deadline)
        if heard is not None:
            self._take(heard)

    def call(self) -> None:
        self._with_token("call", "GET", "/api/v1/protected")

    def read_profile(self) -> None:
        """What was acknowledged before must be seen; what was asked for since may be."""
        before = len(self.journal.names.get(self.username, []))
        heard = self._with_token("read profile", "GET", "/api/v1/profile")
        allowed = self.journal.may_be_called(self.username, before=before)
        if heard is not None and allowed and heard.body["display_name"] not in allowed:
            self.journal.stale.append(f"{self.username} is called {heard.body['display_name']}")

    def rename(self) -> None:
        """Change the name shown to one that nobody ever had."""
        named = self.journal.ask_name(self.username, f"{self.username} the {next(_names)}th")
        body = {"display_name": named.value}
        # Until the answer is there; ThrownOut leaves it so.
        named.unanswered = True
        heard = self._with_token("rename", "PATCH", "/api/v1/profile", json_body=body)
        named.acknowledged = heard is not None
        named.unanswered = heard is None

    def sign_out(self) -> None:
        ended = Ended(self.session_id, self.token, self.cookies.get(REFRESH, ""), self.cookies.get(CSRF, ""))
        act = self.journal.begin("sign out", is_read=False)
        if self._try_until_good(act, "POST", "/api/v1/logout", repeats=True) is not None:
            self.journal.ended.append(ended)
            self.show_ended(ended)
        self._forget()

    def show_ended(self, ended: Ended) -> None:
        """Present what was signed out: the access token must be refused from the first moment on."""
        act = self.journal.begin("show ended token", is_read=True)
        headers = {"Authorization": f"Bearer {ended.token}"}
        heard = self._try_until_good(
            act, "GET", "/api/v1/protected", headers=headers, wanted=401, is_guest=True
        )
        if heard is None and any(each.told == "200" for each in act.tries):
            self.journal.revived.append(f"the token of {ended.session_id}")

    def show_ended_cookie(self, ended: Ended) -> None:
        """The refresh cookie likewise."""
        act = self.journal.begin("show ended cookie", is_read=True)
        headers = {"Cookie": f"{REFRESH}={ended.cookie}; {CSRF}={ended.csrf}", "X-CSRF-TOKEN": ended.csrf}
        heard = self._try_until_good(
            act, "POST", "/api/v1/refresh", headers=headers, wanted=401, repeats=True, is_guest=True
        )
        if heard is None and any(each.told == "200" for each in act.tries):
            self.journal.revived.append(f"the cookie of {ended.session_id}")

    def do_something(self) -> None:
        """One act by chance. Whoever was thrown out says so in the journal and signs in again."""
        try:
            if not self.is_signed_in:
                self.sign_in()
                return
            [chosen] = self._dice.choices(list(self._habits), list(self._habits.values()))
            getattr(self, chosen)()
        except ThrownOut as told:
            self.journal.thrown_out.append(f"{self.username}: {told}")
            self._forget()

    def _with_token(self, what: str, method: str, path: str, *, json_body: object = None) -> Heard | None:
        """A call of the API, renewed before its token is old, and once when it is refused."""
        if time.monotonic() >= self._renew_at:
            self.refresh()
        act = self.journal.begin(what, is_read=method == "GET")
        return self._try_until_good(act, method, path, json_body=json_body, renews=True)

    def _try_until_good(
        self,
        act: Act,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        json_body: object = None,
        wanted: int | None = None,
        repeats: bool | None = None,
        renews: bool = False,
        is_guest: bool = False,
        seconds: float = 30.0,
    ) -> Heard | None:
        """The good answer, or None where there was none that this person could wait for. Raises ThrownOut."""
        repeats = act.is_read if repeats is None else repeats
        gives_up_at = time.monotonic() + self.patience
        is_bearer = renews
        while True:
            begun, heard, pause = time.monotonic(), None, 0.3
            try:
                sent = headers if headers is not None else self._own_headers(is_bearer=is_bearer)
                heard = self.door.ask(method, path, sent, json_body=json_body, seconds=seconds)
                outcome: Outcome = _outcome(heard, wanted)
                told, may_repeat = heard.told, repeats or outcome == "put off"
                pause = heard.retry_after or pause
            except Unheard as silence:
                outcome = "broken" if silence.sent else "put off"
                told, may_repeat = str(silence), repeats or not silence.sent
            self.journal.note(act, begun, outcome, told)
            if outcome == "good":
                return heard
            if heard is not None and heard.status == 401 and not is_guest:
                self._require_session(heard)
                may_repeat = renews
                if renews:
                    renews = False
                    self.refresh()
            if is_guest and heard is not None and heard.status == 200:
                return None
            if not may_repeat or time.monotonic() > gives_up_at:
                return None
            self._waiting.wait(min(pause, LONGEST_PAUSE) * self._dice.uniform(0.5, 1.0))

    @staticmethod
    def _require_session(heard: Heard) -> None:
        if heard.body.get("error") in ENDINGS:
            raise ThrownOut(f"{heard.told} ({heard.body.get('cause')})")

    def _own_headers(self, *, is_bearer: bool) -> dict[str, str]:
        if is_bearer:
            return {"Authorization": f"Bearer {self.token}"}
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Cookie": cookies, "X-CSRF-TOKEN": self.cookies.get(CSRF, "")} if cookies else {}

    def _forget(self) -> None:
        """All but the cookie that says which browser this is."""
        self.cookies = {name: value for name, value in self.cookies.items() if name == DEVICE}
        self.token = self.session_id = ""

    def _take(self, heard: Heard) -> None:
        self.cookies.update({name: value for name, value in heard.cookies.items() if value})
        self.token = str(heard.body["token"])
        self._renew_at = time.monotonic() + 0.7 * float(heard.body["expires_in"])


def _outcome(heard: Heard, wanted: int | None) -> Outcome:
    if heard.status == wanted or (wanted is None and heard.status in {200, 204}):
        return "good"
    # The proxy's own 503 says only that it has no answer: what was asked may have been done.
    is_told = (
        heard.status in PUT_OFF and heard.retry_after is not None and heard.body.get("error") != "unavailable"
    )
    return "put off" if is_told else "broken"


def _claims(token: str) -> dict[str, Any]:
    body = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))))
