"""Bodies that no honest caller sends, and what may be answered to them."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from tests.make import Person, csrf_header, make_program, sign_in_by_api
from tests.tokens.dpop_key import BoundCaller, DpopKey

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.test import TestResponse

CANARY = "canary-7f3a"
JSON = "application/json"
WORD = CANARY.encode()
# What stands for a part of a path.
PLACE = re.compile(r"<[^>]+>")
# name -> body, content type, statuses that may be answered where a body is read
BODIES: dict[str, tuple[bytes, str | None, set[int]]] = {
    # An optional body may be left out.
    "empty": (b"", JSON, {200, 201, 400}),
    "no type": (b'{"username":"%s"}' % WORD, None, {415}),
    "plain text": (b'{"username":"%s"}' % WORD, "text/plain", {415}),
    "form": (b"username=%s&password=%s" % (WORD, WORD), "application/x-www-form-urlencoded", {415}),
    "multipart": (b"--x\r\n\r\n%s\r\n--x--" % WORD, "multipart/form-data; boundary=x", {415}),
    "nearly JSON": (b"{}", "application/json-patch+json", {415}),
    "two types": (b"{}", "application/json, text/plain", {415}),
    "array": (b'["%s"]' % WORD, JSON, {400}),
    "null": (b"null", JSON, {400}),
    "number": (b"1", JSON, {400}),
    "string": (b'"%s"' % WORD, JSON, {400}),
    "truncated": (b'{"username":"%s' % WORD, JSON, {400}),
    "two values": (b'{"username":"%s"}{}' % WORD, JSON, {400}),
    "comment": (b'{/*%s*/"username":"a"}' % WORD, JSON, {400}),
    "single quotes": (b"{'username':'%s'}" % WORD, JSON, {400}),
    "deep arrays": (b"[" * 50_000, JSON, {400}),
    "deep closed arrays": (b'{"username":' + b"[" * 30_000 + b"]" * 30_000 + b"}", JSON, {400}),
    "deep objects": (b'{"a":' * 12_000, JSON, {400}),
    "many quotes": (b'"\\"' * 20_000, JSON, {400}),
    "one long escape": (b'{"a":"' + b'\\"' * 30_000, JSON, {400}),
    "repeated name": (b'{"password":"%s","password":"b"}' % WORD, JSON, {400}),
    "repeated name, escaped": (b'{"password":"%s","pass\\u0077ord":"b"}' % WORD, JSON, {400}),
    "NUL": (b'{"username":"%s\\u0000"}' % WORD, JSON, {422}),
    "raw NUL": (b'{"username":"%s\x00"}' % WORD, JSON, {400}),
    "NUL in a name": (b'{"%s\\u0000":"x"}' % WORD, JSON, {422}),
    "lone surrogate": (b'{"username":"%s\\ud800"}' % WORD, JSON, {422}),
    "surrogate in a name": (b'{"\\udfff%s":1}' % WORD, JSON, {422}),
    "invalid UTF-8": (b'{"username":"%s\xff\xfe"}' % WORD, JSON, {400}),
    "overlong UTF-8": (b'{"username":"%s\xc0\xaf"}' % WORD, JSON, {400}),
    "UTF-16": (json.dumps({"username": CANARY}).encode("utf-16"), JSON, {400}),
    "byte order mark": (b"\xef\xbb\xbf" + b'{"username":"%s"}' % WORD, JSON, {400}),
    "NaN": (b'{"username":NaN}', JSON, {400}),
    "infinity": (b'{"username":-Infinity}', JSON, {400}),
    "huge float": (b'{"username":1e999}', JSON, {422}),
    "huge integer": (b'{"username":' + b"9" * 60_000 + b"}", JSON, {400}),
    "60 kB string": (b'{"username":"' + WORD * 5_400 + b'"}', JSON, {422}),
    "many names": (json.dumps({f"n{number}": 0 for number in range(5_000)}).encode(), JSON, {422}),
    "1 MB": (b'{"username":"' + WORD * 95_000 + b'"}', JSON, {413}),
    "compressed": (b"\x1f\x8b\x08\x00" + WORD, JSON, {400}),
    "prototype": (b'{"__proto__":{"%s":1},"constructor":1}' % WORD, JSON, {422}),
}


class Caller:
    """Somebody signed in at both versions, once for a whole test: hardly a call here ends a session."""

    def __init__(self, app: Flask, person: Person) -> None:
        self._app, self._person = app, person
        self._program: dict[str, str] | None = None
        self.sign_in()

    def sign_in(self) -> None:
        self._plain = self._app.test_client()
        self._token = sign_in_by_api(self._plain, self._person)
        self._bound = BoundCaller(self._app.test_client(), self._person)

    def call(self, method: str, path: str, body: bytes, kind: str | None) -> TestResponse:
        """A call as far as this path lets anybody."""
        path = PLACE.sub("x", path)
        sent: dict[str, Any] = {"method": method, "data": body, "content_type": kind}
        if path.endswith("/verify"):
            # Asked by a program, whose credentials are its own.
            self._program = self._program or make_program(self._app).headers
            return self._app.test_client().open(path, headers=self._program, **sent)
        if path == "/api/v2/refresh":
            return self._bound.refresh(data=body, content_type=kind)
        if path.startswith("/api/v2/login/"):
            # Nobody is signed in yet: a proof, and no token.
            proof = {"DPoP": DpopKey().proof("POST", path)}
            return self._app.test_client().open(path, headers=proof, **sent)
        if path.startswith("/api/v2/"):
            return self._bound.call(path=path, **sent)
        headers: dict[str, Any] = {} if path.endswith(("/login", "/register")) else dict(self._token)
        return self._plain.open(path, headers=headers | csrf_header(self._plain), **sent)


def check_refusal(answer: TestResponse, statuses: set[int]) -> None:
    """Refused in words, by its name, and nothing of what was sent comes back."""
    assert answer.status_code in statuses, answer.text[:300]
    assert answer.is_json
    if answer.status_code in {HTTPStatus.OK, HTTPStatus.CREATED}:
        return
    assert CANARY not in answer.text.replace(f"{CANARY}\\", "")
    assert answer.get_json()["request_id"] == answer.headers["X-Request-ID"]
    assert len(answer.data) < 3_000
