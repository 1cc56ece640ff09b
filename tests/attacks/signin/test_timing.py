"""Whose name is asked for cannot be told by the time that a refusal takes (Mann and Whitney's U test)."""

from __future__ import annotations

import gc
import math
from collections.abc import Sequence
from random import Random
from statistics import NormalDist
from time import perf_counter_ns

import pytest
from flask import Flask
from sqlalchemy import update

from tests.make import OTHER_PASSWORD, Person, enrol_app, make_account
from tests.signin.faces import ask
from webapp.accounts.password_hashing import PasswordHasher

ROUNDS = 45
# On a busy machine fewer have to do: the whole takes less than 15 seconds.
FEWEST, LONGEST_NANOSECONDS = 20, 8 * 10**9
# One pair in a hundred thousand honest ones differs so much by chance; four are compared.
LEAST_P = 1e-5
KINDS = ("wrong", "locked", "passkey only", "with a factor")


@pytest.fixture
def environment() -> dict[str, str]:
    """A check of a few milliseconds, less than the rest of a sign-in takes: what skips it is not plain to see."""
    unlimited = (
        "LIMIT_AUTH_PER_ADDRESS",
        "LIMIT_PER_ADDRESS",
        "LIMIT_SIGNIN_PER_ACCOUNT",
        "LIMIT_SIGNIN_OVERALL",
    )
    return {"BCRYPT_ROUNDS": "7"} | dict.fromkeys(unlimited, "100000/1d")


@pytest.fixture
def names(app: Flask) -> dict[str, str]:
    """Somebody of each kind, and a name that nobody has; all as long as each other."""
    people = {kind: make_account(app, f"somebody{number}") for number, kind in enumerate(KINDS)}
    change(app, people["passkey only"], password_hash=None, password_scheme=None)
    enrol_app(app, people["with a factor"])
    lock_account(app, people["locked"])
    return {"unknown": "somebody9"} | {kind: person.username for kind, person in people.items()}


def change(app: Flask, person: Person, **values: str | None) -> None:
    from webapp.accounts.models import Account
    from webapp.infra.database import db, unit_of_work

    with app.app_context(), unit_of_work():
        db.session.execute(update(Account).where(Account.id == person.id).values(**values))


def lock_account(app: Flask, person: Person) -> None:
    from webapp.accounts.service import get_account, lock
    from webapp.infra.database import unit_of_work

    with app.app_context(), unit_of_work():
        lock(get_account(person.id), "for this test", actor_id=None)


def measure(app: Flask, names: dict[str, str], rounds: int = ROUNDS) -> dict[str, list[int]]:
    """Nanoseconds of refusals, all kinds in turn and each turn in another order: what slows this machine slows all."""
    client = app.test_client(use_cookies=False)
    shuffled = Random(1)
    taken: dict[str, list[int]] = {kind: [] for kind in names}
    begun_at = perf_counter_ns()
    gc.collect()
    gc.disable()
    try:
        for number in range(rounds + 5):
            if number > FEWEST + 5 and perf_counter_ns() - begun_at > LONGEST_NANOSECONDS:
                break
            for kind in shuffled.sample(sorted(names), len(names)):
                begun = perf_counter_ns()
                status = ask("api", client, names[kind], OTHER_PASSWORD).status_code
                spent = perf_counter_ns() - begun
                assert status == 401
                # The first few fill caches.
                if number >= 5:
                    taken[kind].append(spent)
    finally:
        gc.enable()
    return taken


def chance(one: Sequence[int], other: Sequence[int]) -> float:
    """How likely two samples of one population differ in rank as these do, two-sided, by normal approximation."""
    ranked = sorted([(value, True) for value in one] + [(value, False) for value in other])
    ranks = sum(rank for rank, (_, is_one) in enumerate(ranked, 1) if is_one)
    sizes = len(one) * len(other)
    u = ranks - len(one) * (len(one) + 1) / 2
    deviation = math.sqrt(sizes * (len(one) + len(other) + 1) / 12)
    return 2 * (1 - NormalDist().cdf(abs(u - sizes / 2) / deviation))


@pytest.mark.parametrize(("shift", "differs"), [(0, False), (40, True)])
def test_the_test_itself_tells_shifted_samples_from_equal_ones(shift: int, differs: bool) -> None:
    random = Random(2)
    one = [round(random.gauss(1000, 100)) for _ in range(300)]
    other = [round(random.gauss(1000 + shift, 100)) for _ in range(300)]
    assert (chance(one, other) < LEAST_P * 100) is differs


def test_refusals_of_every_kind_take_as_long_as_for_an_unknown_name(
    app: Flask, names: dict[str, str]
) -> None:
    taken = measure(app, names)
    found = {kind: chance(taken["unknown"], taken[kind]) for kind in KINDS}
    assert min(found.values()) > LEAST_P, found


def test_skipped_decoy_would_be_seen(
    app: Flask, names: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """That the test above can fail: without the decoy the same comparison, with fewer answers, shows who exists."""
    hasher = app.extensions["latchkey"].get(PasswordHasher)
    monkeypatch.setattr(hasher, "_matches", skip_decoy(hasher))
    taken = measure(app, {kind: names[kind] for kind in ("unknown", "wrong")}, ROUNDS)
    assert chance(taken["unknown"], taken["wrong"]) < LEAST_P


def skip_decoy(hasher: PasswordHasher) -> object:
    matches = hasher._matches
    decoys = set(hasher._decoys.values())
    return lambda plain, value, *more: value not in decoys and matches(plain, value, *more)
