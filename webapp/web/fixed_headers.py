"""The headers that every answer carries, whoever makes it: a view, an error handler, the bounds before them."""

from __future__ import annotations

# An API answer that a browser is made to show as a document can do nothing there.
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox"
_PERMISSIONS = (
    "accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), "
    "payment=(), usb=(), "
    "publickey-credentials-get=(self), publickey-credentials-create=(self), clipboard-write=(self)"
)


def list_fixed_headers(public_url: str) -> dict[str, str]:
    """Name and value. Browsers are held to HTTPS where the public address has it."""
    headers = {
        "X-Content-Type-Options": "nosniff",
        # same-origin, not no-referrer: without it a browser sends `Origin: null` with forms.
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": _PERMISSIONS,
        "X-Frame-Options": "DENY",
    }
    if public_url.startswith("https://"):
        headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    return headers
