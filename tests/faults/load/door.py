"""One request over a connection of its own, and whether it was sent when something goes wrong."""

from __future__ import annotations

import http.client
import json
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


class Unheard(Exception):
    """There was no answer. `sent`: the request may have been carried out all the same."""

    def __init__(self, told: str, *, sent: bool) -> None:
        super().__init__(told)
        self.sent = sent


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer; `body` is empty where it is no JSON object."""

    status: int
    body: dict[str, Any] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    retry_after: float | None = None

    @property
    def told(self) -> str:
        code = self.body.get("error")
        return f"{self.status} {code}" if code else str(self.status)


class Door:
    """Where a crowd goes: `url` is what browsers see, `port` where it is, when somebody else listens there."""

    def __init__(self, url: str, ca_path: Path | None = None, port: int | None = None) -> None:
        parts = urlsplit(url)
        self.host = parts.netloc
        self.port = port or parts.port or 443
        self.is_encrypted = parts.scheme == "https" and port is None
        self._tls = ssl.create_default_context(cafile=str(ca_path)) if ca_path else None

    def ask(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        *,
        json_body: object = None,
        seconds: float = 30.0,
    ) -> Heard:
        """The answer. Raises Unheard."""
        sent = {
            "Host": self.host,
            "User-Agent": USER_AGENT,
            "Sec-Fetch-Site": "same-origin",
            **(headers or {}),
        }
        body = None
        if json_body is not None:
            body, sent["Content-Type"] = json.dumps(json_body), "application/json"
        connection = self._connection(seconds)
        try:
            self._reach(connection)
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            return _heard(answer, answer.read())
        except TimeoutError:
            raise Unheard("no answer", sent=True) from None
        except (OSError, http.client.HTTPException) as failure:
            raise Unheard(f"cut ({type(failure).__name__})", sent=True) from failure
        finally:
            connection.close()

    def _connection(self, seconds: float) -> http.client.HTTPConnection:
        if self.is_encrypted:
            return http.client.HTTPSConnection("localhost", self.port, timeout=seconds, context=self._tls)
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)

    @staticmethod
    def _reach(connection: http.client.HTTPConnection) -> None:
        try:
            connection.connect()
        except OSError as failure:
            raise Unheard(f"not reached ({type(failure).__name__})", sent=False) from failure


def _heard(answer: http.client.HTTPResponse, content: bytes) -> Heard:
    try:
        body = json.loads(content)
    except ValueError:
        body = {}
    lines = answer.headers.get_all("Set-Cookie") or []
    cookies = {line.partition("=")[0]: line.partition("=")[2].partition(";")[0] for line in lines}
    retry_after = answer.getheader("Retry-After")
    return Heard(
        answer.status,
        body if isinstance(body, dict) else {},
        cookies,
        float(retry_after) if retry_after and retry_after.isdigit() else None,
    )
