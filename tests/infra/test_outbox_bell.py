"""Who delivers is woken by the commit that queued a letter, and by nothing else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

from tests.infra.mail_world import queue
from tests.servers.shared import wait_until
from webapp.core.parts import part
from webapp.infra.database import unit_of_work
from webapp.infra.outbox import Letter, MailBell, queue_letter
from webapp.infra.outbox_store import claim_letter

if TYPE_CHECKING:
    from flask import Flask


def queue_in_a_unit_that_fails() -> None:
    with suppress(ZeroDivisionError), unit_of_work():
        assert queue_letter("welcome", "bob@example.org", Letter("Hello", ()))
        raise ZeroDivisionError


def test_letter_of_a_unit_that_fails_was_never_queued(at_work: Flask) -> None:
    queue_in_a_unit_that_fails()
    with unit_of_work(writes=False):
        assert claim_letter() is None


def test_bell_rings_after_the_commit_and_for_nothing_else(at_work: Flask) -> None:
    bell = part(MailBell)
    queue_in_a_unit_that_fails()
    with unit_of_work():
        assert not bell._rung.is_set()
        queue_letter("welcome", "bob@example.org", Letter("Hello", ()))
        assert not bell._rung.is_set()
    assert bell._rung.is_set()
    bell.wait(1)
    assert not bell._rung.is_set()
    with ThreadPoolExecutor(1) as other:
        waiting = other.submit(bell.wait, 25)
        queue()
        wait_until(waiting.done, "the bell to be heard", seconds=20)
