"""A call as a shell command for curl. Tokens, secrets and proofs stand in it as variables, never as texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from webapp.guide.reference import Call

_NEXT_LINE = " \\\n  "
_ANYTHING = "*/*"


@dataclass(frozen=True, slots=True)
class Command:
    """Its pieces in their order; scripts put others in the place of `address` and `body`, which may be empty."""

    start: str
    address: str
    options: str
    body: str
    media_type: str

    @property
    def text(self) -> str:
        """The whole of it."""
        return f"{self.start} {self.address}{self.options}{self.body}"


def command_of(call: Call, public_url: str) -> Command:
    """The call with an example of what it must be given."""
    sent = call.body
    media_type = sent.media_type if sent and sent.media_type != _ANYTHING else "application/json"
    body = sent.example if sent and sent.is_required else ""
    given = f"{_NEXT_LINE}-H {_quoted(f'Content-Type: {media_type}')}{_NEXT_LINE}--data-raw {_quoted(body)}"
    return Command(
        start="curl -sS" if call.method == "GET" else f"curl -sS -X {call.method}",
        address=_quoted(public_url + call.sample_path),
        options="".join(_NEXT_LINE + each for each in _options(call)),
        body=given if body else "",
        media_type=media_type,
    )


def _options(call: Call) -> list[str]:
    """What says who calls."""
    found = []
    if "client" in call.schemes:
        found.append('-u "$ID:$SECRET"')
    elif "dpop" in call.schemes:
        found.append('-H "Authorization: DPoP $TOKEN"')
    elif "bearer" in call.schemes:
        found.append('-H "Authorization: Bearer $TOKEN"')
    else:
        # A sign-in fills the jar, and what follows it needs what is in there.
        found.append("-b jar -c jar")
    if "csrf_header" in call.schemes:
        found.append('-H "X-CSRF-TOKEN: $CSRF"')
    if call.wants_proof:
        found.append('-H "DPoP: $PROOF"')
    return found


def _quoted(text: str) -> str:
    """As one word of a shell, whatever is in it."""
    return "'" + text.replace("'", "'\\''") + "'"
