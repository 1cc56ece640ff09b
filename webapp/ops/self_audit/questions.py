"""What is asked of our own address: a method and a path each, and nothing that changes anything."""

from __future__ import annotations

from typing import Final

LOGIN: Final = "GET /login"
HEALTH: Final = "GET /healthz"
PROTECTED: Final = "GET /api/v1/protected"
NOWHERE: Final = "GET /nothing-is-here"
METADATA: Final = "GET /.well-known/oauth-authorization-server"
TRACE: Final = "TRACE /login"
QUESTIONS: Final = (LOGIN, HEALTH, PROTECTED, NOWHERE, METADATA, TRACE)
