"""Ways in which somebody who writes to the database alters a trail, and what a verification says of each.

Segments 2, 3 and 4 hold events 3 to 7, 8 to 12 and 13 to 17; 18 and 19 wait to be sealed.
"""

from __future__ import annotations

CHANGED = "It was changed after it was written."
REPLACED = "Segment 3: Events in it were changed together with their digests, exchanged or given other ids."
FORGED = "It is signed with a key that is neither of ENCRYPTION_KEY nor of ENCRYPTION_KEY_FALLBACKS."
NEW_ID = "UPDATE audit_events SET id = {} WHERE id = {}"
_COLUMNS = (
    "occurred_at, name, result, via, address, address_bits, user_agent, request_id, detail, form, digest"
)
_SELECTED = f"SELECT {_COLUMNS}, {{}}, {{}} FROM audit_events WHERE id = 9"
COPY = f"INSERT INTO audit_events ({_COLUMNS}, id, sealed_in) {_SELECTED}"
# Each edits event 9 of segment 3; SQLite keeps values of any type in any column.
EDITS = {
    "occurred_at": "'2020-01-01 00:00:00.000000'", "name": "'login.succeeded'", "result": "'success'",
    "account_id": "'x'", "actor_id": "'x'", "session_id": "'x'", "via": "'job'", "address": "'192.0.2.9'",
    "address_bits": "x'00'", "user_agent": "'x'", "request_id": "'x'", "detail": "'{}'", "form": "2",
}  # fmt: skip
UNREADABLE = {"occurred_at": "'yesterday'", "name": "x'ff'", "address": "7", "form": "'one'", "detail": "x''"}
# What is done, and what is found.
CASES = {
    "digest": (["UPDATE audit_events SET digest = x'00' WHERE id = 9"], [f"Segment 3, event 9: {CHANGED}", REPLACED]),
    "row removed": (["DELETE FROM audit_events WHERE id = 9"], ["Segment 3, event 9: It was removed."]),
    "first and last row removed": (
        ["DELETE FROM audit_events WHERE id IN (8, 12)"],
        ["Segment 3, event 8: It was removed.", "Segment 3, event 12: It was removed."],
    ),
    "all rows of a segment removed": (
        ["DELETE FROM audit_events WHERE sealed_in = 3"],
        [f"Segment 3, event {number}: It was removed." for number in range(8, 13)],
    ),
    "segment and its rows removed": (
        ["DELETE FROM audit_events WHERE sealed_in = 3", "DELETE FROM audit_segments WHERE id = 3"],
        ["Segment 3: It is missing."],
    ),
    "two segments removed, rows left": (
        ["DELETE FROM audit_segments WHERE id IN (2, 3)"],
        [
            "Segment 2, event 3: It and 4 more names a segment that is not there.",
            "Segment 3, event 8: It and 4 more names a segment that is not there.",
            "Segment 2: This and all up to segment 3 are missing.",
        ],
    ),
    "ids exchanged": ([NEW_ID.format(-1, 9), NEW_ID.format(9, 10), NEW_ID.format(10, -1)], [REPLACED]),
    "another id": (
        [NEW_ID.format(500, 9)],
        ["Segment 3, event 500: It was not in this segment when it was sealed.", "Segment 3, event 9: It was removed."],
    ),
    "another id in the same order": (
        [NEW_ID.format(50, 12)],
        [
            "Segment 3, event 50: It was not in this segment when it was sealed.",
            "Segment 3, event 12: It was removed.",
        ],
    ),
    "row added to a segment": (
        [COPY.format(50, 3)],
        ["Segment 3, event 50: It was not in this segment when it was sealed."],
    ),
    "row added within a segment's ids": (
        ["DELETE FROM audit_events WHERE id = 9", COPY.replace("WHERE id = 9", "WHERE id = 10").format(9, 3)],
        [REPLACED],
    ),
    "row added to no segment": (
        [COPY.format(50, 99), COPY.format(51, -1)],
        [
            "Segment -1, event 51: It names a segment that is not there.",
            "Segment 99, event 50: It names a segment that is not there.",
        ],
    ),
    "row moved": (
        ["UPDATE audit_events SET sealed_in = 4 WHERE id = 9"],
        [
            "Segment 3, event 9: It was moved to segment 4.",
            "Segment 4, event 9: It was not in this segment when it was sealed.",
        ],
    ),
    "row taken out": (
        ["UPDATE audit_events SET sealed_in = NULL WHERE id = 9"],
        ["Segment 3, event 9: It was taken out of this segment and waits to be sealed again."],
    ),
    "signature of another": (
        ["UPDATE audit_segments SET signature = (SELECT signature FROM audit_segments WHERE id = 2) WHERE id = 3"],
        ["Segment 3: Its signature is wrong."],
    ),
    "passed off as cut": (
        [
            "DELETE FROM audit_events WHERE sealed_in = 3",
            "UPDATE audit_segments SET cut_at = last_event_at WHERE id = 3",
        ],
        ["Segment 3: Its signature is wrong: it was not retention that cut it."],
    ),
    "key id": (["UPDATE audit_segments SET key_id = 'x' WHERE id = 3"], [f"Segment 3: {FORGED}"]),
    "waiting row": (["UPDATE audit_events SET detail = '{}' WHERE id = 18"], [f"Event 18: {CHANGED}"]),
}  # fmt: skip
