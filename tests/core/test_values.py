"""Opaque values, clocks, origins, errors and parts: the small promises that everything rests on."""

from __future__ import annotations

import re
import threading
from datetime import UTC

import pytest

from webapp.core import clock
from webapp.core.errors import InvalidInput, Problem
from webapp.core.opaque import digest_of, new_id, new_opaque_token
from webapp.core.origin import Origin, current_origin, set_origin
from webapp.core.parts import Parts, part, use_parts


def test_identifiers_are_plain_and_never_the_same() -> None:
    made = {new_id() for _ in range(5_000)}
    assert len(made) == 5_000
    assert all(re.fullmatch("[a-z2-7]{26}", each) for each in made)


def test_opaque_tokens_have_256_bits_in_url_safe_characters() -> None:
    made = {new_opaque_token() for _ in range(1_000)}
    assert len(made) == 1_000
    assert all(re.fullmatch("[A-Za-z0-9_-]{43}", each) for each in made)


def test_digest_is_sha_256_and_takes_any_text() -> None:
    assert digest_of("abc").hex().startswith("ba7816bf8f01cfea")
    assert len(digest_of("\ud800\x00")) == 32


def test_clock_is_aware_and_the_other_one_never_steps_back() -> None:
    assert clock.now().tzinfo is UTC
    moments = [clock.monotonic() for _ in range(100)]
    assert moments == sorted(moments)


def test_work_that_nobody_named_is_a_command_with_one_id() -> None:
    found: list[Origin] = []

    def work() -> None:
        found.extend([current_origin(), current_origin()])

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found[0].via == "command"
    assert found[0] is found[1]


def test_origin_of_one_thread_is_not_that_of_another() -> None:
    set_origin(Origin("job", "job-number-one"))
    found: list[str] = []
    thread = threading.Thread(target=lambda: found.append(current_origin().request_id))
    thread.start()
    thread.join()
    assert current_origin().request_id == "job-number-one"
    assert found != ["job-number-one"]


def test_problem_keeps_its_kind_where_an_instance_says_more() -> None:
    problem = InvalidInput("Sharper.", fields={"name": "Write one."}, reason="x")
    assert (problem.message, problem.fields, problem.extra) == (
        "Sharper.",
        {"name": "Write one."},
        {"reason": "x"},
    )
    assert (InvalidInput().message, InvalidInput().fields) == ("Some values cannot be accepted.", None)
    assert str(problem) == "invalid_input"


def test_two_kinds_cannot_share_a_code() -> None:
    with pytest.raises(TypeError, match="not_found"):
        type("Another", (Problem,), {"code": "not_found"})
    assert Problem.catalogue["not_found"].__name__ == "NotFound"


def test_part_is_found_by_its_type_and_only_in_its_application() -> None:
    found: list[object] = []

    def elsewhere() -> None:
        with pytest.raises(LookupError):
            part(str)
        parts = Parts()
        parts.add(str, "here")
        use_parts(parts)
        found.append(part(str))
        with pytest.raises(KeyError):
            part(int)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert found == ["here"]
