"""Somebody who writes to the database alters the audit trail: a verification finds it, and says where."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from tests.infra.audit_tampering import CASES, CHANGED, EDITS, FORGED, REPLACED, UNREADABLE
from tests.infra.audit_world import find, list_chain, record, seal, seal_segments
from webapp.config import current_settings
from webapp.infra import audit_store
from webapp.infra.audit import digest_of_event
from webapp.infra.audit_anchor import FILE_NAME
from webapp.infra.audit_seals import BEGINNING, EventsDigest, SealingKeys, key_id_of
from webapp.infra.database import db, unit_of_work
from webapp.infra.models import AuditEvent, AuditSegment

if TYPE_CHECKING:
    from flask import Flask

pytestmark = pytest.mark.usefixtures("trail")


@pytest.fixture
def trail(at_work: Flask) -> None:
    seal_segments(3, 5)
    record(2)


def lose_anchor() -> None:
    """The file beside the database is gone: what the chain tells by itself."""
    Path(current_settings().instance_path, FILE_NAME).unlink()


def tamper(*statements: str) -> None:
    with unit_of_work():
        for each in statements:
            db.session.execute(text(each))


@pytest.mark.parametrize("case", CASES)
def test_tampering_is_found_and_placed(case: str) -> None:
    statements, found = CASES[case]
    assert find() == []
    tamper(*statements)
    assert find() == found


def test_edit_of_any_column_is_found() -> None:
    for column, value in [*EDITS.items(), *UNREADABLE.items()]:
        tamper(
            "CREATE TEMP TABLE kept AS SELECT * FROM audit_events WHERE id = 9",
            f"UPDATE audit_events SET {column} = {value} WHERE id = 9",
        )
        assert find() == [f"Segment 3, event 9: {CHANGED}"], column
        tamper(
            f"UPDATE audit_events SET {column} = (SELECT {column} FROM kept) WHERE id = 9", "DROP TABLE kept"
        )
    assert find() == []


def test_edit_of_any_column_of_a_segment_is_found() -> None:
    for column in [each.key for each in AuditSegment.__table__.columns if each.key not in {"id", "cut_at"}]:
        for value in ("7", "'x'", "x'00'"):
            tamper(
                "CREATE TEMP TABLE kept AS SELECT * FROM audit_segments WHERE id = 3",
                f"UPDATE audit_segments SET {column} = {value} WHERE id = 3",
            )
            assert any(each.startswith("Segment 3: ") for each in find()), (column, value)
            tamper(
                f"UPDATE audit_segments SET {column} = (SELECT {column} FROM kept) WHERE id = 3",
                "DROP TABLE kept",
            )
    assert find() == []


@pytest.mark.database
def test_row_whose_digest_was_computed_anew_does_not_fit_its_segment() -> None:
    with unit_of_work():
        event = db.session.get_one(AuditEvent, 9)
        event.detail = "{}"
        event.digest = digest_of_event(event)
    assert find() == [REPLACED]


@pytest.mark.database
def test_chain_that_was_made_anew_without_the_key_is_found() -> None:
    """Event 9 is edited, and everything that follows from it is computed anew and signed with a key of their own."""
    exported = {each.id: frozenset({each.head.hex()}) for each in list_chain()}
    theirs, keys, previous = Ed25519PrivateKey.generate(), SealingKeys(), BEGINNING
    with unit_of_work():
        event = db.session.get_one(AuditEvent, 9)
        event.detail = "{}"
        event.digest = digest_of_event(event)
        db.session.flush()
        for segment in audit_store.list_segments(None, 10):
            digest = EventsDigest()
            for row in audit_store.iterate_sealed(segment.id - 1, segment.id):
                digest.add(row.id, row.digest)
            made = replace(segment, events_digest=digest.digest(), previous_head=previous)
            made = replace(made, head=made.computed_head(), key_id=key_id_of(theirs.public_key()))
            signed = theirs.sign(made.signed_text().encode())
            stored = db.session.get_one(AuditSegment, segment.id)
            stored.events_digest, stored.previous_head, stored.head = (
                made.events_digest,
                made.previous_head,
                made.head,
            )
            stored.signature, stored.key_id = signed, made.key_id if segment.id > 2 else keys.present_id
            previous = made.head
    lose_anchor()
    wrong = "Its signature is wrong."
    assert find() == [f"Segment {n}: {wrong if n < 3 else FORGED}" for n in (1, 2, 3, 4)]
    remade = "Its head is not the one that was exported: the chain was made anew."
    assert [each for each in find(anchors=exported) if remade in each] == [
        f"Segment {n}: {remade}" for n in (3, 4)
    ]


def test_chain_cut_at_its_end_is_found_by_an_exported_head_alone() -> None:
    exported = {4: frozenset({list_chain()[-1].head.hex()})}
    tamper("DELETE FROM audit_events WHERE id > 12", "DELETE FROM audit_segments WHERE id = 4")
    lose_anchor()
    assert find() == []
    cut = "Segment 4: It is not there, but its head was exported: the chain was cut at its end."
    assert find(anchors=exported) == [cut]
    record(5)
    seal()
    remade = "Segment 4: Its head is not the one that was exported: the chain was made anew."
    assert find(anchors=exported) == [remade]


def test_segment_of_a_former_chain_that_was_put_back_is_found() -> None:
    """Both are rightly signed, with the same events; but the next one follows the other."""
    tamper(
        "CREATE TABLE kept AS SELECT * FROM audit_segments WHERE id = 4",
        "DELETE FROM audit_segments WHERE id = 4",
        "UPDATE audit_events SET sealed_in = NULL WHERE id > 12",
    )
    lose_anchor()
    seal(5)
    seal()
    assert find() == []
    tamper("DELETE FROM audit_segments WHERE id = 4", "INSERT INTO audit_segments SELECT * FROM kept")
    unlinked = "It does not follow the segment before it: its previous head is another."
    assert find() == [f"Segment 5: {unlinked}"]


def test_what_is_sealed_after_tampering_does_not_hide_it() -> None:
    tamper(
        "UPDATE audit_events SET occurred_at = 'never' WHERE id IN (9, 18)",
        "DELETE FROM audit_events WHERE id = 4",
    )
    seal_segments(2, 5)
    found = ["Segment 2, event 4: It was removed."]
    assert find() == [*found, f"Segment 3, event 9: {CHANGED}", f"Segment 5, event 18: {CHANGED}"]


def test_verification_from_a_later_segment_leaves_out_what_is_before_it() -> None:
    tamper("DELETE FROM audit_events WHERE id = 4", "DELETE FROM audit_events WHERE id = 14")
    assert find(first=3) == ["Segment 4, event 14: It was removed."]
    assert find(first=9) == ["Segment 9: It is missing."]
