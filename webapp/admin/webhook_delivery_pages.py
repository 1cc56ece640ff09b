"""The page of one webhook message, with each attempt to deliver it; sending it again, and sending a test."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template

from webapp.access.guards import page
from webapp.access.visitor import caller
from webapp.admin.pages import blueprint
from webapp.admin.webhook_view import show_attempts, show_endpoint, show_message
from webapp.core.errors import Conflict
from webapp.webhooks import service

_LIST = "/admin/webhooks"
_PATH = "/webhooks/<string(length=26):endpoint_id>"
_MESSAGE = f"{_PATH}/messages/<string(length=26):message_id>"


@blueprint.post(f"{_PATH}/test", endpoint="test_webhook")
@page("admin:write", proof=True)
def send_test(endpoint_id: str) -> Any:
    """Send a test off, and show what becomes of it."""
    try:
        message_id = service.send_test(endpoint_id, actor_id=caller().account_id)
    except Conflict as problem:
        flash(problem.message, "info")
        return redirect(f"{_LIST}/{endpoint_id}", 303)
    flash("The test is sent off.", "good")
    return redirect(f"{_LIST}/{endpoint_id}/messages/{message_id}", 303)


@blueprint.get(_MESSAGE, endpoint="webhook_message")
@page("admin:read")
def message_page(endpoint_id: str, message_id: str) -> str:
    """What was sent, and what became of it."""
    standing = caller()
    shown = show_endpoint(endpoint_id)
    message = show_message(shown, message_id)
    return render_template(
        "admin/webhook_message.html",
        shown=shown,
        message=message,
        attempts=show_attempts(message_id),
        may_send="admin:write" in standing.scopes and shown.row.is_enabled and not message.is_under_way,
        me=standing.account,
    )


@blueprint.post(f"{_MESSAGE}/send-again", endpoint="send_webhook_again")
@page("admin:write", proof=True)
def send_again(endpoint_id: str, message_id: str) -> Any:
    """Send it now, whatever became of it before."""
    try:
        service.send_again(endpoint_id, message_id, actor_id=caller().account_id)
    except Conflict as problem:
        flash(problem.message, "info")
    else:
        flash("The message is sent off again, under the same id.", "good")
    return redirect(f"{_LIST}/{endpoint_id}/messages/{message_id}", 303)
