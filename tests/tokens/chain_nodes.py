"""Server nodes over a real session row: its guarded statements alone, and the whole of `refresh()`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

import time_machine

from tests.make import make_account
from tests.tokens.refresh_world import HONEST_AGENT, START, AccessToken, Answer, World
from webapp.accounts.models import Account
from webapp.core.origin import Origin, set_origin
from webapp.infra.database import begin_writing, db, unit_of_work
from webapp.sessions import service as sessions
from webapp.sessions.causes import EndCause
from webapp.sessions.errors import SessionEnded
from webapp.tokens import chain_store, refresh
from webapp.tokens.errors import RefreshRetry, RefreshTokenReused
from webapp.tokens.refresh_rule import ChainState, digest_user_agent
from webapp.tokens.refresh_tokens import RefreshClaims

if TYPE_CHECKING:
    from flask import Flask

    from webapp.sessions.service import Standing

USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"
OTHER_USER_AGENT = "curl/8.0"
_TEXTS = {digest_user_agent(text): text for text in (USER_AGENT, OTHER_USER_AGENT)}
assert HONEST_AGENT in _TEXTS


@contextmanager
def node_at_work(app: Flask, user_agent: str = USER_AGENT) -> Iterator[None]:
    """One request's context and unit of work, begun by reading as `POST refresh` begins."""
    with app.app_context():
        set_origin(Origin(via="request", user_agent=user_agent))
        with unit_of_work(writes=False):
            yield


def begin_session(app: Flask, account_id: str) -> str:
    """A new session of the account, as after a sign-in."""
    with app.app_context(), unit_of_work():
        account = db.session.get(Account, account_id)
        assert account is not None
        return sessions.start_session(account).id


@dataclass
class RowStore:
    """The row as one node sees it: `ChainStore` over the statements of tokens/chain_store."""

    app: Flask
    session_id: str

    def read(self) -> ChainState | None:
        with node_at_work(self.app):
            try:
                return chain_store.state_of(self._standing().session)
            except SessionEnded:
                return None

    def swap(self, expected: ChainState, new: ChainState) -> bool:
        with self.app.app_context(), unit_of_work():
            try:
                session = self._standing().session
            except SessionEnded:
                return False
            if new.counter == expected.counter:
                return chain_store.note_received(session, expected, new.received)
            assert new.rotated_at is not None
            assert new.swapper_user_agent is not None
            agent = new.swapper_user_agent
            return chain_store.swap(session, expected, new.counter, new.received, new.rotated_at, agent)

    def end(self, expected: ChainState, cause: EndCause) -> bool:
        with self.app.app_context(), unit_of_work():
            try:
                return chain_store.end(self._standing().session, expected, cause, START)
            except SessionEnded:
                return False

    def _standing(self) -> Standing:
        return sessions.require_standing(self.session_id)


class RowWorld(World):
    """The simulated world whose every decision and write is made by tokens/refresh on the row."""

    def __init__(
        self, random: Random, nodes: tuple[RowStore, ...], traveller: time_machine.Traveller
    ) -> None:
        super().__init__(random, nodes)
        self._rows, self._traveller = nodes, traveller

    def _decide_refresh(
        self, number: int, who: str, agent: bytes, take: Callable[[Answer], None], due: int
    ) -> None:
        node = self.random.choice(self._rows)
        self._traveller.move_to(self.now())
        answer = Answer()
        try:
            with node_at_work(node.app, _TEXTS[agent]):
                done = refresh.refresh(RefreshClaims("", node.session_id, number))
                counter = done.standing.session.counter
                answer = Answer(counter if done.moves_cookie else None, counter)
                self.grants.append((who, number))
        except RefreshTokenReused:
            self.ended = f"refresh_token_reused: {who} showed {number}"
        except SessionEnded as ended:
            self.ended = self.ended or f"{ended.extra['cause']}: {who} showed {number}"
        except RefreshRetry:
            pass
        self._answer(answer, take, due)

    def _decide_receipt(self, token: AccessToken, who: str) -> None:
        node = self.random.choice(self._rows)
        self._traveller.move_to(self.now())
        try:
            with node_at_work(node.app):
                receipt = refresh.find_receipt(token.rtc, sessions.require_standing(node.session_id))
                if receipt is not None:
                    begin_writing()
                    refresh.note_received(receipt)
        except (SessionEnded, RefreshTokenReused) as ended:
            self.ended = self.ended or f"{ended.code}: {who} called with rtc {token.rtc}"


def make_rows(apps: tuple[Flask, ...]) -> Callable[[], tuple[RowStore, ...]]:
    """A maker of fresh sessions of one account, each as all nodes see it."""
    account_id = make_account(apps[0]).id

    def make() -> tuple[RowStore, ...]:
        session_id = begin_session(apps[0], account_id)
        return tuple(RowStore(app, session_id) for app in apps)

    return make
