"""Every edge of the house, registered in one place."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from flask import g, request
from flask_wtf.csrf import generate_csrf

from webapp.access import verify_api
from webapp.access.guards import public
from webapp.admin import (
    account_act_pages,
    account_letter_pages,
    account_list_pages,
    account_pages,
    audit_pages,
    bulk_pages,
    client_list_pages,
    client_pages,
    connection_api,
    connection_pages,
    connection_trial_pages,
    connection_use_pages,
    dashboard_pages,
    factor_pages,
    invitation_pages,
    job_pages,
    key_pages,
    proxy_pages,
    removal_pages,
    role_pages,
    secure_pages,
    self_audit_pages,
    session_pages,
    setting_pages,
    transfer_pages,
    webhook_delivery_pages,
    webhook_pages,
)
from webapp.admin import pages as admin_pages
from webapp.cli import register_commands
from webapp.config import Settings, current_settings
from webapp.connections import api as connections_api
from webapp.connections import call_api
from webapp.factors import api as factors_api
from webapp.factors import passkey_api as factors_passkey_api
from webapp.factors import second_step_pages
from webapp.guide import pages as guide_pages
from webapp.guide import reference_pages
from webapp.infra.database import DatabaseAway, unit_of_work
from webapp.joining import api as joining_api
from webapp.joining import invitation_pages as joining_invitation_pages
from webapp.joining import pages as joining_pages
from webapp.keys import api as keys_api
from webapp.ops import mailbox_pages, metrics_pages
from webapp.ops import pages as ops_pages
from webapp.profile import account_pages as departure_pages
from webapp.profile import activity_api, address_api, address_pages, departure_api
from webapp.profile import api as profile_api
from webapp.profile import pages as profile_pages
from webapp.recovery import not_me_pages
from webapp.recovery import pages as recovery_pages
from webapp.sessions import api as sessions_api
from webapp.sessions.errors import SessionEnded
from webapp.sessions.purge import mark_outlived
from webapp.sessions.service import note_activity
from webapp.signin import api as signin_api
from webapp.signin import device_api, passkey_pages
from webapp.signin import pages as signin_pages
from webapp.signin import passkey_api as signin_passkey_api
from webapp.signin import second_step_pages as signin_second_step_pages
from webapp.tokens import api as tokens_api
from webapp.tokens.refresh import note_received
from webapp.web.assets import offer_assets, register_assets
from webapp.web.headers import register_headers
from webapp.web.problems import answer_problem, register_problem_handlers
from webapp.web.texts import register_filters
from webapp.web.versions import register_api

if TYPE_CHECKING:
    from flask import Flask, Response

# Imported for its views: the account's pages belong to the console's blueprint.
__all__ = [
    "account_act_pages",
    "account_letter_pages",
    "account_list_pages",
    "account_pages",
    "audit_pages",
    "bulk_pages",
    "client_list_pages",
    "client_pages",
    "connection_pages",
    "connection_trial_pages",
    "connection_use_pages",
    "dashboard_pages",
    "factor_pages",
    "invitation_pages",
    "job_pages",
    "key_pages",
    "metrics_pages",
    "proxy_pages",
    "reference_pages",
    "register_edges",
    "removal_pages",
    "role_pages",
    "secure_pages",
    "self_audit_pages",
    "session_pages",
    "setting_pages",
    "signin_second_step_pages",
    "transfer_pages",
    "webhook_delivery_pages",
    "webhook_pages",
]
_PATIENCE_MILLISECONDS = 100
APIS = (
    signin_api.api,
    joining_api.api,
    profile_api.api,
    address_api.api,
    activity_api.api,
    departure_api.api,
    sessions_api.api,
    tokens_api.api,
    verify_api.api,
    factors_api.api,
    factors_passkey_api.api,
    signin_passkey_api.api,
    device_api.api,
    connections_api.api,
    call_api.api,
    connection_api.api,
)
PAGES = (
    signin_pages.blueprint,
    passkey_pages.blueprint,
    joining_pages.blueprint,
    joining_invitation_pages.blueprint,
    recovery_pages.blueprint,
    not_me_pages.blueprint,
    profile_pages.blueprint,
    address_pages.blueprint,
    departure_pages.blueprint,
    second_step_pages.blueprint,
    admin_pages.blueprint,
    guide_pages.blueprint,
    keys_api.blueprint,
    ops_pages.blueprint,
)


def register_edges(app: Flask) -> None:
    """Pages, API, commands, and what every answer has in common."""
    keeps_letters = app.extensions["latchkey"].get(Settings).keeps_letters
    register_headers(app)
    register_problem_handlers(app)
    offer_assets(app)
    register_filters(app)
    register_routes(app, keeps_letters=keeps_letters)
    register_commands(app)
    app.jinja_env.globals["csrf_token"] = generate_csrf
    app.jinja_env.globals["mailbox_path"] = mailbox_pages.PATH if keeps_letters else None
    app.context_processor(_for_templates)
    app.after_request(_note_use)
    app.after_request(keys_api.turn_keys)
    app.register_error_handler(SessionEnded, _answer_ended)
    app.after_request(_note_end)


def register_routes(app: Flask, *, keeps_letters: bool) -> None:
    """Every path and what answers there; it depends on nothing else of the application."""
    register_assets(app, public)
    for blueprint in PAGES:
        app.register_blueprint(blueprint)
    if keeps_letters:
        app.register_blueprint(mailbox_pages.blueprint)
    register_api(app, APIS)


def _for_templates() -> dict[str, object]:
    here = request.full_path.rstrip("?") if request.method == "GET" else request.path
    settings, theme = current_settings(), profile_pages.current_theme()
    return {"app_name": settings.app_name, "command": settings.command, "theme": theme, "here": here}


def _note_use(response: Response) -> Response:
    """Write down what the use of a session showed; best effort: a locked database must not hold the answer up."""
    session_id, receipt = g.pop("touch", None), g.pop("receipt", None)
    if session_id is not None or receipt is not None:
        with suppress(DatabaseAway), unit_of_work(patience=_PATIENCE_MILLISECONDS):
            if session_id is not None:
                note_activity(session_id)
            if receipt is not None:
                note_received(receipt)
    return response


def _answer_ended(ended: SessionEnded) -> Response:
    g.end_cause = ended
    return answer_problem(ended)


def _note_end(response: Response) -> Response:
    """Mark a session that was met past a limit as ended; best effort, since maintenance does it anyway."""
    ended: SessionEnded | None = g.pop("end_cause", None)
    if ended is not None and ended.outlived is not None:
        with suppress(DatabaseAway), unit_of_work(patience=_PATIENCE_MILLISECONDS):
            mark_outlived([ended.outlived])
    return response
