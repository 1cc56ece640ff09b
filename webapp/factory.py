"""How the application is put together: settings, mechanisms, extensions, edges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import appcontext_pushed
from sqlalchemy.engine import Engine

from webapp.access import quick_introspection, quick_verify
from webapp.access.brought_token import brings_good_token
from webapp.access.guards import protect
from webapp.access.page_session import session_id_in
from webapp.access.quick_introspection import QuickIntrospection
from webapp.access.quick_verify import QuickVerify
from webapp.accounts.password_hashing import PasswordHasher
from webapp.accounts.password_pool import usable_processors
from webapp.admin.transfer_pages import IMPORT_PATH, MOST_SENT, TOO_LARGE_PATH
from webapp.config import Settings
from webapp.connections import call_api
from webapp.connections.pace import Pace
from webapp.connections.slots import CallSlots
from webapp.connections.under_way import Desk
from webapp.connections.watch import CallWatch
from webapp.core.parts import Parts
from webapp.edges import register_edges
from webapp.extensions import bind_extensions
from webapp.factors.watch import FactorWatch
from webapp.infra.audit import EventListeners
from webapp.infra.database import SingleRows, db
from webapp.infra.kept_settings import KeptSettings, put_to_work
from webapp.infra.limit_store import LimitStore
from webapp.infra.metrics import Metrics
from webapp.infra.metrics_events import note_event
from webapp.infra.metrics_files import MetricsFiles
from webapp.infra.outbound.addresses import AddressRules
from webapp.infra.outbound.exchanges import Outbound
from webapp.infra.outbound.names import Names
from webapp.infra.outbox import MailBell
from webapp.infra.sealing import Sealer
from webapp.infra.throttle import Throttle
from webapp.keys.ring import KeyRing
from webapp.ops.metrics_keeper import watch_parts
from webapp.ops.process_count import worker_count
from webapp.ops.self_audit.run import LastAudit
from webapp.signin.known_devices import end_all_trust
from webapp.tokens.dpop_nonces import DpopNonces
from webapp.tokens.refresh_tokens import RefreshSecrets
from webapp.tokens.verifier import AccessTokenVerifier
from webapp.web.application import Application
from webapp.web.cors import share_with_listed_origins
from webapp.web.crowd_gate import CrowdGate
from webapp.web.large_bodies import LargeBodies, PageRequest
from webapp.web.logs import set_up_logging
from webapp.web.metrics_requests import TimedRequests
from webapp.web.page_sessions import PageSessions
from webapp.web.refusal_tally import RefusalTally
from webapp.web.streamed_bodies import StreamedBodies
from webapp.webhooks.delivery import WebhookOutbound
from webapp.webhooks.message_keys import MessageKeys
from webapp.webhooks.subscriptions import Subscriptions, WebhookBell, tell

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication, WSGIEnvironment

    from flask import Flask


# Every face of signing in.
SIGN_IN_PATHS = frozenset({"/login", "/api/v1/login", "/api/v2/login"})
QUICK_PATHS = frozenset({quick_verify.PATH, quick_introspection.PATH})


def build_app(settings: Settings) -> Application:
    """The whole application over these settings."""
    set_up_logging(settings)
    parts = _make_parts(settings)
    # As many as there are places for password work, and two who find that out.
    gate = CrowdGate(SIGN_IN_PATHS, parts.get(PasswordHasher).capacity + 2)

    def in_front(inner: WSGIApplication) -> WSGIApplication:
        quick = QuickVerify(QuickIntrospection(inner, parts), parts)
        metrics = parts.get(Metrics)
        return TimedRequests(quick, metrics, QUICK_PATHS) if metrics.is_on else quick

    def is_known(environ: WSGIEnvironment) -> bool:
        return session_id_in(sessions.read(app, PageRequest(environ))) is not None

    sessions = PageSessions()
    large = LargeBodies({IMPORT_PATH: MOST_SENT}, {IMPORT_PATH: TOO_LARGE_PATH}, is_known)
    streamed = StreamedBodies(call_api.is_call, lambda environ: brings_good_token(environ, parts))
    app = Application(settings, protect, gate, in_front, large, streamed)
    app.extensions["latchkey"] = parts
    share_with_listed_origins(app, settings.cors_origins, call_api.takes_header)
    throttle = bind_extensions(app, settings)
    parts.add(Throttle, throttle)
    with app.app_context():
        parts.add(Engine, db.engine)
        parts.add(SingleRows, SingleRows(db.engine))
    parts.add(LimitStore, throttle.store)
    watch_parts(parts)
    parts.add(KeptSettings, KeptSettings(parts, settings))
    watch = CallWatch(lambda: put_to_work(parts))
    parts.add(Desk, Desk(CallSlots(settings.connections_at_once), watch, Pace(), app.app_context))
    appcontext_pushed.connect(_enter, app)
    register_edges(app)
    return app


def _make_parts(settings: Settings) -> Parts:
    """One of each mechanism; domain code asks for them by type."""
    parts = Parts()
    parts.add(Settings, settings)
    encryption = [each.get_secret_value() for each in settings.encryption_key_fallbacks]
    parts.add(Sealer, Sealer(settings.encryption_key.get_secret_value(), tuple(encryption)))
    parts.add(MessageKeys, MessageKeys(settings.encryption_key.get_secret_value(), encryption))
    peppers = [each.get_secret_value().encode() for each in settings.password_pepper_fallbacks]
    pepper = settings.password_pepper.get_secret_value().encode()
    # Several workers share the processors between them.
    threads = max(1, usable_processors() // worker_count(settings))
    hasher = PasswordHasher(settings.bcrypt_rounds, pepper, peppers, threads=threads)
    parts.add(PasswordHasher, hasher)
    parts.add(RefreshSecrets, RefreshSecrets(settings))
    parts.add(DpopNonces, DpopNonces(settings))
    ring = KeyRing()
    parts.add(KeyRing, ring)
    verifier = AccessTokenVerifier(ring, settings.public_url, settings.jwt_audience)
    parts.add(AccessTokenVerifier, verifier)
    parts.add(FactorWatch, FactorWatch(end_all_trust))
    parts.add(MailBell, MailBell())
    parts.add(Outbound, Outbound(Names(), AddressRules(settings.connections_allow_networks)))
    webhook_rules = AddressRules(settings.webhooks_allow_networks)
    parts.add(WebhookOutbound, WebhookOutbound(Names(), webhook_rules))
    parts.add(RefusalTally, RefusalTally())
    parts.add(LastAudit, LastAudit())
    parts.add(Subscriptions, Subscriptions())
    parts.add(WebhookBell, WebhookBell())
    parts.add(EventListeners, EventListeners(tell, note_event))
    parts.add(Metrics, Metrics(is_on=bool(settings.metrics_allow)))
    parts.add(MetricsFiles, MetricsFiles(settings.instance_path))
    return parts


def _enter(app: Flask, **_: object) -> None:
    put_to_work(app.extensions["latchkey"])
