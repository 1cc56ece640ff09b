"""The life of signing keys: next, current, retiring, retired; and revoked, at once.

Every change is made under `store.hold_ring` by updates guarded by the state they leave, so that nodes which do the same
thing at once end with one key set. How long each state lasts is said in keys/timing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from webapp.config import current_settings
from webapp.core import clock
from webapp.core.event_names import EventName
from webapp.core.opaque import new_id
from webapp.infra.audit import record_event
from webapp.infra.database import reading_apart
from webapp.infra.sealing import SealBroken
from webapp.keys import store
from webapp.keys.algorithms import make_private_key, public_jwk
from webapp.keys.errors import SigningKeyNotFound, SigningKeyOver
from webapp.keys.models import SigningKey
from webapp.keys.sealed_keys import WRONG_KEY, is_under_former_key, opens, seal_anew, seal_private_key
from webapp.keys.timing import change_due_at, leaves_at, signs_from, successor_due_at

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

_Ring = dict[str, list[SigningKey]]


@dataclass(frozen=True, slots=True)
class Rotation:
    """A rotation under way: `key` signs from `signs_from` on; `is_new` is False when it had been asked for before."""

    key: SigningKey
    signs_from: datetime
    is_new: bool


def ensure_signing_key() -> None:
    """Make the first key unless there is one. Two processes that start at once end with one and the same.

    Raises SealBroken when there are keys that another ENCRYPTION_KEY has sealed: they are neither used nor replaced.
    """
    store.hold_ring()
    ring = store.list_published()
    _require_readable(ring)
    if not ring["current"]:
        # Nobody can hold a set without it that any token rests on, so it need not wait.
        _promote(ring, ring["next"][0] if ring["next"] else _make(None), None)


def rotate(*, at_once: bool = False, actor_id: str | None = None) -> Rotation:
    """Make the next key; it takes over when every cache of the key set has had time to see it.

    `at_once` does not wait: other services refuse tokens of a key that they have not seen. It is the way on when
    ENCRYPTION_KEY is lost, too; otherwise keys that do not open raise SealBroken.
    """
    store.hold_ring()
    ring = store.list_published()
    if not at_once:
        _require_readable(ring)
    for keys in (ring["current"], ring["next"]):
        for lost in [key for key in keys if not opens(key)]:
            _retire(lost)
            keys.remove(lost)
    waiting = ring["next"][0] if ring["next"] else None
    key = waiting or _make(actor_id)
    reseal_signing_keys()
    if at_once or signs_from(key) <= clock.now() or not ring["current"]:
        _promote(ring, key, actor_id)
    return Rotation(key, key.activated_at or signs_from(key), is_new=waiting is None)


def revoke(kid: str, *, actor_id: str | None = None) -> SigningKey | None:
    """Refuse every token of this key from now on. The key that signs in its place, if it was the current one.

    Raises SigningKeyNotFound, SigningKeyOver, and SealBroken where its successor would be sealed with a wrong key.
    """
    store.hold_ring()
    key = get_key(kid)
    if key.state not in store.PUBLISHED:
        raise SigningKeyOver
    if key.state == "current" and not opens(key):
        raise SealBroken(WRONG_KEY)
    store.move(key, "revoked", revoked_at=clock.now())
    _record(EventName.SIGNING_KEY_REVOKED, key, actor_id)
    ring = store.list_published()
    if ring["current"]:
        return None
    ready = next(filter(opens, ring["next"]), None)
    return _promote(ring, ready or _make(actor_id), actor_id)


def revoke_again(kids: Collection[str]) -> int:
    """Revoke those of these keys that came back into the ring, whether they open here or not; how many.

    If the current one was among them, a successor signs at once.
    """
    store.hold_ring()
    ring = store.list_published()
    back = [key for keys in ring.values() for key in keys if key.kid in kids]
    for key in back:
        store.move(key, "revoked", revoked_at=clock.now())
        _record(EventName.SIGNING_KEY_REVOKED, key, None)
    ring = store.list_published()
    if back and not ring["current"]:
        _promote(ring, next(filter(opens, ring["next"]), None) or _make(None), None)
    return len(back)


def turn_ring() -> bool:
    """Carry out what is due: take over, take out, begin a scheduled rotation. Whether anything changed.

    Whoever comes while another node is at it leaves it to them. A node that cannot open the keys changes nothing.
    """
    if not store.try_hold_ring():
        return False
    ring = store.list_published()
    moment = clock.now()
    if not all(opens(key) for key in ring["current"] + ring["next"]):
        return False
    changed = False
    for key in ring["next"]:
        if not ring["current"] or signs_from(key) <= moment:
            _promote(ring, key, None)
            changed = True
    for key in ring["retiring"]:
        due = leaves_at(key)
        if key.state == "retiring" and due is not None and due <= moment:
            _retire(key)
            changed = True
    if not ring["current"] and not ring["next"]:
        _promote(ring, _make(None), None)
        changed = True
    elif not ring["next"]:
        due = successor_due_at(ring["current"][0])
        if due is not None and due <= moment:
            _make(None)
            reseal_signing_keys()
            changed = True
    return changed


def is_change_due() -> bool:
    """Whether `turn_ring` would find something to do: one query, and no lock."""
    with reading_apart() as connection:
        keys = store.read_ring(connection)
    moment = clock.now()
    due = change_due_at(keys, moment)
    return due is not None and due <= moment


def reseal_signing_keys() -> int:
    """Seal under the present ENCRYPTION_KEY what a fallback alone opens; how many keys that were."""
    changed = 0
    for keys in store.list_published().values():
        for key in filter(is_under_former_key, keys):
            try:
                changed += store.reseal(key, seal_anew(key))
            except SealBroken:
                continue
    if changed:
        record_event(EventName.SIGNING_KEYS_RESEALED, detail={"count": changed})
    return changed


def list_keys(most: int = 100) -> list[SigningKey]:
    """Next, current, retiring, then those that are over, the latest first."""
    return list(store.list_keys(most))


def get_key(kid: str) -> SigningKey:
    """The key of that name in any state. Raises SigningKeyNotFound."""
    key = store.find(kid) if kid.isprintable() else None
    if key is None:
        raise SigningKeyNotFound
    return key


def _require_readable(ring: _Ring) -> None:
    """What signs, or is to sign, opens here. A key that only verifies stops nobody."""
    if not all(opens(key) for key in ring["current"] + ring["next"]):
        raise SealBroken(WRONG_KEY)


def _make(actor_id: str | None) -> SigningKey:
    """A next key of the algorithm that is set now."""
    kid, algorithm = new_id(), current_settings().jwt_algorithm
    private = make_private_key(algorithm)
    key = SigningKey(
        kid=kid,
        algorithm=algorithm,
        state="next",
        public_jwk=json.dumps(public_jwk(private, kid, algorithm), sort_keys=True),
        sealed_private_key=seal_private_key(private, kid),
        # After the work of making it: it is published when this unit ends, not when it began.
        created_at=clock.now(),
    )
    store.add(key)
    _record(EventName.SIGNING_KEY_CREATED, key, actor_id)
    return key


def _promote(ring: _Ring, key: SigningKey, actor_id: str | None) -> SigningKey:
    """Let this key sign from now on, and the one that did go on verifying."""
    moment = clock.now()
    for former in ring["current"]:
        if store.move(former, "retiring", retiring_at=moment):
            _record(EventName.SIGNING_KEY_RETIRING, former, actor_id)
    if store.move(key, "current", activated_at=moment):
        _record(EventName.SIGNING_KEY_ACTIVATED, key, actor_id)
    ring["retiring"] += ring["current"]
    ring["current"], ring["next"] = [key], [each for each in ring["next"] if each is not key]
    return key


def _retire(key: SigningKey) -> None:
    """Take it out of the published keys, for good."""
    if store.move(key, "retired", retired_at=clock.now()):
        _record(EventName.SIGNING_KEY_RETIRED, key, None)


def _record(name: EventName, key: SigningKey, actor_id: str | None) -> None:
    record_event(name, actor_id=actor_id, detail={"kid": key.kid, "algorithm": key.algorithm})
