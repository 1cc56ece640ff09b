"""Checks of what the operator decided, as far as it can be told from the settings alone."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from webapp.config.load import list_misspelt
from webapp.config.safety import LOOPBACK_NAMES, list_unsafe
from webapp.ops.self_audit.findings import Check, Finding, Group, passed, warned, worse_in_production
from webapp.ops.self_audit.proxies import SHORTEST_PREFIX

if TYPE_CHECKING:
    from collections.abc import Sequence
    from ipaddress import IPv4Network, IPv6Network

    from webapp.ops.self_audit.evidence import Evidence

_NO: Final = frozenset({"", "0", "false", "no"})
_THIS_MACHINE: Final = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
_LEAST_RETENTION_DAYS: Final = 90
_NAME_PROMETHEUS: Final = (
    "Name the single address of your Prometheus in a network of your own, such as 10.0.0.31/32."
)
_OTHER_LOOPBACK: Final = (
    "Let the proxy of this machine come from a loopback address of its own, in nginx proxy_bind 127.0.0.2, set "
    "TRUSTED_PROXIES=127.0.0.2/32, and let METRICS_ALLOW name no more of this machine than 127.0.0.1/32."
)
# IPv6 has a single loopback address, and nothing comes to it from one of IPv4.
_LISTEN_BY_IPV4: Final = "For that the server has to listen by IPv4: HOST=127.0.0.1."
_OTHER_ADDRESS: Final = (
    "Let the proxy and Prometheus come from different addresses, in nginx by proxy_bind, and name each alone."
)
_NARROW_PROXIES: Final = "Narrow TRUSTED_PROXIES to the addresses of the proxies themselves."
_CLOSE_METRICS: Final = "At the proxy, close /metrics and set X-Forwarded-For, as deploy/nginx does."


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


def check_metrics(evidence: Evidence) -> Finding:
    """Besides strangers, whoever comes through a proxy that says nothing of it has an address of that proxy's."""
    settings = evidence.settings
    networks, proxies = settings.metrics_allow, settings.trusted_proxies
    if not networks:
        return passed("Nobody may read the metrics.")
    wide = [str(each) for each in networks if each.prefixlen < SHORTEST_PREFIX[each.version]]
    if wide:
        return warned(
            f"METRICS_ALLOW is wide ({', '.join(wide)}): nearly everybody may be in it.", _NAME_PROMETHEUS
        )
    if any(each.is_global for each in networks):
        return warned("METRICS_ALLOW names addresses of the public internet.", _NAME_PROMETHEUS)
    common = [(each, proxy) for each in networks for proxy in proxies if _overlap([each], [proxy])]
    if common:
        allowed, proxy = common[0]
        return warned(
            f"METRICS_ALLOW and TRUSTED_PROXIES have addresses in common ({allowed} and {proxy}): where a proxy does "
            "not say for whom it asks, everybody behind it reads the metrics.",
            f"{_way_apart(allowed, proxy, settings.host)} {_CLOSE_METRICS}",
        )
    if not proxies and urlsplit(settings.public_url).scheme == "https" and _overlap(networks, _THIS_MACHINE):
        return warned(
            "METRICS_ALLOW holds this machine itself, and the proxy in front is not named: where it runs here, or a "
            "tunnel ends here, that adds no header, everybody behind it reads the metrics.",
            f"Name it in TRUSTED_PROXIES. {_way_apart_here(settings.host)} {_CLOSE_METRICS}",
        )
    count = len(networks)
    return passed(f"The metrics are for {count} {'network' if count == 1 else 'networks'} of yours.")


def _way_apart(allowed: IPv4Network | IPv6Network, proxy: IPv4Network | IPv6Network, host: str) -> str:
    """How no address is of both any more: the wider of the two is narrowed, or both where they are the same."""
    if allowed.is_loopback:
        return _way_apart_here(host)
    if allowed.num_addresses == proxy.num_addresses == 1:
        return _OTHER_ADDRESS
    if allowed == proxy:
        return f"{_NARROW_PROXIES} {_NAME_PROMETHEUS}"
    return _NARROW_PROXIES if proxy.prefixlen < allowed.prefixlen else _NAME_PROMETHEUS


def _way_apart_here(host: str) -> str:
    """How a proxy and a Prometheus on one machine are told apart, where the server listens on this HOST."""
    return f"{_OTHER_LOOPBACK} {_LISTEN_BY_IPV4}" if host == "::1" else _OTHER_LOOPBACK


def check_outbound(evidence: Evidence) -> Finding:
    """Loopback is where databases and other nodes listen without asking who calls."""
    settings = evidence.settings
    lists = {
        "CONNECTIONS_ALLOW_NETWORKS": settings.connections_allow_networks,
        "WEBHOOKS_ALLOW_NETWORKS": settings.webhooks_allow_networks,
    }
    near = [name for name, networks in lists.items() if _overlap(networks, _THIS_MACHINE)]
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


def _overlap(
    networks: Sequence[IPv4Network | IPv6Network], others: Sequence[IPv4Network | IPv6Network]
) -> bool:
    """Whether any address is in both."""
    return any(
        each.version == other.version and each.overlaps(other) for each in networks for other in others
    )


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
