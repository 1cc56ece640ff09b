"""A program that calls through a cluster's nginx."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from deploy.cluster.proxy import Proxy


class Caller:
    """A program that trusts the cluster's certificate."""

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any, Any]:
        """Status, headers and the body, parsed where it is JSON."""
        line = http.client.HTTPSConnection(
            "localhost", self._proxy.port, context=self._proxy.client_context(), timeout=30
        )
        try:
            content = {"Content-Type": "application/json"} if body is not None else {}
            line.request(method, path, None if body is None else json.dumps(body), {**content, **headers})
            answer = line.getresponse()
            text = answer.read()
            is_json = "json" in answer.headers.get("Content-Type", "")
            return answer.status, answer.headers, json.loads(text) if is_json and text else text
        finally:
            line.close()
