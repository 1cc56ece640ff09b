"""The pages of connections: described, given a key that is never shown again, turned off, deleted."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request

from webapp.access.guards import page
from webapp.access.visitor import caller
from webapp.admin.connection_forms import (
    ConnectionForm,
    NewConnectionForm,
    ReplaceKeyForm,
    as_written,
)
from webapp.admin.connection_view import list_connections, role_choices, show_connection
from webapp.admin.forms import DeleteNamedForm
from webapp.admin.pages import blueprint
from webapp.connections import service
from webapp.connections.errors import ConnectionChanged, ConnectionMade, ConnectionNotFound
from webapp.connections.sending import sending_of
from webapp.connections.words import require_words, require_words_and_key
from webapp.core.errors import Problem
from webapp.core.opaque import new_id

if TYPE_CHECKING:
    from webapp.admin.connection_view import ShownConnection

_LIST = "/admin/connections"
_PATH = "/connections/<string(length=26):connection_id>"
_writes = page("admin:write", proof=True)
_SPACES = "Spaces around the key were left out."


@blueprint.get("/connections", endpoint="connections")
@page("admin:read")
def connections_list() -> str:
    """Every connection."""
    standing = caller()
    return render_template(
        "admin/connections.html",
        connections=list_connections(),
        may_write="admin:write" in standing.scopes,
        me=standing.account,
    )


@blueprint.get("/connections/new", endpoint="new_connection")
@page("admin:write")
def show_new_connection() -> str:
    """The form for another connection."""
    return _new_page(NewConnectionForm(formdata=None, id=new_id(), **as_written()))


@blueprint.post("/connections/new", endpoint="send_new_connection")
@_writes
def send_new_connection() -> Any:
    """Make a connection. Where the proof alone was asked for, the form comes next."""
    if _is_proof_alone():
        return redirect(f"{_LIST}/new", 303)
    form = NewConnectionForm()
    if not form.is_sent():
        return _new_page(form), 422
    try:
        words, key = require_words_and_key(form.key, **form.typed)
        made = service.create_connection(words, key, connection_id=form.id.data, actor_id=caller().account_id)
    except ConnectionMade as problem:
        flash(problem.message, "info")
        return redirect(f"{_LIST}/{form.id.data}", 303)
    except Problem as problem:
        form.refuse(problem)
        return _new_page(form), problem.status
    flash(f"The connection {made.name} is there. Test it before people use it.", "good")
    _tell_of_spaces(form)
    return redirect(f"{_LIST}/{made.id}", 303)


@blueprint.get(_PATH, endpoint="connection")
@page("admin:read")
def connection_page(connection_id: str) -> str:
    """Everything about one connection but its key."""
    standing = caller()
    may_write = "admin:write" in standing.scopes
    return _render(
        "connection",
        show_connection(connection_id),
        may_write=may_write,
        needs_proof=may_write and not standing.is_freshly_proved,
    )


@blueprint.get(f"{_PATH}/edit", endpoint="edit_connection")
@page("admin:write")
def show_edit(connection_id: str) -> str:
    """The form with what the connection is."""
    return _edit_page(show_connection(connection_id))


@blueprint.post(f"{_PATH}/edit", endpoint="send_edit_connection")
@_writes
def send_edit(connection_id: str) -> Any:
    """Change everything but name, state, and the key with where and how it goes."""
    shown, form = show_connection(connection_id), ConnectionForm()
    if not form.is_sent():
        return _edit_page(shown, form), 422
    try:
        words = require_words(**{**asdict(shown.words), **form.typed})
        is_new = service.change_connection(
            connection_id, words, version=form.version.data, actor_id=caller().account_id
        )
    except ConnectionChanged as problem:
        # What was typed here is out of date: show how things stand.
        return _edit_page(show_connection(connection_id), refusal=problem), problem.status
    except Problem as problem:
        form.refuse(problem)
        return _edit_page(show_connection(connection_id), form), problem.status
    if is_new:
        flash("The connection is saved. It counts from the next call on.", "good")
    else:
        flash("The connection is so already. Nothing was changed.", "info")
    return redirect(f"{_LIST}/{connection_id}", 303)


@blueprint.get(f"{_PATH}/key", endpoint="replace_connection_key")
@page("admin:write")
def show_replace_key(connection_id: str) -> str:
    """The form for another key, where it goes and how."""
    return _key_page(show_connection(connection_id))


@blueprint.post(f"{_PATH}/key", endpoint="send_connection_key")
@_writes
def send_replace_key(connection_id: str) -> Any:
    """Use another key from the next call on. Where the proof alone was asked for, the form comes next."""
    if _is_proof_alone():
        return redirect(f"{_LIST}/{connection_id}/key", 303)
    shown, form = show_connection(connection_id), ReplaceKeyForm()
    if not form.is_sent():
        return _key_page(shown, form), 422
    try:
        service.replace_key(
            connection_id, form.key, version=form.version.data, actor_id=caller().account_id, **form.typed
        )
    except ConnectionChanged as problem:
        return _key_page(show_connection(connection_id), refusal=problem), problem.status
    except Problem as problem:
        form.refuse(problem)
        return _key_page(show_connection(connection_id), form), problem.status
    flash("The new key is used from the next call on.", "good")
    _tell_of_spaces(form)
    return redirect(f"{_LIST}/{connection_id}", 303)


@blueprint.post(f"{_PATH}/turn-<any(on, off):state>", endpoint="turn_connection")
@_writes
def turn(connection_id: str, state: str) -> Any:
    """Turn it on or off."""
    was_other = service.turn(connection_id, is_enabled=state == "on", actor_id=caller().account_id)
    if not was_other:
        flash(f"The connection was turned {state} before.", "info")
    elif state == "on":
        flash("The connection is turned on.", "good")
    else:
        flash("The connection is turned off. Calls under way end within seconds.", "good")
    return redirect(f"{_LIST}/{connection_id}", 303)


@blueprint.get(f"{_PATH}/delete", endpoint="delete_connection")
@page("admin:write")
def show_delete(connection_id: str) -> str:
    """What deleting does, before it is done."""
    return _delete_page(show_connection(connection_id), DeleteNamedForm(formdata=None))


@blueprint.post(f"{_PATH}/delete", endpoint="send_delete_connection")
@_writes
def send_delete(connection_id: str) -> Any:
    """Delete it, once its name was typed."""
    form = DeleteNamedForm()
    try:
        shown = show_connection(connection_id)
        name = shown.row.name
        if not form.is_sent() or not form.names(name, "connection"):
            return _delete_page(shown, form), 422
        service.delete_connection(connection_id, actor_id=caller().account_id)
    except ConnectionNotFound:
        flash("There is no such connection: it was deleted before.", "info")
        return redirect(_LIST, 303)
    flash(f"The connection {name} is deleted.", "good")
    return redirect(_LIST, 303)


def _is_proof_alone() -> bool:
    """A key is typed after the proof, since nothing carries it along."""
    return "begin" in request.form


def _tell_of_spaces(form: NewConnectionForm | ReplaceKeyForm) -> None:
    if form.has_spaces_around_key:
        flash(_SPACES, "info")


def _new_page(form: NewConnectionForm) -> str:
    notes = _offer_roles(form)
    return _render("connection_new", form=form, notes=notes, needs_proof=not caller().is_freshly_proved)


def _edit_page(
    shown: ShownConnection, form: ConnectionForm | None = None, refusal: Problem | None = None
) -> str:
    if form is None:
        form = ConnectionForm(formdata=None, version=shown.version, **as_written(shown.words))
    if refusal is not None:
        form.refuse(refusal)
    return _render("connection_edit", shown, form=form, notes=_offer_roles(form))


def _key_page(
    shown: ShownConnection, form: ReplaceKeyForm | None = None, refusal: Problem | None = None
) -> str:
    if form is None:
        form = ReplaceKeyForm(formdata=None, version=shown.version, **asdict(sending_of(shown.row)))
    if refusal is not None:
        form.refuse(refusal)
    return _render("connection_key", shown, form=form, needs_proof=not caller().is_freshly_proved)


def _delete_page(shown: ShownConnection, form: DeleteNamedForm) -> str:
    return _render("connection_delete", shown, form=form)


def _offer_roles(form: NewConnectionForm) -> dict[str, str]:
    notes = role_choices(form.roles.data or [])
    form.roles.choices = [(each, each) for each in notes]
    return notes


def _render(template: str, shown: ShownConnection | None = None, **values: Any) -> str:
    return render_template(f"admin/{template}.html", shown=shown, me=caller().account, **values)
