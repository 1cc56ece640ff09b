"""The anchor of the audit trail: its newest head, kept in a file of this node, where no writer of the database reaches.

Maintenance holds the key that signs: by itself it would seal a trail that somebody made anew as it seals an honest one.
So it seals only a chain that still has the head that this node kept last, and a verification asks for it, too.
"""

from __future__ import annotations

import json
import logging
import os
import re
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import event

from webapp.config import current_settings
from webapp.core import clock
from webapp.core.errors import Problem
from webapp.infra import audit_store as store
from webapp.infra.audit_seals import SealingKeys, Segment, moment_text
from webapp.infra.database import db

FILE_NAME: Final = "audit-head.json"
_WAITING: Final = "latchkey.segment_to_anchor"
_HEAD: Final = re.compile(r"[0-9a-f]{64}")
_HIGHEST: Final = 2**62
# A request may have begun to read before another process sealed and kept the head.
_GRACE: Final = timedelta(minutes=1)
_log = logging.getLogger("latchkey.audit")
# What was warned of, once for each folder.
_warned: set[str] = set()


class TrailReplaced(Problem):
    """The chain lost what this node had anchored: sealing goes on only after somebody has looked."""

    code = "audit_trail_replaced"
    status = 500
    message = (
        f"The audit trail lacks the head in {FILE_NAME}, so nothing is sealed. Run `flask audit verify`, and after a "
        "restored backup `flask audit anchor --accept`."
    )


@dataclass(frozen=True, slots=True)
class Anchor:
    """A head as it was kept; `number` is 0 where the file is there and holds none."""

    number: int
    head: str = ""
    key_id: str = ""
    anchored_at: str = ""


def read_anchor() -> Anchor | None:
    """What this node kept; None where it kept nothing, or its folder cannot be read, which is warned of.

    To be asked before the unit reads anything: what a process keeps is committed, and seen by who reads from then on.
    """
    try:
        text = _path().read_bytes()
    except FileNotFoundError:
        return None
    except OSError as failure:
        _warn(failure)
        return None
    try:
        said = json.loads(text)
        number, head = said["number"], said["head"]
        if isinstance(number, int) and 0 < number < _HIGHEST and _HEAD.fullmatch(head):
            return Anchor(number, head, str(said["key_id"]), str(said["anchored_at"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    return Anchor(0)


def find_fault(anchor: Anchor | None, newest: Segment | None = None) -> str | None:
    """Why the chain is not the one that was anchored; None where it is, or nothing was."""
    if anchor is None:
        return None
    if anchor.number == 0:
        return f"The head in {FILE_NAME} cannot be read."
    found = newest if newest and newest.id == anchor.number else _find_segment(anchor.number)
    if found is None:
        return f"It is not there, but {FILE_NAME} has its head: the chain was cut at its end or made anew."
    if {found.head.hex(), found.computed_head().hex()} != {anchor.head}:
        return f"Its head is not the one in {FILE_NAME}: the chain was made anew."
    return None


def require_anchored(anchor: Anchor | None, newest: Segment | None) -> None:
    """Raises TrailReplaced."""
    if find_fault(anchor, newest) is not None:
        raise TrailReplaced


def is_replaced() -> bool:
    """Whether the chain lacks what was anchored, in a unit that has read before: what is quite new does not count."""
    anchor = read_anchor()
    if anchor is None or _age(anchor) < _GRACE:
        return False
    return find_fault(anchor) is not None


def anchor_after_commit(segment: Segment) -> None:
    """Keep this head when the present unit is committed: not before, for it may be undone."""
    db.session.info[_WAITING] = segment


def catch_up(anchor: Anchor | None, newest: Segment | None) -> None:
    """Keep the newest head where another node has sealed it, or nothing was kept yet."""
    if newest is None or (anchor is not None and anchor.number >= newest.id):
        return
    if newest.has_own_head() and SealingKeys().is_signed(newest):
        anchor_after_commit(newest)


def accept_chain() -> Segment | None:
    """Keep the newest head in place of whatever was kept: somebody knows why it is another. Raises OSError."""
    newest = store.find_newest()
    if newest is None:
        _path().unlink(missing_ok=True)
    else:
        _write(_anchor_of(newest))
    return newest


def _find_segment(number: int) -> Segment | None:
    return next((each for each in store.list_segments(number - 1, 1) if each.id == number), None)


def _path() -> Path:
    return Path(current_settings().instance_path) / FILE_NAME


def _anchor_of(segment: Segment) -> Anchor:
    return Anchor(segment.id, segment.head.hex(), segment.key_id, moment_text(clock.now()))


def _age(anchor: Anchor) -> timedelta:
    try:
        return abs(clock.now() - datetime.fromisoformat(anchor.anchored_at))
    except (ValueError, TypeError):
        return timedelta.max


def _write(anchor: Anchor) -> None:
    """In one step, so that nobody ever reads half of it; the file is for its owner alone."""
    path = _path()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{FILE_NAME}-")
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            json.dump(asdict(anchor), file)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


def _warn(failure: OSError) -> None:
    folder = str(_path().parent)
    if folder not in _warned:
        _warned.add(folder)
        _log.warning(
            "%s in the instance folder cannot be used (%s): a trail made anew would be sealed.",
            FILE_NAME,
            failure.strerror,
        )


@event.listens_for(db.session, "after_commit")
def _keep(session: Any) -> None:
    segment = session.info.pop(_WAITING, None)
    if segment is None:
        return
    before, anchor = read_anchor(), _anchor_of(segment)
    try:
        _write(anchor)
    except OSError as failure:
        _warn(failure)
    # Once an hour, for whoever keeps logs elsewhere.
    if before is None or before.anchored_at[:13] != anchor.anchored_at[:13]:
        _log.info("Head of segment %d of the audit trail: %s", anchor.number, anchor.head)


@event.listens_for(db.session, "after_rollback")
def _forget(session: Any) -> None:
    session.info.pop(_WAITING, None)
