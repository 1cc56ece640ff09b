"""The audit trail as lines of JSON for whoever keeps it, or verifies it, elsewhere; docs/audit.md describes them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from webapp.core.errors import Problem
from webapp.infra import audit_store as store
from webapp.infra.audit import canonical_form
from webapp.infra.audit_seals import SealingKeys

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from webapp.infra.audit_seals import Segment

_SEGMENTS: Final = 10


class UnreadableHeads(Problem):
    """What was given as exported heads is none."""

    code = "unreadable_heads"
    status = 422
    message = "That holds no head. Give a file that `audit export --head` wrote, or NUMBER:HEAD."


def head_line() -> str | None:
    """The newest head with its signature; None while nothing is sealed."""
    newest = store.find_newest()
    return None if newest is None else _segment_line(newest, SealingKeys())


def read_last() -> int:
    """The number of the newest segment; 0 while nothing is sealed."""
    return store.count_segments()


def read_heads(lines: Iterable[str]) -> dict[int, frozenset[str]]:
    """The heads that lines of an export name, by segment. Raises UnreadableHeads."""
    heads: dict[int, frozenset[str]] = {}
    for line in lines:
        if not line.strip():
            continue
        try:
            said = json.loads(line)
            if said["kind"] != "segment":
                continue
            number, head = said["segment"], bytes.fromhex(said["head"]).hex()
        except (ValueError, KeyError, TypeError, RecursionError):
            raise UnreadableHeads from None
        if not isinstance(number, int):
            raise UnreadableHeads
        heads[number] = heads.get(number, frozenset()) | {head}
    if not heads:
        raise UnreadableHeads
    return heads


def iterate_lines(after: int, until: int) -> Iterator[tuple[int, str]]:
    """So many of the segments after one and up to another, each with its events; each line with its segment's number.

    In the present unit, and of one moment; whoever calls goes on after the last number until nothing comes.
    """
    store.hold_snapshot()
    keys = SealingKeys()
    for segment in store.list_segments(after, _SEGMENTS):
        if segment.id > until:
            return
        yield segment.id, _segment_line(segment, keys)
        for event in store.iterate_sealed(segment.id - 1, segment.id):
            form = canonical_form(event, store.text_of_moment(event.occurred_at))
            yield segment.id, _line(kind="event", event=event.id, segment=segment.id, canonical=form)


def _segment_line(segment: Segment, keys: SealingKeys) -> str:
    return _line(
        kind="segment",
        segment=segment.id,
        canonical=segment.canonical_form(),
        head=segment.head.hex(),
        cut_at=segment.cut_at,
        signed=segment.signed_text(),
        signature=segment.signature.hex(),
        key=keys.public_jwk(segment.key_id) or {"kid": segment.key_id},
    )


def _line(**values: object) -> str:
    return json.dumps(values, separators=(",", ":"), ensure_ascii=True)
