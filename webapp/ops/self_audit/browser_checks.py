"""Checks of what browsers are told: headers, policy, cookies, caches."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from webapp.ops.self_audit.findings import Check, Finding, Group, NotAsked, failed, passed, warned
from webapp.ops.self_audit.live import answer_to, path_of
from webapp.ops.self_audit.questions import HEALTH, LOGIN, NOWHERE, PROTECTED
from webapp.web.fixed_headers import list_fixed_headers

if TYPE_CHECKING:
    from webapp.ops.self_audit.evidence import Evidence

_PAGES: Final = (LOGIN, NOWHERE)
_EVERY: Final = (LOGIN, HEALTH, PROTECTED, NOWHERE)
_HSTS: Final = "Strict-Transport-Security"
_YEAR: Final = 31_536_000
_LOOSE: Final = ("'unsafe-inline'", "'unsafe-eval'", "'unsafe-hashes'", " *", "data:", "http:", "https:")
_STRICT: Final = (
    "default-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
    "require-trusted-types-for 'script'",
)
_PROXY_CURE: Final = (
    "Have the reverse proxy pass the application's headers on as they are, once, and add none of its own."
)


def check_headers(evidence: Evidence) -> Finding:
    wanted = {name: value for name, value in list_fixed_headers("").items() if name != _HSTS}
    wrong = [
        f"{name} ({path_of(question)})"
        for question in _EVERY
        for name, value in wanted.items()
        if answer_to(evidence, question).all(name) != [value]
    ]
    if wrong:
        more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        return failed(f"Missing, changed or repeated on the way: {', '.join(wrong[:3])}{more}.", _PROXY_CURE)
    return passed(
        f"{len(wanted)} headers that keep browsers strict are on pages, answers of the API and errors alike."
    )


def check_policy(evidence: Evidence) -> Finding:
    for question in _PAGES:
        policies = answer_to(evidence, question).all("Content-Security-Policy")
        # Of several, a browser keeps to all: one that is strict is enough.
        if not any(_is_strict(each) for each in policies):
            return failed(
                f"{path_of(question)} comes with no strict Content-Security-Policy: a script smuggled in would run.",
                _PROXY_CURE,
            )
    return passed("Pages run our own scripts only, without inline code, and stand in nobody's frame.")


def check_transport(evidence: Evidence) -> Finding:
    if not evidence.settings.public_url.startswith("https://"):
        raise NotAsked
    given = answer_to(evidence, LOGIN).all(_HSTS)
    found = re.match(r"max-age=(\d{1,12})\b", given[0].lower()) if len(given) == 1 else None
    if found is None or int(found[1]) < _YEAR:
        return failed("Browsers are not held to https for a year.", _PROXY_CURE)
    return passed("Browsers are held to https for the years to come.")


def check_cookies(evidence: Evidence) -> Finding:
    cookies = answer_to(evidence, LOGIN).all("Set-Cookie")
    if not cookies:
        return warned(
            "The sign-in page sets no cookie, so its form cannot be sent.",
            "Have the reverse proxy pass Set-Cookie on.",
        )
    for cookie in cookies:
        name, attributes = _read_cookie(cookie)
        lacks = [each for each in ("secure", "httponly", "path=/") if each not in attributes]
        if not name.startswith("__Host-"):
            lacks.append("the prefix __Host-")
        if not {"samesite=lax", "samesite=strict"} & attributes:
            lacks.append("samesite")
        if lacks or any(each.startswith("domain=") for each in attributes):
            return failed(
                f"The cookie {name[:40]} lacks {', '.join(lacks)}."
                if lacks
                else f"The cookie {name[:40]} names a domain.",
                "Have the reverse proxy set no cookies of its own here, and change none.",
            )
    return passed("The cookie of the sign-in page is Secure, HttpOnly, SameSite and for this host alone.")


def check_caches(evidence: Evidence) -> Finding:
    kept = [
        path_of(each) for each in _EVERY if "no-store" not in answer_to(evidence, each).first("Cache-Control")
    ]
    if kept:
        return failed(f"A cache on the way may keep {' and '.join(kept)}.", _PROXY_CURE)
    return passed("No cache on the way may keep pages, answers of the API or errors.")


def _is_strict(policy: str) -> bool:
    return all(each in policy for each in _STRICT) and not any(each in policy for each in _LOOSE)


def _read_cookie(cookie: str) -> tuple[str, set[str]]:
    pair, *attributes = (part.strip() for part in cookie.split(";"))
    return pair.partition("=")[0], {each.lower() for each in attributes}


BROWSER: Final = Group(
    "browsers",
    "What browsers are told",
    (
        Check(
            "live.headers",
            "Headers of every answer",
            ("3.4.4", "3.4.5", "3.4.6", "3.4.8", "3.5.8"),
            check_headers,
        ),
        Check("live.policy", "Content security policy", ("3.4.3", "3.4.6"), check_policy),
        Check("live.transport", "Strict transport security", ("3.4.1",), check_transport),
        Check("live.cookies", "Cookies", ("3.3.1", "3.3.2", "3.3.3", "3.3.4"), check_cookies),
        Check("live.caches", "Caches", ("14.2.2", "14.3.2"), check_caches),
    ),
)
