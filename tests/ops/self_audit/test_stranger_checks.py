"""Checks of what strangers and browsers are answered, on answers that are right but for one thing."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.ops.self_audit.grounds import DEVELOPMENT, NOW, evidence_of, finding_of, level_of, settings_of
from webapp.infra.outbound.own_address import Answer, Asked, Tls
from webapp.ops.self_audit.live import Direct, Live, Plain
from webapp.ops.self_audit.questions import HEALTH, LOGIN, METADATA, NOWHERE, PROTECTED, QUESTIONS, TRACE
from webapp.ops.self_audit.run import GROUPS
from webapp.web.fixed_headers import list_fixed_headers
from webapp.web.headers import _PAGE_POLICY

if TYPE_CHECKING:
    from collections.abc import Callable

    from webapp.ops.self_audit.evidence import Evidence

URL = "https://accounts.example.org"
DAY = timedelta(days=1)
STATUSES = {PROTECTED: 401, NOWHERE: 404, TRACE: 405}
COOKIE = "__Host-session=x; Secure; HttpOnly; Path=/; SameSite=Lax"
GOOD_TLS = Tls("TLSv1.3", NOW + 60 * DAY, None)
LOOSE_POLICY = f"{_PAGE_POLICY}; script-src 'unsafe-inline'"


def good(question: str) -> Answer:
    """What this program answers behind a proxy that changes nothing."""
    headers = {
        **list_fixed_headers(URL),
        "Content-Security-Policy": _PAGE_POLICY,
        "Cache-Control": "no-store",
        "Set-Cookie": COOKIE,
        "WWW-Authenticate": "Bearer",
        "Server": "nginx",
        "Date": "Mon, 01 Jun 2026 12:00:01 GMT",
    }
    body = json.dumps({"issuer": URL}).encode() if question == METADATA else b"{}"
    return Answer(STATUSES.get(question, 200), tuple(headers.items()), body, NOW)


def seen(*changes: tuple[str, Callable[[Answer], Answer]], tls: Tls | None = GOOD_TLS) -> Evidence:
    answers = {question: good(question) for question in QUESTIONS}
    for question, change in changes:
        answers[question] = change(answers[question])
    return evidence_of(settings_of(), Live(Asked(URL, answers, tls)))


def without(name: str) -> Callable[[Answer], Answer]:
    return lambda answer: replace(answer, headers=tuple(each for each in answer.headers if each[0] != name))


def with_header(name: str, value: str) -> Callable[[Answer], Answer]:
    return lambda answer: replace(
        without(name)(answer), headers=(*without(name)(answer).headers, (name, value))
    )


def with_more(name: str, value: str) -> Callable[[Answer], Answer]:
    return lambda answer: replace(answer, headers=(*answer.headers, (name, value)))


def status(number: int) -> Callable[[Answer], Answer]:
    return lambda answer: replace(answer, status=number)


def saying(body: bytes) -> Callable[[Answer], Answer]:
    return lambda answer: replace(answer, body=body)


def test_what_this_program_answers_is_in_order() -> None:
    evidence = seen()
    of_strangers = [
        check.id for group in GROUPS if group.id in {"live", "browsers"} for check in group.checks
    ]
    found = {each: level_of(each, evidence) for each in of_strangers}
    assert {each for each, level in found.items() if level is None} == {"live.server", "live.redirect"}
    assert {level for level in found.values() if level} == {"pass"}
    assert level_of("clock.public", evidence) == "pass"


@pytest.mark.parametrize(
    ("check", "question", "change", "level"),
    [
        ("live.headers", HEALTH, without("X-Content-Type-Options"), "fail"),
        ("live.headers", NOWHERE, with_more("X-Frame-Options", "SAMEORIGIN"), "fail"),
        ("live.headers", PROTECTED, with_header("Referrer-Policy", "unsafe-url"), "fail"),
        ("live.policy", LOGIN, without("Content-Security-Policy"), "fail"),
        ("live.policy", NOWHERE, with_header("Content-Security-Policy", "default-src 'self'"), "fail"),
        ("live.policy", LOGIN, with_header("Content-Security-Policy", LOOSE_POLICY), "fail"),
        ("live.policy", LOGIN, with_more("Content-Security-Policy", "upgrade-insecure-requests"), "pass"),
        ("live.transport", LOGIN, without("Strict-Transport-Security"), "fail"),
        ("live.transport", LOGIN, with_header("Strict-Transport-Security", "max-age=300"), "fail"),
        ("live.transport", LOGIN, with_header("Strict-Transport-Security", "nonsense"), "fail"),
        ("live.cookies", LOGIN, without("Set-Cookie"), "warn"),
        ("live.cookies", LOGIN, with_header("Set-Cookie", COOKIE.replace("Secure; ", "")), "fail"),
        ("live.cookies", LOGIN, with_header("Set-Cookie", f"{COOKIE}; Domain=example.org"), "fail"),
        ("live.cookies", LOGIN, with_more("Set-Cookie", "sticky=node1; Path=/"), "fail"),
        ("live.cookies", LOGIN, with_header("Set-Cookie", ""), "fail"),
        ("live.caches", PROTECTED, with_header("Cache-Control", "public, max-age=60"), "fail"),
        ("live.refusals", PROTECTED, status(200), "fail"),
        ("live.refusals", PROTECTED, without("WWW-Authenticate"), "fail"),
        ("live.refusals", NOWHERE, status(200), "warn"),
        ("live.refusals", NOWHERE, saying(b"Traceback (most recent call last)"), "fail"),
        ("live.methods", TRACE, status(200), "fail"),
        ("live.banners", LOGIN, with_header("Server", "nginx/1.22.1"), "warn"),
        ("live.banners", LOGIN, with_more("X-Powered-By", "PHP/8.2"), "warn"),
        ("live.identity", METADATA, saying(b'{"issuer": "https://other.example"}'), "fail"),
        ("live.identity", METADATA, saying(b"<html>"), "fail"),
        ("live.identity", METADATA, saying(b"[" * 60_000), "fail"),
        ("clock.public", HEALTH, with_header("Date", "Mon, 01 Jun 2026 12:00:20 GMT"), "warn"),
        ("clock.public", HEALTH, with_header("Date", "Mon, 01 Jun 2026 13:00:00 GMT"), "fail"),
        ("clock.public", HEALTH, with_header("Date", "yesterday"), "warn"),
        ("clock.public", HEALTH, without("Date"), "warn"),
    ],
)  # fmt: skip
def test_one_wrong_answer_is_found(
    check: str, question: str, change: Callable[[Answer], Answer], level: str
) -> None:
    assert level_of(check, seen((question, change))) == level


@pytest.mark.parametrize(
    ("tls", "level"),
    [
        (GOOD_TLS, "pass"),
        (replace(GOOD_TLS, expires_at=NOW + 20 * DAY), "warn"),
        (replace(GOOD_TLS, expires_at=NOW + 6 * DAY), "fail"),
        (replace(GOOD_TLS, distrust="self-signed certificate"), "fail"),
    ],
)
def test_certificate_is_trusted_and_lasts(tls: Tls, level: str) -> None:
    assert level_of("live.certificate", seen(tls=tls)) == level


@pytest.mark.parametrize(
    ("answers", "level"),
    [
        ({}, "pass"),
        ({LOGIN: status(308)(with_header("Location", f"{URL}/login")(good(LOGIN)))}, "pass"),
        ({LOGIN: status(302)(with_header("Location", "http://other.example/")(good(LOGIN)))}, "fail"),
        ({LOGIN: good(LOGIN)}, "fail"),
    ],
)
def test_nothing_is_served_without_tls(answers: dict[str, Answer], level: str) -> None:
    plain = Plain(Asked("http://accounts.example.org", answers, None, None))
    assert level_of("live.redirect", evidence_of(settings_of(), plain)) == level


def test_address_out_of_reach_is_one_thing_to_look_at() -> None:
    trouble = "nobody answers at its port"
    evidence = evidence_of(
        settings_of(),
        Live(Asked(URL, trouble=trouble)),
        Direct(Asked("http://127.0.0.1:8000", trouble=trouble)),
    )
    found = finding_of("live.reach", evidence)
    assert found is not None
    assert (found.level, trouble in found.sentence, "not known" in found.sentence) == ("warn", True, True)
    assert level_of("live.server", evidence) == "warn"
    assert {level_of(each, evidence) for each in ("live.headers", "live.tls", "clock.public")} == {None}


def test_what_was_not_answered_in_time_is_unknown_and_not_wrong() -> None:
    answers = {LOGIN: good(LOGIN)}
    evidence = evidence_of(
        settings_of(), Live(Asked(URL, answers, GOOD_TLS, "it did not answer within 3 seconds"))
    )
    assert (level_of("live.reach", evidence), level_of("live.policy", evidence)) == ("warn", "warn")
    assert level_of("live.cookies", evidence) == "pass"


def test_plain_http_while_developing_has_no_tls_to_check() -> None:
    answers = {question: good(question) for question in QUESTIONS}
    evidence = evidence_of(settings_of(**DEVELOPMENT), Live(Asked("http://localhost:8000", answers)))
    assert {level_of(f"live.{each}", evidence) for each in ("transport", "tls", "certificate")} == {None}
