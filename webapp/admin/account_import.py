"""Importing accounts as a job of two parts: one that says of each line what would happen, and one that does it.

Between them the job waits for an answer, for a day at most. Each step is a unit of its own: an import that was
interrupted goes on where it was.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from webapp.accounts import imports
from webapp.accounts.imports import ImportedAccount, ImportOverlapped, LineFault
from webapp.admin.authority import ADMINISTERS
from webapp.admin.import_files import PIECE, read_batch
from webapp.admin.job_askers import asked_in, require_asker
from webapp.core import clock
from webapp.core.errors import Conflict, InvalidInput, Unavailable
from webapp.infra import jobs
from webapp.infra.database import begin_writing
from webapp.infra.job_answers import await_answer, detail_of, go_on, leave_out, take_waiting
from webapp.infra.job_errors import JobNotFound
from webapp.infra.job_items import add_notes, noted_among, write_notes

if TYPE_CHECKING:
    from webapp.accounts.import_records import Record
    from webapp.admin.import_files import ImportFile
    from webapp.infra.job_models import Job
    from webapp.infra.jobs import Claim

KIND: Final = "accounts.import"
CHECKING, ASKING, STORING = "check", "ask", "store"
THERE: Final = "It is there already."
KEPT: Final = timedelta(hours=24)
# SQLite's write lock is held for so many accounts, and then others write.
_STORED_AT_ONCE: Final = 100
_NOT_CONFIRMED: Final = "Nobody confirmed it within 24 hours. Nothing was imported, and the file is erased."
_STOPPED: Final = "It was stopped before its end. What is done stays done."
_DISCARDED: Final = "It was discarded. Nothing was imported, and the file is erased."


class ImportNotConfirmed(Conflict):
    """A day went by, and nobody said that it should be stored."""

    code = "import_not_confirmed"
    message = _NOT_CONFIRMED


class ImportAnswered(Conflict):
    """Somebody confirmed or discarded it before, or it is not checked yet."""

    code = "import_answered"
    message = "This import waits for no answer: it was answered before, or the check is not over yet."


def queue_import(file: ImportFile, *, actor_id: str, job_id: str, session_id: str | None = None) -> None:
    """Have a file checked. Raises JobQueued for a form that was sent twice."""
    detail: dict[str, object] = {
        "phase": CHECKING,
        "unit": file.unit,
        **dict.fromkeys(("new", "there", "refused", "passwordless", "stored", "last"), 0),
        **asked_in(session_id),
    }
    name = f"Import {file.total:,} accounts" if file.total > 1 else "Import 1 account"
    jobs.queue_job(KIND, name=name, actor_id=actor_id, detail=detail, total=file.total, job_id=job_id)
    file.keep(job_id)


def get_import(job_id: str) -> Job:
    """Raises JobNotFound, also for a job of another kind."""
    job = jobs.get_job(job_id)
    if job.kind != KIND:
        raise JobNotFound
    return job


def confirm(job_id: str, *, actor_id: str, leaves_out_faulty: bool, session_id: str | None = None) -> None:
    """Have stored what the check found new; their rights count from here on who confirms.

    Raises JobNotFound, ImportAnswered, InvalidInput for faulty lines that nobody said may be left out.
    """
    detail = detail_of(get_import(job_id))
    if detail["phase"] == ASKING and detail["refused"] and not leaves_out_faulty:
        raise InvalidInput(fields={"leave_out": "Tick this to import the others, or discard the import."})
    claim = take_waiting(job_id)
    if claim is None or claim.detail["phase"] != ASKING:
        raise ImportAnswered
    answer = {"phase": STORING, "confirmed_by": actor_id, "last": 0, **asked_in(session_id)}
    go_on(claim, {**claim.detail, **answer})


def stop(job_id: str, *, actor_id: str) -> bool:
    """Discard an import that waits, or end one after the lines at hand; whether nothing of it is stored.

    Raises JobNotFound, JobOver.
    """
    get_import(job_id)
    claim = take_waiting(job_id)
    jobs.ask_to_stop(job_id, actor_id=actor_id)
    if claim is None:
        return False
    is_discarded: bool = claim.detail["phase"] == ASKING
    jobs.finish_job(claim, _DISCARDED if is_discarded else _STOPPED)
    return is_discarded


def do_step(claim: Claim) -> bool:
    """Some lines of the part that the job is at, in this unit; whether those were the last.

    Raises JobLost, AskerHeldBack before anything is changed, and ImportNotConfirmed.
    """
    phase = claim.detail["phase"]
    if phase == CHECKING:
        return _check(claim)
    if phase == STORING:
        return _store(claim)
    raise ImportNotConfirmed


def _check(claim: Claim) -> bool:
    records = read_batch(claim.job_id, claim.position, PIECE)
    read = [imports.read_account(each) for each in records]
    new, faults, known = imports.sort_out([each for each in read if isinstance(each, ImportedAccount)])
    notes = {each.line: each.sentence for each in (*faults, *read) if isinstance(each, LineFault)}
    counts = {"new": len(new), "there": len(known), "refused": len(notes)}
    counts["passwordless"] = sum(each.password_hash is None for each in new)
    notes |= {each.line: THERE for each in known}
    begin_writing()
    require_asker(claim, claim.actor_id, ADMINISTERS)
    detail = _add(claim.detail, counts)
    position = claim.position + len(records)
    is_last = position >= claim.total
    if is_last:
        detail["phase"] = ASKING
    jobs.note_progress(claim, position, detail=detail)
    leave_out(claim, len(records))
    add_notes(claim.job_id, [(each.number, _subject(each), notes.get(each.number)) for each in records])
    if is_last and detail["new"]:
        await_answer(claim, clock.now() + KEPT)
    return is_last and not detail["new"]


def _store(claim: Claim) -> bool:
    records = read_batch(claim.job_id, claim.position, _STORED_AT_ONCE)
    noted = noted_among(claim.job_id, [each.number for each in records])
    read = [imports.read_account(each) for each in records if each.number not in noted]
    begin_writing()
    actor_id = claim.detail["confirmed_by"]
    require_asker(claim, actor_id, ADMINISTERS)
    new, faults, known = imports.sort_out([each for each in read if isinstance(each, ImportedAccount)])
    try:
        imports.store_accounts(new, actor_id=actor_id)
    except ImportOverlapped:
        # Somebody took a name at this very moment: the next try finds it taken, and leaves that line out.
        raise Unavailable from None
    refused = {each.line: each.sentence for each in (*faults, *read) if isinstance(each, LineFault)}
    there = {each.line: THERE for each in known}
    counts = {
        "new": -len(refused) - len(there),
        "there": len(there),
        "refused": len(refused),
        "stored": len(new),
    }
    detail = {**_add(claim.detail, counts), "last": records[-1].number}
    position = claim.position + len(records)
    jobs.note_progress(claim, position, detail=detail)
    leave_out(claim, len(records) - len(new))
    write_notes(claim.job_id, refused | there)
    if position < claim.total:
        return False
    imports.note_import(detail["stored"], actor_id=actor_id)
    return True


def _add(detail: dict[str, Any], counts: dict[str, int]) -> dict[str, Any]:
    return {**detail, **{name: detail[name] + number for name, number in counts.items()}}


def _subject(record: Record) -> str:
    return record.values.get("username", "").strip()
