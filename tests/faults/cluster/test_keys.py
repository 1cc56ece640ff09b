"""The signing key changes while people work: every token is taken, before and after, on both nodes."""

from __future__ import annotations

import json

import pytest

from deploy.cluster.node import Node
from tests.faults.cluster.town import Town
from tests.faults.load.judge import UNNOTICED
from tests.servers.shared import wait_until

pytestmark = [pytest.mark.nginx, pytest.mark.soak]


def signing_key(node: Node) -> str:
    listed = json.loads(node.run_command("keys", "list", "--json").stdout)
    [kid] = [each["kid"] for each in listed if each["state"] == "current"]
    return str(kid)


def test_rotation_of_the_signing_key_is_not_noticed(town: Town) -> None:
    node = town.cluster.nodes[0]
    before = signing_key(node)
    trial = town.begin_trial("signing key rotated")
    with trial, trial.fault():
        assert node.run_command("keys", "rotate", "--yes").returncode == 0
        wait_until(lambda: signing_key(node) != before, "the next key to sign", seconds=90)
        trial.crowd.await_good(100)
    assert trial.verdict(UNNOTICED).complaints == ()
