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
# On a busy machine fewer have to do.
FEWEST, LONGEST_NANOSECONDS = 20, 8 * 10**9
# A difference counts when a second measurement shows it again, to the same side. By chance that happens to one of
# four honest pairs in one run of 125,000: 4 * 2 * (0.002 / 2) ** 2.
LEAST_P = 2e-3
STRIKING = NormalDist().inv_cdf(1 - LEAST_P / 2)
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
    begun_at, longest = perf_counter_ns(), LONGEST_NANOSECONDS * rounds // ROUNDS
    gc.collect()
    gc.disable()
    try:
        for number in range(rounds + 5):
            if number > FEWEST + 5 and perf_counter_ns() - begun_at > longest:
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


def deviations(one: Sequence[int], other: Sequence[int]) -> float:
    """How far `one` ranks above `other`, in standard deviations of what chance does to samples of one population."""
    ranked = sorted([(value, True) for value in one] + [(value, False) for value in other])
    ranks = sum(rank for rank, (_, is_one) in enumerate(ranked, 1) if is_one)
    sizes = len(one) * len(other)
    u = ranks - len(one) * (len(one) + 1) / 2
    return (u - sizes / 2) / math.sqrt(sizes * (len(one) + len(other) + 1) / 12)


def tell_apart(app: Flask, names: dict[str, str], rounds: int = ROUNDS) -> dict[str, tuple[float, float]]:
    """The kinds whose refusals differ from those for an unknown name in two measurements in a row, and how far."""
    first = compare(measure(app, names, rounds))
    striking = {kind: found for kind, found in first.items() if abs(found) > STRIKING}
    if not striking:
        return {}
    second = compare(measure(app, {kind: names[kind] for kind in ("unknown", *striking)}, rounds))
    return {
        kind: (found, second[kind])
        for kind, found in striking.items()
        if abs(second[kind]) > STRIKING and found * second[kind] > 0
    }


def compare(taken: dict[str, list[int]]) -> dict[str, float]:
    return {kind: deviations(taken[kind], taken["unknown"]) for kind in taken if kind != "unknown"}


@pytest.mark.parametrize(("shift", "differs"), [(0, False), (40, True), (-40, True)])
def test_the_test_itself_tells_shifted_samples_from_equal_ones(shift: int, differs: bool) -> None:
    random = Random(2)
    one = [round(random.gauss(1000 + shift, 100)) for _ in range(300)]
    other = [round(random.gauss(1000, 100)) for _ in range(300)]
    found = deviations(one, other)
    assert (abs(found) > STRIKING, found * shift >= 0) == (differs, True)


def test_the_test_itself_seldom_errs_on_equal_samples() -> None:
    """As few as a busy machine gives, with its rare long waits: not more often than LEAST_P says."""
    random = Random(3)
    pairs = [
        [[round(random.paretovariate(1) * 1000) for _ in range(FEWEST)] for _ in range(2)]
        for _ in range(5000)
    ]
    assert sum(abs(deviations(one, other)) > STRIKING for one, other in pairs) <= 2 * LEAST_P * len(pairs)


def test_refusals_of_every_kind_take_as_long_as_for_an_unknown_name(
    app: Flask, names: dict[str, str]
) -> None:
    assert tell_apart(app, names) == {}


def test_skipped_decoy_would_be_seen(
    app: Flask, names: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """That the test above can fail: without the decoy the same comparison shows who exists.

    A busy machine hides it at first, so more answers are then compared; three tries find nothing by chance either.
    """
    hasher = app.extensions["latchkey"].get(PasswordHasher)
    monkeypatch.setattr(hasher, "_matches", skip_decoy(hasher))
    pair = {kind: names[kind] for kind in ("unknown", "wrong")}
    assert any("wrong" in tell_apart(app, pair, rounds) for rounds in (ROUNDS, 2 * ROUNDS, 4 * ROUNDS))


def skip_decoy(hasher: PasswordHasher) -> object:
    matches = hasher._matches
    decoys = set(hasher._decoys.values())
    return lambda plain, value, *more: value not in decoys and matches(plain, value, *more)
