"""Who may read the metrics, held against who is a proxy: what is worth a look, and a cure after which it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ops.self_audit.grounds import DEVELOPMENT, evidence_of, finding_of, settings_of

if TYPE_CHECKING:
    from webapp.config import Settings

HERE, EVERYWHERE, NODE = "127.0.0.1", "0.0.0.0", "10.0.0.11"
PROXY = "10.0.0.2/32"
CLOSE = "At the proxy, close /metrics and set X-Forwarded-For"
NAME = "Name the single address of your Prometheus in a network of your own, such as 10.0.0.31/32."
NARROW = "Narrow TRUSTED_PROXIES to the addresses of the proxies themselves."
APART = (
    "Let the proxy and Prometheus come from different addresses, in nginx by proxy_bind, and name each alone."
)
LOOPBACK = (
    "Let the proxy of this machine come from a loopback address of its own, in nginx proxy_bind 127.0.0.2, set "
    "TRUSTED_PROXIES=127.0.0.2/32, and let METRICS_ALLOW name no more of this machine than 127.0.0.1/32."
)
LISTEN = "For that the server has to listen by IPv4: HOST=127.0.0.1."
PUBLIC = "METRICS_ALLOW names addresses of the public internet."
UNNAMED = "METRICS_ALLOW holds this machine itself, and the proxy in front is not named"


def metrics_settings(allow: str, proxies: str, host: str) -> Settings:
    """Those of a production server, behind https."""
    return settings_of(METRICS_ALLOW=allow, TRUSTED_PROXIES=proxies, HOST=host)


def common(allowed: str, proxy: str) -> str:
    return f"METRICS_ALLOW and TRUSTED_PROXIES have addresses in common ({allowed} and {proxy}): where"


@pytest.mark.parametrize(
    ("allow", "proxies", "host", "sentence"),
    [
        ("", PROXY, NODE, "Nobody may read the metrics."),
        ("10.1.0.5/32", PROXY, NODE, "The metrics are for 1 network of yours."),
        ("10.0.0.0/31, fd12:3456::/32", PROXY, NODE, "The metrics are for 2 networks of yours."),
        ("10.0.0.31/32", "10.0.0.10/32", NODE, "The metrics are for 1 network of yours."),
        # Carriers' addresses (RFC 6598) are nobody's on the public internet.
        ("100.64.0.7/32", PROXY, NODE, "The metrics are for 1 network of yours."),
        ("100.64.0.0/10", PROXY, NODE, "The metrics are for 1 network of yours."),
        ("::ffff:10.1.0.0/120", PROXY, NODE, "The metrics are for 1 network of yours."),
        # One machine, and Kubernetes, as docs/metrics.md has them.
        ("127.0.0.1/32", "127.0.0.2/32", HERE, "The metrics are for 1 network of yours."),
        ("127.0.0.1/32", "127.0.0.2/32", EVERYWHERE, "The metrics are for 1 network of yours."),
        ("10.244.3.7/32", "10.244.9.0/28", EVERYWHERE, "The metrics are for 1 network of yours."),
        # The proxy is elsewhere, and named.
        ("127.0.0.1/32", PROXY, NODE, "The metrics are for 1 network of yours."),
        ("::1/128", PROXY, "::1", "The metrics are for 1 network of yours."),
    ],
)
def test_networks_in_which_no_proxy_is_are_fine(allow: str, proxies: str, host: str, sentence: str) -> None:
    found = finding_of("configuration.metrics", evidence_of(metrics_settings(allow, proxies, host)))
    assert found is not None
    assert (found.level, found.sentence, found.cure) == ("pass", sentence, None)


@pytest.mark.parametrize(
    ("allow", "proxies", "host", "sentence", "cures"),
    [
        ("0.0.0.0/0", PROXY, NODE, "METRICS_ALLOW is wide (0.0.0.0/0)", [NAME]),
        ("10.3.0.5/32, fd00::/8", PROXY, NODE, "METRICS_ALLOW is wide (fd00::/8)", [NAME]),
        ("240.0.0.0/7", PROXY, NODE, "METRICS_ALLOW is wide (240.0.0.0/7)", [NAME]),
        ("::ffff:0.0.0.0/96", PROXY, NODE, "METRICS_ALLOW is wide (0.0.0.0/0)", [NAME]),
        ("8.8.8.8/32", PROXY, NODE, PUBLIC, [NAME]),
        ("::ffff:8.8.8.0/120", PROXY, NODE, PUBLIC, [NAME]),
        ("2001:4860::/32", PROXY, NODE, PUBLIC, [NAME]),
        # A part of it is.
        ("100.0.0.0/9", PROXY, NODE, PUBLIC, [NAME]),
        ("172.0.0.0/11", PROXY, NODE, PUBLIC, [NAME]),
        # All IPv4 addresses as IPv6 has them, and some besides.
        ("::/64", PROXY, NODE, PUBLIC, [NAME]),
        ("10.0.0.0/24", PROXY, NODE, common("10.0.0.0/24", PROXY), [NAME, CLOSE]),
        ("::ffff:10.0.0.0/104", PROXY, NODE, common("10.0.0.0/8", PROXY), [NAME, CLOSE]),
        ("10.0.0.2/32", "::ffff:10.0.0.0/120", NODE, common(PROXY, "10.0.0.0/24"), [NARROW, CLOSE]),
        ("10.0.0.2/32", PROXY, NODE, common(PROXY, PROXY), [APART, CLOSE]),
        # Kubernetes, with one range for all pods.
        (
            "10.244.3.7/32",
            "10.244.0.0/16",
            EVERYWHERE,
            common("10.244.3.7/32", "10.244.0.0/16"),
            [NARROW, CLOSE],
        ),
        (
            "10.244.0.0/16",
            "10.244.0.0/16",
            EVERYWHERE,
            common("10.244.0.0/16", "10.244.0.0/16"),
            [NARROW, NAME, CLOSE],
        ),
        # One machine.
        ("127.0.0.1/32", "127.0.0.1/32", HERE, common("127.0.0.1/32", "127.0.0.1/32"), [LOOPBACK, CLOSE]),
        ("127.0.0.1/32", "127.0.0.0/8", HERE, common("127.0.0.1/32", "127.0.0.0/8"), [LOOPBACK, CLOSE]),
        ("127.0.0.0/8", "127.0.0.2/32", HERE, common("127.0.0.0/8", "127.0.0.2/32"), [LOOPBACK, CLOSE]),
        ("::1/128", "::1/128", "::1", common("::1/128", "::1/128"), [LOOPBACK, LISTEN, CLOSE]),
        ("127.0.0.1/32", "", HERE, UNNAMED, ["Name it in TRUSTED_PROXIES.", LOOPBACK, CLOSE]),
        ("127.0.0.1/32", "", EVERYWHERE, UNNAMED, ["Name it in TRUSTED_PROXIES.", LOOPBACK, CLOSE]),
        ("::1/128", "", "::1", UNNAMED, ["Name it in TRUSTED_PROXIES.", LOOPBACK, LISTEN, CLOSE]),
    ],
)
def test_networks_that_may_hold_a_proxy_are_told_with_what_can_be_done(
    allow: str, proxies: str, host: str, sentence: str, cures: list[str]
) -> None:
    found = finding_of("configuration.metrics", evidence_of(metrics_settings(allow, proxies, host)))
    assert found is not None
    assert (found.level, found.sentence.startswith(sentence)) == ("warn", True), found.sentence
    assert str(found.cure).startswith(" ".join(cures)), found.cure


@pytest.mark.parametrize(
    ("allow", "proxies"), [("127.0.0.1/32", ""), ("::1/128", ""), ("::1/128", "10.0.0.2/32")]
)
def test_developer_without_a_proxy_may_read_them_on_the_machine_itself(allow: str, proxies: str) -> None:
    settings = settings_of(**{**DEVELOPMENT, "METRICS_ALLOW": allow, "TRUSTED_PROXIES": proxies})
    found = finding_of("configuration.metrics", evidence_of(settings))
    assert found is not None
    assert found.level == "pass"
