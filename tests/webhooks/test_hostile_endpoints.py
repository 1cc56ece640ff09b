"""What an endpoint can try: addresses that must not be reached, answers that never end, and to hold up the others."""

from __future__ import annotations

import threading
from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest

from tests.make import make_account
from tests.servers.dns import name_server
from tests.servers.shared import wait_until
from tests.servers.upstream import upstream
from tests.servers.upstream_answers import endless_headers, hang, huge, raw_then_hang, redirect
from tests.webhooks.receiving import TAKEN, attempts, find, make_endpoint, messages, queue_test, send_all
from webapp.infra.outbound.addresses import AddressRules
from webapp.infra.outbound.names import Names
from webapp.ops.messenger import Messenger
from webapp.webhooks import courier, delivery
from webapp.webhooks.delivery import WebhookOutbound

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from tests.servers.upstream import Answer
    from tests.webhooks.receiving import Receiver


def test_address_allowed_before_is_not_dialled_once_it_is_not(
    app: Flask, receiver: Receiver, make_app: Callable[..., Flask]
) -> None:
    queue_test(app, receiver.endpoint.id)
    strict = make_app(WEBHOOKS_ALLOW_NETWORKS="", CONNECTIONS_ALLOW_NETWORKS="127.0.0.0/8")
    assert send_all(strict) == (0, 1)
    assert ([each.problem for each in attempts(app)], receiver.received) == (["address_refused"], [])


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "10.0.0.1", "0.0.0.0", "::ffff:10.0.0.1", "fd00:ec2::254"]
)
def test_name_that_leads_inside_is_not_dialled(app: Flask, address: str) -> None:
    names = Names(lambda _host, _port: ["93.184.215.14", address])
    app.extensions["latchkey"].add(WebhookOutbound, WebhookOutbound(names, AddressRules([])))
    queue_test(app, make_endpoint(app, "https://hooks.example.com/").id)
    assert send_all(app) == (0, 1)
    assert [each.problem for each in attempts(app)] == ["address_refused"]


def test_name_that_changes_between_messages_is_judged_each_time(app: Flask, receiver: Receiver) -> None:
    with name_server(["127.0.0.1"], ["10.0.0.1"]) as server:
        rules = AddressRules([ip_network("127.0.0.0/8")])
        app.extensions["latchkey"].add(WebhookOutbound, WebhookOutbound(Names(server.ask), rules))
        made = make_endpoint(app, f"http://hooks.example.com:{receiver.service.port}/hook", name="Moving")
        outcomes = []
        for _ in range(2):
            queue_test(app, made.id)
            outcomes.append(send_all(app))
            app.extensions["latchkey"].get(WebhookOutbound).close()
    assert (outcomes, len(receiver.received)) == ([(1, 0), (0, 1)], 1)


def test_redirect_to_the_inside_is_not_followed(app: Flask, receiver: Receiver) -> None:
    receiver.answers(redirect(f"{receiver.service.url}/inside", 307))
    queue_test(app, receiver.endpoint.id)
    assert receiver.send() == (0, 1)
    assert [each.path for each in receiver.received] == ["/hook"]


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (hang, "upstream_slow"),
        (raw_then_hang(b"HTTP/1.1 200 OK\r\nX"), "upstream_slow"),
        (endless_headers, "upstream_broken"),
        (raw_then_hang(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"), None),
        (huge(50_000_000), None),
    ],
)
def test_answer_without_an_end_takes_a_bounded_time(
    app: Flask,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    answer: Answer,
    problem: str | None,
) -> None:
    monkeypatch.setattr(delivery, "ANSWER_SECONDS", 0.3)
    monkeypatch.setattr(delivery, "_READ_SECONDS", 0.3)
    receiver.answers(answer)
    queue_test(app, receiver.endpoint.id)
    receiver.send()
    (attempt,) = attempts(app)
    assert (attempt.problem, attempt.milliseconds < 3_000) == (problem, True)


def test_endpoints_that_hang_hold_up_nobody_else(app: Flask, receiver: Receiver) -> None:
    with upstream() as slow:
        slow.on("/hook", hang)
        for number in range(3):
            make_endpoint(app, f"{slow.url}/hook", name=f"Slow {number}")
        messenger = Messenger(app, poll_seconds=0.05)  # type: ignore[arg-type]
        thread = threading.Thread(target=messenger.work)
        thread.start()
        try:
            for _ in range(5):
                make_account(app, locked=True)
            receiver.service.await_requests(5)
            wait_until(lambda: sum(each.delivered_at is not None for each in messages(app)) == 5, "five")
            # Of each slow one as many as it may have at once, and no more.
            assert len(slow.await_requests(3 * courier.MOST_OF_ONE)) == 3 * courier.MOST_OF_ONE
        finally:
            slow.stop()
            messenger.stop()
            thread.join()
    assert find(app, receiver.endpoint.id).failing_since is None


def test_bell_wakes_the_messenger_when_the_event_is_committed(app: Flask, receiver: Receiver) -> None:
    receiver.answers(TAKEN)
    messenger = Messenger(app, poll_seconds=60)  # type: ignore[arg-type]
    thread = threading.Thread(target=messenger.work)
    thread.start()
    try:
        make_account(app, locked=True)
        receiver.service.await_requests(1)
    finally:
        messenger.stop()
        thread.join()
    assert messages(app)[0].delivered_at is not None
