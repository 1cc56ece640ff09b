"""Checks of what the operator decided, as far as it can be told from the settings alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from webapp.config.load import list_misspelt
from webapp.config.safety import LOOPBACK_NAMES, list_unsafe
from webapp.ops.self_audit.findings import Check, Finding, Group, passed, warned, worse_in_production
from webapp.ops.self_audit.metrics_access import THIS_MACHINE, check_metrics, overlap

if TYPE_CHECKING:
    from webapp.ops.self_audit.evidence import Evidence

_NO: Final = frozenset({"", "0", "false", "no"})
_LEAST_RETENTION_DAYS: Final = 90


def check_environment(evidence: Evidence) -> Finding:
    environment = evidence.settings.app_env
    if environment == "production":
        return passed("These are production settings: what is unsafe keeps the server from starting.")
    return warned(
        f"APP_ENV is {environment}, where much is allowed that people should not rely on.",
        "Where people rely on it, set APP_ENV=production.",
    )


def check_production_refusals(evidence: Evidence) -> Finding:
    """What the next start would fail on if this became production."""
    as_if = evidence.settings.model_copy(update={"app_env": "production"})
    found = list_unsafe(as_if, evidence.visit.environ)
    if not found:
        return passed("Nothing here would keep a production server from starting.")
    return worse_in_production(
        evidence.settings.in_production,
        f"Production would refuse to start, for {len(found)} {'reason' if len(found) == 1 else 'reasons'}.",
        " ".join(found),
    )


def check_debugging(evidence: Evidence) -> Finding:
    in_production = evidence.settings.in_production
    if evidence.visit.environ.get("FLASK_DEBUG", "").lower() not in _NO:
        return worse_in_production(
            in_production, "FLASK_DEBUG is set: its debugger runs code for anyone who finds it.", "Remove it."
        )
    if evidence.settings.log_level == "DEBUG":
        return worse_in_production(
            in_production,
            "LOG_LEVEL is DEBUG, which writes more than a log may keep.",
            "Set LOG_LEVEL=INFO.",
        )
    return passed("No debugger is on, and the log keeps to what it may keep.")


def check_public_url(evidence: Evidence) -> Finding:
    url = urlsplit(evidence.settings.public_url)
    if url.scheme == "https":
        return passed(f"People open {evidence.settings.public_url}.")
    return worse_in_production(
        evidence.settings.in_production,
        "PUBLIC_URL is plain http: whoever is on the way reads passwords and sessions.",
        "Serve it by https behind a reverse proxy, and set PUBLIC_URL to that address.",
    )


def check_hosts(evidence: Evidence) -> Finding:
    wide = [each for each in evidence.settings.trusted_hosts if each.startswith(".")]
    if wide:
        return warned(
            f"TRUSTED_HOSTS takes every host below {' and '.join(each[1:] for each in wide)}.",
            "Name the hosts one by one: one that somebody else runs would count as ours.",
        )
    count = len(evidence.settings.trusted_hosts)
    further = f" and {count} further {'host' if count == 1 else 'hosts'}" if count else ""
    return passed(f"It answers under the host of PUBLIC_URL{further}, and refuses every other name.")


def check_origins(evidence: Evidence) -> Finding:
    origins = evidence.settings.cors_origins
    if not origins:
        return passed("No page of another origin may call the API.")
    plain = [each for each in origins if each.startswith("http://")]
    if any(urlsplit(each).hostname not in LOOPBACK_NAMES for each in plain):
        return warned(
            "CORS_ORIGINS lists an origin without TLS: anyone on the way could speak as it.",
            "List its https:// address.",
        )
    if plain and evidence.settings.in_production:
        return warned(
            "CORS_ORIGINS lists a front end on the visitor's own machine: any program there may serve it.",
            "Remove what was for development.",
        )
    return passed(
        f"Pages of {len(origins)} listed {'origin' if len(origins) == 1 else 'origins'} may call the API."
    )


def check_registration(evidence: Evidence) -> Finding:
    settings = evidence.settings
    if settings.registration != "open":
        return passed(f"Registration is {settings.registration}: not everybody makes an account.")
    if not settings.require_verified_email:
        return warned(
            "Anybody makes an account and uses it with an address that is not theirs.",
            "Set REQUIRE_VERIFIED_EMAIL=true, or REGISTRATION=invite.",
        )
    if not settings.sends_mail:
        return warned(
            "Anybody makes an account, but no mail server is set to verify an address by.",
            "Set SMTP_URL and MAIL_FROM, or REGISTRATION=invite.",
        )
    return passed("Anybody makes an account, and verifies an address before it is of use.")


def check_retention(evidence: Evidence) -> Finding:
    days = evidence.settings.audit_retention_days
    if days < _LEAST_RETENTION_DAYS:
        return warned(
            f"Events of the audit are deleted after {days} days. What is found late cannot be looked into.",
            f"Set AUDIT_RETENTION_DAYS to {_LEAST_RETENTION_DAYS} or more, unless a rule of yours forbids it.",
        )
    return passed(f"Events of the audit are kept for {days} days.")


def check_outbound(evidence: Evidence) -> Finding:
    """Loopback is where databases and other nodes listen without asking who calls."""
    settings = evidence.settings
    lists = {
        "CONNECTIONS_ALLOW_NETWORKS": settings.connections_allow_networks,
        "WEBHOOKS_ALLOW_NETWORKS": settings.webhooks_allow_networks,
    }
    near = [name for name, networks in lists.items() if overlap(networks, THIS_MACHINE)]
    if near:
        return worse_in_production(
            settings.in_production,
            f"{' and '.join(near)} let calls reach this machine itself.",
            "Name the network of the service that is meant, and no more.",
        )
    if any(lists.values()):
        return passed("Beyond the public internet, calls go to the networks that you named.")
    return passed("Calls and webhooks go to the public internet alone.")


def check_contact(evidence: Evidence) -> Finding:
    if evidence.settings.security_contact:
        return passed("security.txt says whom to tell of a weakness.")
    return warned(
        "Whoever finds a weakness here does not learn whom to tell.",
        "Set SECURITY_CONTACT, such as mailto:security@example.org.",
    )


def check_spelling(evidence: Evidence) -> Finding:
    found = list_misspelt(evidence.visit.environ)
    if found:
        return warned("A variable looks like a setting, and is none.", " ".join(found))
    return passed("Every variable that looks like a setting is one.")


CONFIGURATION: Final = Group(
    "configuration",
    "Configuration",
    (
        Check("configuration.environment", "Environment", ("13.4.2", "15.2.3"), check_environment),
        Check("configuration.production", "Ready for production", ("13.2.6",), check_production_refusals),
        Check("configuration.debugging", "Debugging", ("13.4.2", "16.5.1"), check_debugging),
        Check("configuration.public-url", "Public address", ("12.2.1",), check_public_url),
        Check("configuration.hosts", "Hosts", ("4.1.3", "13.2.6"), check_hosts),
        Check("configuration.origins", "Other origins", ("3.4.2",), check_origins),
        Check("configuration.registration", "Registration", ("6.3.2", "2.2.1"), check_registration),
        Check("configuration.outbound", "Reach of calls", ("13.2.4", "13.2.5"), check_outbound),
        Check("configuration.metrics", "Metrics", ("13.4.5",), check_metrics),
        Check("configuration.retention", "Retention", ("14.2.7", "16.1.1"), check_retention),
        Check("configuration.contact", "Security contact", ("15.1.1",), check_contact),
        Check("configuration.spelling", "Names of settings", ("13.2.6",), check_spelling),
    ),
)
