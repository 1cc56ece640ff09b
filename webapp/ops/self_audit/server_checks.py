"""Checks of who answers at the public address, by which way, and what it gives away."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from webapp.ops.self_audit.findings import Check, Finding, Group, NotAsked, failed, passed, warned
from webapp.ops.self_audit.live import Direct, Live, Plain, answer_to
from webapp.ops.self_audit.questions import LOGIN, METADATA, NOWHERE, PROTECTED, TRACE

if TYPE_CHECKING:
    from webapp.ops.self_audit.evidence import Evidence

_TRACES: Final = (b"Traceback", b'File "', b"werkzeug", b"sqlalchemy")
_VERSION: Final = re.compile(r"/\s?v?\d|\d+\.\d+\.\d")


def check_reach(evidence: Evidence) -> Finding:
    public = evidence.of(Live).public
    if not public.answers:
        return warned(
            f"{public.url} cannot be looked at from here: {public.trouble}. What people are answered is not known.",
            "Start the server. Where only the outside reaches that address, let this machine reach it, or from outside "
            f"run: {evidence.settings.command('doctor')}",
        )
    if public.trouble:
        return warned(
            f"{public.url} answers, but not everything: {public.trouble}.",
            "Look at the log of the reverse proxy.",
        )
    return passed(f"{public.url} answers from here.")


def check_identity(evidence: Evidence) -> Finding:
    """That it is an installation with this PUBLIC_URL, and not what else may stand at that address."""
    url = evidence.settings.public_url
    try:
        issuer = json.loads(answer_to(evidence, METADATA).body).get("issuer")
    except (ValueError, AttributeError, RecursionError):
        issuer = None
    if issuer == url:
        return passed("What answers there is an installation with this PUBLIC_URL.")
    return failed(
        "What answers there is another program, or an installation with another PUBLIC_URL.",
        "Point the reverse proxy at this server, and set PUBLIC_URL to the address that people open.",
    )


def check_refusals(evidence: Evidence) -> Finding:
    protected, nowhere = answer_to(evidence, PROTECTED), answer_to(evidence, NOWHERE)
    if protected.status != 401 or not protected.first("WWW-Authenticate"):
        return failed(
            f"/api/v1/protected answers {protected.status} to a stranger where 401 is due.",
            "Have the reverse proxy pass calls and refusals on as they are.",
        )
    if nowhere.status != 404:
        return warned(
            f"A path that is not there answers {nowhere.status} where 404 is due.",
            "Have the reverse proxy pass every path of this host on, and answer none itself.",
        )
    if any(trace in each.body for each in (protected, nowhere) for trace in _TRACES):
        return failed(
            "An error shows what the program is made of.", "Turn the debugger off, also that of the proxy."
        )
    return passed(
        "A stranger is refused with 401, a path that is not there with 404, and neither tells more."
    )


def check_methods(evidence: Evidence) -> Finding:
    answer = answer_to(evidence, TRACE)
    if answer.status < 400 or b"TRACE /login" in answer.body:
        return failed(
            "TRACE is answered: it repeats what a browser keeps from scripts.", "Turn it off in the proxy."
        )
    return passed(f"TRACE is refused ({answer.status}).")


def check_banners(evidence: Evidence) -> Finding:
    told = [
        f"{name}: {value[:40]}"
        for name in ("Server", "X-Powered-By", "Via", "X-AspNet-Version")
        for value in answer_to(evidence, LOGIN).all(name)
        if _VERSION.search(value)
    ]
    if told:
        return warned(f"A version is told to everybody ({told[0]}).", "In nginx: server_tokens off.")
    return passed("No answer tells the version of a program.")


def check_redirect(evidence: Evidence) -> Finding:
    answer = evidence.of(Plain).asked.answers.get(LOGIN)
    if answer is None:
        return passed("Nothing is served without TLS at port 80.")
    if answer.first("Location").startswith("https://") and 300 <= answer.status < 400:
        return passed("Pages asked for without TLS lead to https.")
    return failed(
        f"Without TLS the sign-in page answers {answer.status}: passwords could go in plain text.",
        "Have the reverse proxy redirect pages from http to https, and refuse the rest.",
    )


def check_tls(evidence: Evidence) -> Finding:
    public = evidence.of(Live).public
    if urlsplit(public.url).scheme != "https":
        raise NotAsked
    if public.tls is None:
        raise NotAsked
    return passed(f"{public.tls.version.replace('TLSv', 'TLS ')} was agreed on.")


def check_certificate(evidence: Evidence) -> Finding:
    public = evidence.of(Live).public
    if urlsplit(public.url).scheme != "https":
        raise NotAsked
    if public.tls is None or public.tls.expires_at is None:
        raise NotAsked
    if public.tls.distrust:
        return failed(
            f"The certificate is not trusted: {public.tls.distrust}.",
            "Serve a certificate for this host with its whole chain. Of an authority of your own, give this server its "
            "certificate by SSL_CERT_FILE.",
        )
    days = (public.tls.expires_at - evidence.visit.moment).days
    words = f"The certificate is good for {days} more {'day' if days == 1 else 'days'}"
    if days < 21:
        cure = "Renew it, and see why that did not happen by itself: it is usually done 30 days before."
        return (failed if days < 7 else warned)(f"{words}.", cure)
    return passed(f"{words}.")


def check_server(evidence: Evidence) -> Finding:
    asked = evidence.of(Direct).asked
    if asked.answers:
        return passed(f"The server answers at {asked.url}.")
    return warned(
        f"No server answers at {asked.url}: {asked.trouble}.", "Start it, or look at HOST and PORT."
    )


SERVER: Final = Group(
    "live",
    "What strangers are answered",
    (
        Check("live.reach", "Public address", ("12.2.1",), check_reach),
        Check("live.identity", "Who answers there", ("13.2.6",), check_identity),
        Check("live.server", "Server behind the proxy", ("13.2.6",), check_server),
        Check("live.refusals", "Refusals", ("8.3.1", "16.5.1"), check_refusals),
        Check("live.methods", "Methods", ("4.1.4", "13.4.4"), check_methods),
        Check("live.banners", "Versions told", ("13.4.6",), check_banners),
        Check("live.redirect", "Without TLS", ("4.1.2", "12.2.1"), check_redirect),
        Check("live.tls", "TLS", ("12.1.1",), check_tls),
        Check("live.certificate", "Certificate", ("12.2.2",), check_certificate),
    ),
)
