"""Limits by address, counted before a body is read: Flask-Limiter on auth views, the throttle elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from flask import Flask, Response, current_app, request
from flask_limiter import ApplicationLimit, Limiter, RequestLimit
from limits.storage import Storage

from webapp.config import Settings
from webapp.core.limit import Limit
from webapp.infra.limit_store import LimitStore
from webapp.infra.metrics import count
from webapp.infra.metrics_catalogue import LIMITED
from webapp.infra.sealing import derive_key
from webapp.infra.throttle import Throttle, Ticket, TooManyAttempts, key_for_address

View = TypeVar("View", bound=Callable[..., Any])

_MARK = "latchkey_limits"
_LANE, _ATTEMPT = "latchkey.lane", "latchkey.attempt"
_AUTH, _JOINING, _FREE = "auth", "joining", "free"
_AUTH_LANE = "auth-address"
_HARMLESS = frozenset({"GET", "HEAD", "OPTIONS"})
_FIRST_REFUSAL = 400
_BUSY = 503


def auth_view(view: View) -> View:
    """Mark a view that tries secrets or makes accounts: all such POSTs share LIMIT_AUTH_PER_ADDRESS."""
    setattr(view, _MARK, _AUTH)
    return view


def joining_view(view: View) -> View:
    """Mark an auth view that makes accounts: success is not given back, or it would not be limited at all."""
    setattr(view, _MARK, _JOINING)
    return view


def not_by_address(view: View) -> View:
    """Mark a view that people behind one address share, and that counts another way, such as by session."""
    setattr(view, _MARK, _FREE)
    return view


def spare_attempt() -> None:
    """Give this request's attempt back whatever its answer: it was a right step that only needs another."""
    _attempt().spared = True


@dataclass
class _Limits:
    """What one application limits with."""

    throttle: Throttle
    auth_per_address: Limit
    per_address: Limit


@dataclass
class _Attempt:
    """What one request was counted for."""

    tickets: list[Ticket] = field(default_factory=list)
    spared: bool = False


class ThrottleStorage(Storage):
    """Flask-Limiter's counters are the throttle's: same store, same fallback, and a ticket for each count.

    It serves whichever application is at work: a Limiter made at import is shared by all in the process.
    """

    STORAGE_SCHEME = ["latchkey"]  # noqa: RUF012 - the library declares it so

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        return ()

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        if amount != 1:
            raise ValueError("attempts are counted one by one")
        ticket, value = _limits().throttle.take(key, int(expiry))
        _attempt().tickets.append(ticket)
        return value

    def get(self, key: str) -> int:
        raise NotImplementedError("ask the throttle what is used")

    def get_expiry(self, key: str) -> float:
        raise NotImplementedError("a refusal carries its own wait")

    def check(self) -> bool:
        return _limits().throttle.healthy()

    def reset(self) -> int | None:
        raise NotImplementedError("counters of all nodes are not emptied by one")

    def clear(self, key: str) -> None:
        raise NotImplementedError("counters end with their window")


def limiter_arguments() -> dict[str, Any]:
    """How the one unbound Limiter is made: `Limiter(**limiter_arguments())`.

    The overall limit of sign-in is not here but in signin/flow: counted before form and origin are checked, and for
    devices that know the account too, it would let any crowd shut everybody out (decision 3).
    """
    return {
        "key_func": _address_name,
        "request_identifier": _auth_lane,
        "application_limits": [
            ApplicationLimit(limit_provider=_auth_rate, key_function=_address_name, scope="address"),
        ],
        "storage_uri": "latchkey://",
        "strategy": "fixed-window",
        "headers_enabled": False,
        "swallow_errors": False,
        "in_memory_fallback_enabled": False,
        "on_breach": _refuse,
    }


def init_limits(
    app: Flask, limiter: Limiter, settings: Settings, store: LimitStore | None = None
) -> Throttle:
    """Bind the limiter and the throttle to an application; call it before anything that reads a body (CSRF).

    Without a `store`, counts live at `redis_url`, and in this process while there is none that answers.
    """
    throttle = Throttle(
        store or LimitStore(settings.redis_url),
        derive_key(settings.secret_key.get_secret_value(), "limits"),
    )
    app.extensions[_MARK] = _Limits(throttle, settings.limit_auth_per_address, settings.limit_per_address)
    app.before_request(_count_address)
    limiter.init_app(app)
    _keep_to_auth_views(app)
    app.after_request(_settle)
    return throttle


def _keep_to_auth_views(app: Flask) -> None:
    """Of the hooks that the extension has just added: they cost other calls a tenth of their time, to no purpose."""
    for hooks in (app.before_request_funcs, app.after_request_funcs, app.teardown_request_funcs):
        hooks[None][-1] = _at_auth_views(hooks[None][-1])


def _at_auth_views(hook: Callable[..., Any]) -> Callable[..., Any]:
    def asked(*given: Any) -> Any:
        # An answer goes on as it came.
        return hook(*given) if _auth_lane() else (given[0] if given else None)

    return asked


def _limits() -> _Limits:
    limits: _Limits = current_app.extensions[_MARK]
    return limits


def _attempt() -> _Attempt:
    attempt: _Attempt = request.environ.setdefault(_ATTEMPT, _Attempt())
    return attempt


def _lane() -> str:
    lane: str | None = request.environ.get(_LANE)
    if lane is None:
        lane = request.environ[_LANE] = _find_lane()
    return lane


def _find_lane() -> str:
    view = current_app.view_functions.get(request.endpoint or "")
    mark: str = getattr(view, _MARK, "") or getattr(getattr(view, "view_class", None), _MARK, "")
    return "" if mark in {_AUTH, _JOINING} and request.method in _HARMLESS else mark


def _auth_lane() -> str:
    # Flask-Limiter passes over a request without identity, and so costs the other views nothing.
    lane = _lane()
    return lane if lane in {_AUTH, _JOINING} else ""


def _rate(limit: Limit) -> str:
    return f"{limit.count} per {limit.seconds} second"


def _auth_rate() -> str:
    return _rate(_limits().auth_per_address)


def _address_name() -> str:
    address = key_for_address(request.remote_addr)
    return _limits().throttle.name_of(_AUTH_LANE, address, _limits().auth_per_address)


def _count_address() -> None:
    # Every request, also what has no view at all: scanning for paths is the commonest flood. Views that people behind
    # one address share call `count_address` themselves for callers who prove to belong to nobody.
    if _lane() != _FREE:
        count_address()


def count_address() -> None:
    """Count one request of this address. Raises TooManyAttempts."""
    limits = _limits()
    limits.throttle.count("address", key_for_address(request.remote_addr), limits.per_address)


def _refuse(breached: RequestLimit) -> Response | None:
    spare_attempt()
    count(LIMITED, _AUTH_LANE)
    limit = Limit(breached.limit.amount, breached.limit.get_expiry())
    raise TooManyAttempts(retry_after=_limits().throttle.wait(limit))


def _settle(response: Response) -> Response:
    attempt: _Attempt | None = request.environ.get(_ATTEMPT)
    if attempt is None:
        return response
    is_success = response.status_code < _FIRST_REFUSAL and _lane() != _JOINING
    if attempt.spared or is_success or response.status_code == _BUSY:
        for ticket in attempt.tickets:
            _limits().throttle.give_back(ticket)
    return response
