"""Tables of jobs: work that is too long for an answer, done in steps that survive a restart."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.infra.database import Base


class Job(Base):
    """A piece of work on its way: `position` of its `total` items are dealt with, `refused` of those were not done.

    `detail` is JSON of public facts: what is to be done, never a secret.
    """

    __tablename__ = "jobs"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    # Who asked for it, without a foreign key: the job outlives the account.
    actor_id: Mapped[str | None] = mapped_column(String(26))
    detail: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    # When to go on; null when it is over.
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    # A process is at it until then; one that died lets others go on afterwards.
    claimed_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    position: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    stop_asked_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    # Why it could not be finished, in a sentence for whoever asked.
    problem: Mapped[str | None] = mapped_column(String(300))

    __table_args__ = (Index("ix_jobs_created_at_id", "created_at", "id"),)


class JobItem(Base):
    """One of the things a job is about: an account's id, a line of a file.

    `note` says why it was refused, or what is left to do.
    """

    __tablename__ = "job_items"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(String(254))
    note: Mapped[str | None] = mapped_column(String(300))

    __table_args__ = (
        Index(
            "ix_job_items_refused",
            "job_id",
            "number",
            sqlite_where=text("note IS NOT NULL"),
            postgresql_where=text("note IS NOT NULL"),
        ),
    )


class JobFile(Base):
    """A piece of a file that a job works on, sealed: it may hold password hashes. Erased when the job is over."""

    __tablename__ = "job_files"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)
