"""Acts on many accounts: the page that says exactly what will happen to whom, and the form on it that does it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask import flash, redirect, render_template, request

from webapp.access.denials import record_denial
from webapp.access.guards import page
from webapp.access.visitor import caller
from webapp.accounts import service as accounts
from webapp.admin import bulk_job
from webapp.admin.bulk import NAMED, OthersMatch, Plan, Selection, find_ids, make_plan, require_same
from webapp.admin.bulk_forms import BulkForm, BulkRoleForm
from webapp.admin.bulk_orders import OF_ROLES, Order, UnknownAct, require_role, require_sound
from webapp.admin.bulk_words import DANGEROUS, amount, heading_of, what_happens
from webapp.admin.pages import blueprint
from webapp.admin.secure import MOST_AT_ONCE as MOST_SECURED
from webapp.admin.secure import TooManySelected
from webapp.config import current_settings
from webapp.core.errors import InvalidInput, Problem
from webapp.core.opaque import new_id
from webapp.infra.database import begin_reading, begin_writing
from webapp.infra.job_errors import JobQueued
from webapp.infra.jobs import has_job
from webapp.sessions import service as sessions
from webapp.sessions.errors import SessionEnded
from webapp.sessions.service import Standing
from webapp.tokens.errors import InsufficientScope

_LIST = "/admin/accounts"
_PATH = "/accounts/bulk"
_FILTERS = ("q", "state", "role", "factor", "seen")
_LONGEST_FILTER = 200
_ID = re.compile(r"[a-z2-7]{26}")


@blueprint.get(_PATH, endpoint="bulk_start")
@blueprint.get(f"{_PATH}/confirm", endpoint="bulk_confirm_start")
@page("admin:read")
def start_bulk() -> Any:
    """For whoever comes back to the address of a form: to the list, where accounts are selected."""
    return redirect(_LIST, 303)


@blueprint.post(_PATH, endpoint="bulk")
@page("admin:support", proof=True)
def show_bulk() -> Any:
    """What will happen to whom. Changes nothing."""
    try:
        if request.form.get("action") == "secure":
            return _to_securing()
        order = _read_order()
    except Problem as problem:
        return _refused(problem)
    _require_scope(order, caller())
    # Whom it means takes a while to find, for which nobody else is kept from writing.
    begin_reading()
    try:
        ids = find_ids(_read_selection())
        if order.act in OF_ROLES and not order.role:
            return _role_page(order, len(ids))
        require_role(order)
    except Problem as problem:
        return _refused(problem)
    return _plan_page(make_plan(order, ids, caller()), BulkForm(formdata=None, id=new_id()))


@blueprint.post(f"{_PATH}/confirm", endpoint="send_bulk")
@page("admin:support", proof=True)
def send_bulk() -> Any:
    """Do it, or have it done, to those whom the page named."""
    form = BulkForm()
    job_id: str = form.id.data or ""
    if not _ID.fullmatch(job_id):
        job_id = form.id.data = new_id()
    try:
        order = _read_order()
    except UnknownAct as problem:
        return _refused(problem)
    _require_scope(order, caller())
    begin_reading()
    if has_job(job_id):
        return _to_job(job_id, JobQueued.message)
    selection = _read_selection()
    try:
        ids = find_ids(selection)
        require_role(order)
    except Problem as problem:
        return _refused(problem)
    plan = make_plan(order, ids, caller())
    if not form.is_sent() or not plan.chosen:
        return _plan_page(plan, form), 422
    try:
        require_same(plan, selection, form.fingerprint.data or "")
        # Of those who are named also whoever nothing can happen to by now: the result says why.
        chosen = ids if selection.is_named else plan.ids
        order = _complete(order, form, len(chosen))
        standing = _hold_caller(order)
        bulk_job.start(
            order, chosen, actor_id=standing.account_id, job_id=job_id, session_id=standing.session_id
        )
    except SessionEnded:
        # Meanwhile. The list sends to sign in, and says why.
        return redirect(_LIST, 303)
    except JobQueued as problem:
        return _to_job(job_id, problem.message)
    except Problem as problem:
        form.refuse(problem)
        if isinstance(problem, OthersMatch):
            form.number.data = ""
        return _plan_page(plan, form), problem.status
    return _to_job(job_id)


def _read_order() -> Order:
    return Order(request.form.get("action", ""), role=request.form.get("chosen_role", "")[:_LONGEST_FILTER])


def _read_selection() -> Selection:
    if job_id := request.form.get("job", ""):
        return Selection(job_id=job_id if _ID.fullmatch(job_id) else "")
    if request.form.get("everyone") == "1":
        return Selection(filters=_read_filters())
    return Selection(ids=request.form.getlist("account"))


def _read_filters() -> dict[str, str]:
    return {
        name: request.form.get(name, "").replace("\x00", "").strip()[:_LONGEST_FILTER] for name in _FILTERS
    }


def _require_scope(order: Order, standing: Standing) -> None:
    """The guard lets in who may do the least of the acts; each has its own right (`bulk_orders.SCOPES`)."""
    if order.scope not in standing.scopes:
        record_denial(standing, order.scope)
        raise InsufficientScope("Only an administrator may do this.")


def _hold_caller(order: Order) -> Standing:
    """From here on this unit writes, and whoever asks keeps the right to it until its end. What was looked up may
    have moved: each step looks again. Raises SessionEnded, InsufficientScope.
    """
    begin_writing()
    sessions.hold_session(caller())
    standing = sessions.require_standing(caller().session_id)
    _require_scope(order, standing)
    return standing


def _complete(order: Order, form: BulkForm, number: int) -> Order:
    """With what the form asks for. Raises InvalidInput."""
    if order.act == "delete" and (form.number.data or "").replace(",", "") != str(number):
        raise InvalidInput(fields={"number": f"Write {number} to confirm."})
    if order.act == "lock":
        order = replace(order, reason=form.reason.data or "", until=form.ends_at)
    require_sound(order)
    return order


def _to_job(job_id: str, message: str | None = None) -> Any:
    if message:
        flash(message, "info")
    return redirect(f"/admin/jobs/{job_id}", 303)


def _to_securing() -> Any:
    """Securing has a page of its own; it names each account, so it takes fewer."""
    ids = find_ids(_read_selection())
    if len(ids) > MOST_SECURED:
        raise TooManySelected
    return redirect(f"/admin/accounts/secure?{urlencode([('account', each) for each in ids])}", 303)


def _refused(problem: Problem) -> Any:
    form = BulkForm(formdata=None)
    form.refuse(problem)
    page_of = render_template("admin/bulk/refused.html", form=form, back_url=_back_url(), me=caller().account)
    return page_of, problem.status


def _role_page(order: Order, number: int) -> str:
    form = BulkRoleForm(formdata=None)
    form.chosen_role.choices = [(each, each) for each in accounts.list_role_names()]
    whom = amount(number, "account")
    return render_template(
        "admin/bulk/role.html",
        form=form,
        heading=f"Give a role to {whom}" if order.act == "add_role" else f"Take a role from {whom}",
        role_notes=accounts.role_notes(),
        carried=_carried(order, _read_selection().ids),
        back_url=_back_url(),
        me=caller().account,
    )


def _plan_page(plan: Plan, form: BulkForm) -> str:
    # What was refused is asked for again of those whom the page shows now.
    form.fingerprint.data = plan.fingerprint
    return render_template(
        "admin/bulk/plan.html",
        plan=plan,
        form=form,
        heading=heading_of(plan.order, len(plan.chosen)),
        what_happens=what_happens(plan, sends_mail=current_settings().sends_mail),
        is_dangerous=plan.order.act in DANGEROUS,
        is_at_once=len(plan.chosen) <= bulk_job.AT_ONCE,
        named=NAMED,
        carried=_carried(plan.order, plan.ids),
        back_url=_back_url(),
        me=caller().account,
    )


def _carried(order: Order, ids: Any) -> list[tuple[str, str]]:
    """The fields that say again what was asked for, and whom it is for."""
    carried = [("action", order.act), *([("chosen_role", order.role)] if order.role else [])]
    selection = _read_selection()
    if selection.job_id is not None:
        return [*carried, ("job", selection.job_id)]
    if selection.filters is not None:
        return [
            *carried,
            ("everyone", "1"),
            *((name, value) for name, value in selection.filters.items() if value),
        ]
    return [*carried, *(("account", each) for each in ids)]


def _back_url() -> str:
    """The list as it was filtered, or the job that is to be undone."""
    selection = _read_selection()
    if selection.job_id:
        return f"/admin/jobs/{selection.job_id}"
    filters = {name: value for name, value in _read_filters().items() if value and value != "any"}
    return f"{_LIST}?{urlencode(filters)}" if filters else _LIST
