"""The process that answers: loads the application and its maintenance, and stops once however often it is told to."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
import time
from typing import TYPE_CHECKING, cast

from sqlalchemy.engine import Engine

from webapp.connections.under_way import Desk
from webapp.infra.database.engine import give_up_on_silence
from webapp.ops.job_runner import JobRunner
from webapp.ops.job_steps import STEPS
from webapp.ops.maintenance import Maintenance
from webapp.ops.messenger import Messenger
from webapp.ops.metrics_keeper import MetricsKeeper
from webapp.ops.one_processor import keep_to_one_processor
from webapp.ops.postman import Postman
from webapp.web.application import Application

if TYPE_CHECKING:
    from collections.abc import Callable
    from wsgiref.types import WSGIApplication

_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
# What ends before the server waits for the answers under way: some of them would go on for minutes.
_ending: list[Callable[[], None]] = []


def load_application(target: str) -> WSGIApplication:
    """`module:name`. Runs in the worker before the server has started any thread there."""
    from granian._internal import load_target

    _stop_once()
    application = cast("WSGIApplication", load_target(target))
    # What is loaded now lives as long as the process. To look through all of it for garbage took 90 ms, in which
    # nobody was answered, again and again while a crowd signed in.
    gc.collect()
    gc.freeze()
    keep_to_one_processor()
    if isinstance(application, Application):
        give_up_on_silence(application.extensions["latchkey"].get(Engine))
        MetricsKeeper(application).start()
        Maintenance(application).start()
        Postman(application).start()
        Messenger(application).start()
        JobRunner(application, STEPS).start()
        _ending.append(application.extensions["latchkey"].get(Desk).watch.end_all)
    return application


def _stop_once() -> None:
    """Granian's worker hangs when a second signal reaches it while it stops, as Ctrl-C in a terminal and systemd do it.

    Signals are therefore kept from every thread; one thread takes the first SIGTERM and hands it on. SIGINT is left to
    the supervisor, which turns it into a SIGTERM.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOP_SIGNALS)
    before = signal.getsignal(signal.SIGTERM)

    def hand_on() -> None:
        signal.sigwait({signal.SIGTERM})
        for end in _ending:
            end()
        while (handler := signal.getsignal(signal.SIGTERM)) is before:
            time.sleep(0.01)
        if callable(handler):
            handler(signal.SIGTERM, None)

    def follow_supervisor() -> None:
        if supervisor := multiprocessing.parent_process():
            supervisor.join()
            os.kill(os.getpid(), signal.SIGTERM)

    for task in (hand_on, follow_supervisor):
        threading.Thread(target=task, name=task.__name__, daemon=True).start()
