"""The judge can fail: each criterion is broken once by itself, and the verdict names it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.faults.load.journal import Act, Ended, Journal, Named, Try
from tests.faults.load.judge import CUT, OUTAGE, Bar, Span, Verdict, judge
from tests.faults.load.records import Records

SPAN = Span(10.0, 12.0)
RECORDS = Records(frozenset({"one", "two"}), frozenset({"two"}), {"kept": None, "left": "signed_out"})


def act(what: str, *outcomes: str, at: float = 5.0) -> Act:
    tries = [Try(at + place, at + place + 0.1, each, each) for place, each in enumerate(outcomes)]  # type: ignore[arg-type]
    return Act(what, what == "call", tries)


@pytest.fixture
def journal() -> Journal:
    """Everything as it should be: reads and changes before, during and after the fault."""
    journal = Journal()
    for moment in range(5, 15):
        journal.acts += [act("call", "good", at=moment), act("rename", "good", at=moment)]
    journal.names["ada"] = [Named("one", acknowledged=True), Named("two", acknowledged=True)]
    journal.sessions += ["kept", "left"]
    journal.ended.append(Ended("left", "token", "cookie", "csrf"))
    return journal


def verdict_on(journal: Journal, bar: Bar | None = None, records: Records = RECORDS) -> Verdict:
    return judge("a fault", "here", journal, SPAN, records, bar or Bar())


def test_load_without_a_failure_meets_every_bar(journal: Journal) -> None:
    verdict = verdict_on(journal)
    assert verdict.complaints == ()
    assert (verdict.reads.acts, verdict.changes.acts, verdict.recovery) == (10, 10, 0.0)
    assert verdict.figure.startswith("a fault (here): reads 10 of 10 (10 at once); changes 10 of 10")


@pytest.mark.parametrize(
    ("failed", "bar"),
    [
        (act("call", "broken", "good"), CUT),
        (act("call", "broken"), OUTAGE),
        (act("rename", "put off", "good"), Bar()),
        (act("rename", "broken"), OUTAGE),
    ],
)
def test_failed_request_is_named(journal: Journal, failed: Act, bar: Bar) -> None:
    journal.acts.append(failed)
    [complaint] = verdict_on(journal, bar).complaints
    assert failed.what in complaint
    assert " > ".join(each.told for each in failed.tries) in complaint


@pytest.mark.parametrize("failed", [act("call", "broken", "good"), act("rename", "put off", "good")])
def test_request_that_came_good_in_the_end_is_no_failure_of_an_outage(journal: Journal, failed: Act) -> None:
    journal.acts.append(failed)
    assert verdict_on(journal, OUTAGE).complaints == ()


def test_one_failure_in_a_thousand_changes_is_the_most(journal: Journal) -> None:
    journal.acts += [act("rename", "good") for _ in range(989)] + [act("rename", "broken")]
    assert verdict_on(journal).complaints == ()
    journal.acts.append(act("rename", "broken"))
    assert len(verdict_on(journal).complaints) == 1


@pytest.mark.parametrize(
    ("records", "complaint"),
    [
        (replace(RECORDS, names=frozenset({"two"})), "lost: the name one"),
        (replace(RECORDS, shown=frozenset({"one"})), "lost: the last name of ada"),
        (replace(RECORDS, sessions={"left": "signed_out"}), "lost: the sign-in kept"),
        (replace(RECORDS, sessions={"kept": None, "left": None}), "revived: the session left"),
    ],
)
def test_what_the_database_lost_or_brought_back_is_named(
    journal: Journal, records: Records, complaint: str
) -> None:
    assert verdict_on(journal, records=records).complaints == (complaint,)


def test_person_who_was_thrown_out_is_named(journal: Journal) -> None:
    journal.thrown_out.append("ada: 401 session_ended")
    assert verdict_on(journal).complaints == ("signed out: ada: 401 session_ended",)


def test_answer_that_forgets_an_acknowledged_name_is_a_loss(journal: Journal) -> None:
    assert journal.may_be_called("ada") == {"two"}
    journal.ask_name("ada", "three")
    assert journal.may_be_called("ada") == {"two", "three"}
    assert journal.may_be_called("ada", before=1) == {"one", "two", "three"}
    journal.names["ada"][0].unanswered = True
    assert "one" in journal.may_be_called("ada"), "what was never answered may be carried out at any time"
    journal.stale.append("ada is called one")
    assert verdict_on(journal).complaints == ("lost: ada is called one",)


def test_failure_long_after_the_fault_is_a_slow_recovery(journal: Journal) -> None:
    journal.acts.append(act("rename", "put off", "good", at=20.0))
    verdict = verdict_on(journal, OUTAGE)
    assert verdict.recovery == pytest.approx(8.1)
    assert verdict.complaints == ("it took 8.1 s to recover, and may take 5.0",)


def test_load_without_requests_proves_nothing() -> None:
    assert "there was no load" in verdict_on(Journal()).complaints


def test_silence_is_the_longest_time_without_a_good_answer(journal: Journal) -> None:
    journal.acts.append(act("call", "broken", at=25.0))
    assert verdict_on(journal, OUTAGE).silence == pytest.approx(11.0)
