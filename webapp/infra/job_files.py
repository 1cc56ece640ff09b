"""The file that a job works on, in sealed pieces: it may hold password hashes. Erased when the job is over."""

from __future__ import annotations

from sqlalchemy import select

from webapp.core.parts import part
from webapp.infra.database import db
from webapp.infra.job_models import JobFile
from webapp.infra.resealing import reseal_column
from webapp.infra.sealing import Sealer


def add_piece(job_id: str, number: int, body: bytes) -> None:
    """Keep a piece of the job's file, sealed, as number 1, 2, 3, …"""
    sealed = part(Sealer).seal(body, _context(job_id, number))
    db.session.add(JobFile(job_id=job_id, number=number, body=sealed))


def read_piece(job_id: str, number: int) -> bytes:
    """One piece of the job's file; empty when there is none by that number. Raises SealBroken."""
    body = db.session.scalar(select(JobFile.body).where(JobFile.job_id == job_id, JobFile.number == number))
    return b"" if body is None else part(Sealer).unseal(body, _context(job_id, number))


def reseal_pieces(most: int) -> int:
    """Seal so many pieces anew after ENCRYPTION_KEY was replaced; how many were."""
    return reseal_column(JobFile, JobFile.body, lambda piece: _context(piece.job_id, piece.number), most)


def _context(job_id: str, number: int) -> str:
    return f"job_files/{job_id}/{number}"
