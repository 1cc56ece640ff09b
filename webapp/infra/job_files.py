"""The file that a job works on, in sealed pieces: it may hold password hashes. Erased when the job is over."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update

from webapp.core.parts import part
from webapp.infra.database import begin_writing, db
from webapp.infra.job_models import JobFile
from webapp.infra.sealing import SealBroken, Sealer

if TYPE_CHECKING:
    from collections.abc import Iterator


def add_piece(job_id: str, number: int, body: bytes) -> None:
    """Keep a piece of the job's file, sealed, as number 1, 2, 3, …"""
    sealed = part(Sealer).seal(body, _context(job_id, number))
    db.session.add(JobFile(job_id=job_id, number=number, body=sealed))


def read_pieces(job_id: str) -> Iterator[bytes]:
    """The pieces of the job's file in their order. Raises SealBroken."""
    numbers = select(JobFile.number).where(JobFile.job_id == job_id).order_by(JobFile.number)
    for number in db.session.scalars(numbers).all():
        yield read_piece(job_id, number)


def read_piece(job_id: str, number: int) -> bytes:
    """One piece of the job's file; empty when there is none by that number. Raises SealBroken."""
    body = db.session.scalar(select(JobFile.body).where(JobFile.job_id == job_id, JobFile.number == number))
    return b"" if body is None else part(Sealer).unseal(body, _context(job_id, number))


def reseal_pieces(most: int) -> int:
    """Seal so many pieces anew after ENCRYPTION_KEY was replaced; how many were. Those that none opens are left."""
    sealer = part(Sealer)
    if not sealer.has_former_keys:
        return 0
    is_former = func.substr(JobFile.body, 1, len(sealer.mark)) != sealer.mark
    query = select(JobFile.job_id, JobFile.number, JobFile.body).where(is_former)
    found = db.session.execute(query.order_by(JobFile.job_id, JobFile.number).limit(most)).all()
    changed = 0
    for job_id, number, body in found:
        context = _context(job_id, number)
        with suppress(SealBroken):
            sealed = sealer.seal(sealer.unseal(body, context), context)
            begin_writing()
            swapped: Any = db.session.execute(
                update(JobFile)
                .where(JobFile.job_id == job_id, JobFile.number == number, JobFile.body == body)
                .values(body=sealed)
                .execution_options(synchronize_session=False)
            )
            changed += swapped.rowcount
    return changed


def _context(job_id: str, number: int) -> str:
    return f"job_files/{job_id}/{number}"
