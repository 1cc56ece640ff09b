"""A whole cluster: a person signs in through nginx, and a rolling restart costs nobody anything."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from deploy.cluster.cluster import Cluster
from deploy.cluster.places import temporary_folder
from tests.deploy.caller import Caller
from tests.examples.test_behind_nginx import echo
from tests.servers.shared import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.nginx


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with temporary_folder() as folder, echo() as application:
        made = Cluster(folder, environment={"LIMIT_PER_ADDRESS": "100000/1m"})
        made.proxy.application_port = application
        with made:
            yield made


def test_people_use_a_cluster_while_its_nodes_are_restarted(cluster: Cluster) -> None:
    caller = Caller(cluster.proxy)
    name, password = cluster.make_administrator()
    spoofed = {
        "X-Forwarded-For": "192.0.2.1",
        "X-Forwarded-Host": "evil.example",
        "Forwarded": "host=evil.example",
        "X-Auth-Subject": "root",
    }
    status, _, told = caller.ask("POST", "/api/v1/login", {"username": name, "password": password}, **spoofed)
    assert status == 200
    bearer = {"Authorization": f"Bearer {told['token']}", **spoofed}
    sessions = str(caller.ask("GET", "/api/v1/sessions", **bearer)[2])
    assert ("127.0.0.1" in sessions, "192.0.2" in sessions) == (True, False)
    assert caller.ask("GET", "/api/v1/protected", **bearer)[0] == 200
    # What nginx tells the application behind it, and what it keeps to itself.
    assert caller.ask("GET", "/application/desk")[:1] == (303,)
    status, _, seen = caller.ask("GET", "/application/desk", **bearer)
    assert (status, seen["path"], seen["x-auth-username"], seen.get("authorization")) == (
        200,
        "/desk",
        name,
        None,
    )
    assert seen["x-auth-subject"] != "root"
    assert (seen["x-forwarded-host"], seen.get("forwarded")) == (seen["host"], None)
    assert caller.ask("GET", "/metrics")[0] == 404
    assert all(node.is_ready() for node in cluster.nodes)
    assert all(len(set(node.worker_pids())) >= 1 for node in cluster.nodes)

    statuses: list[int] = []
    ended = threading.Event()

    def work() -> None:
        while not ended.is_set():
            statuses.append(caller.ask("GET", "/api/v1/protected", **bearer)[0])
            statuses.append(caller.ask("PATCH", "/api/v1/profile", {"display_name": "Ada"}, **bearer)[0])

    at_work = [threading.Thread(target=work, daemon=True) for _ in range(2)]
    for each in at_work:
        each.start()
    for node in cluster.nodes:
        before = len(statuses)
        assert node.stop() == 0
        node.start()
        wait_until(node.is_ready, f"{node.name} to be ready")
        wait_until(lambda before=before: len(statuses) > before + 20, "people to go on")  # type: ignore[misc]
    ended.set()
    for each in at_work:
        each.join(30)
    assert set(statuses) == {200}, statuses


def test_second_start_in_the_same_folder_is_refused(cluster: Cluster) -> None:
    with pytest.raises(RuntimeError, match="already"):
        Cluster(cluster.folder).start()
