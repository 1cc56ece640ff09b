"""A program that is told by webhook what happens in Latchkey. Python's standard library alone.

WEBHOOK_SECRET is what Latchkey showed when the endpoint was made; PORT is 9100 unless it says otherwise.
"""

from __future__ import annotations

import hmac
import json
import logging
import os
import time
from base64 import b64decode, b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = b64decode(os.environ["WEBHOOK_SECRET"].removeprefix("whsec_"))
TOLERANCE_SECONDS = 300
LONGEST_BODY = 65_536
log = logging.getLogger("receiver")
# A message may come twice. A program that keeps what it is told keeps the ids there, too.
seen: set[str] = set()


def is_genuine(message_id: str, timestamp: str, signatures: str, body: bytes) -> bool:
    """Whether whoever sent it knows the secret, and sent it just now."""
    if not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    signed = f"{message_id}.{timestamp}.".encode() + body
    expected = b"v1," + b64encode(hmac.digest(SECRET, signed, "sha256"))
    # While a secret is being replaced there are two signatures; one has to fit.
    return any(hmac.compare_digest(expected, each.encode()) for each in signatures.split(" "))


class Receiver(BaseHTTPRequestHandler):
    """Takes messages at any path."""

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LONGEST_BODY:
            return self.answer(413)
        # The bytes as they came: what is parsed and written again has another signature.
        body = self.rfile.read(int(length))
        names = ("webhook-id", "webhook-timestamp", "webhook-signature")
        message_id, timestamp, signatures = (self.headers.get(name, "") for name in names)
        if not is_genuine(message_id, timestamp, signatures, body):
            return self.answer(401)
        if message_id not in seen:
            seen.add(message_id)
            message = json.loads(body)
            log.info("%s %s", message["type"], json.dumps(message["data"]))
        # At once: whatever takes long is done afterwards.
        return self.answer(204)

    def answer(self, status: int) -> None:
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Only messages are logged."""


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "9100"))), Receiver).serve_forever()
