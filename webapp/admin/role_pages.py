"""The pages of roles: what each grants and who holds it; every change is looked at before it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request

from webapp.access.guards import page
from webapp.access.visitor import caller
from webapp.accounts import roles
from webapp.accounts.errors import RoleNotFound, RoleTaken
from webapp.accounts.scopes import OWN_SCOPES
from webapp.accounts.service import ADMINISTRATOR
from webapp.admin import role_changes, role_list
from webapp.admin.forms import RoleForm
from webapp.admin.pages import blueprint
from webapp.admin.role_changes import PlanOutdated
from webapp.admin.role_plan import Plan
from webapp.core.errors import Problem
from webapp.core.paging import Cursor, url_of

if TYPE_CHECKING:
    from webapp.admin.role_list import ShownRole

_LIST = "/admin/roles"
_PATH = "/roles/<name>"
_writes = page("admin:write", proof=True)


@blueprint.get("/roles", endpoint="roles")
@page("admin:read")
def roles_list() -> str:
    """Every role."""
    standing = caller()
    return render_template(
        "admin/roles.html",
        roles=role_list.list_roles(),
        requirement_note=roles.find_requirement_note(),
        may_write="admin:write" in standing.scopes,
        me=standing.account,
    )


@blueprint.get("/roles/new", endpoint="new_role")
@page("admin:write")
def show_new_role() -> str:
    """The form for another role."""
    return _new_page(RoleForm(formdata=None))


@blueprint.post("/roles/new/review", endpoint="review_new_role")
@_writes
def review_new_role() -> Any:
    """What a new role would mean, before it is made."""
    form = RoleForm()
    if not form.is_sent():
        return _new_page(form), 422
    try:
        return _plan_page(_planned(form, None), form)
    except Problem as problem:
        form.refuse(problem)
        return _new_page(form), problem.status


@blueprint.post("/roles/new/save", endpoint="create_role")
@_writes
def create_role() -> Any:
    """Make the role that was looked at."""
    form = RoleForm()
    if not form.is_sent():
        return _new_page(form), 422
    try:
        plan = role_changes.create_role(*_asked_for(form), seal=form.seal.data, actor=caller().account)
    except PlanOutdated as problem:
        form.refuse(problem)
        return _plan_page(_planned(form, None), form), problem.status
    except Problem as problem:
        form.refuse(problem)
        if isinstance(problem, RoleTaken) and role_changes.is_so_already(*_asked_for(form)):
            # The button was pressed twice.
            return redirect(f"{_LIST}/{form.name.data}", 303)
        return _new_page(form), problem.status
    flash(f"The role {plan.name} is there to be given.", "good")
    return redirect(f"{_LIST}/{plan.name}", 303)


@blueprint.get(_PATH, endpoint="role")
@page("admin:read")
def role_page(name: str) -> str:
    """One role: what it grants, and who holds it."""
    return _role_page(role_list.show_role(name))


@blueprint.post(f"{_PATH}/review", endpoint="review_role")
@_writes
def review_role(name: str) -> Any:
    """What the change would mean, before it is made."""
    role, form = role_list.show_role(name), RoleForm()
    if not form.is_sent():
        return _role_page(role, form), 422
    try:
        plan = _planned(form, role)
    except Problem as problem:
        form.refuse(problem)
        return _role_page(role, form), problem.status
    if plan.changes_nothing:
        flash("Nothing would change.", "info")
        return redirect(f"{_LIST}/{role.name}", 303)
    if form.version.data != role_changes.version_of(roles.get_role(name)):
        outdated = PlanOutdated()
        form.refuse(outdated)
        return _plan_page(plan, form), outdated.status
    return _plan_page(plan, form)


@blueprint.post(f"{_PATH}/save", endpoint="save_role")
@_writes
def save_role(name: str) -> Any:
    """Make the change that was looked at."""
    role, form = role_list.show_role(name), RoleForm()
    if not form.is_sent():
        return _role_page(role, form), 422
    try:
        _, description, scopes = _asked_for(form)
        role_changes.change_role(name, description, scopes, seal=form.seal.data, actor=caller().account)
    except PlanOutdated as problem:
        form.refuse(problem)
        plan = _planned(form, role)
        if not plan.changes_nothing:
            return _plan_page(plan, form), problem.status
        # Sent twice, or done by somebody else.
        flash("The role is so already.", "info")
        return redirect(f"{_LIST}/{role.name}", 303)
    except Problem as problem:
        form.refuse(problem)
        return _role_page(role, form), problem.status
    flash("The role is saved and in force.", "good")
    return redirect(f"{_LIST}/{role.name}", 303)


@blueprint.get(f"{_PATH}/delete", endpoint="delete_role")
@page("admin:write")
def show_delete_role(name: str) -> Any:
    """What deleting the role means, before it is done."""
    return _delete_page(role_changes.plan_deletion(name, actor=caller().account))


@blueprint.post(f"{_PATH}/delete", endpoint="send_delete_role")
@_writes
def send_delete_role(name: str) -> Any:
    """Take the role from everybody, and remove it."""
    form, actor = RoleForm(), caller().account
    try:
        role_changes.delete_role(name, seal=request.form.get("seal"), actor=actor)
    except RoleNotFound:
        flash("There is no such role: it was deleted before.", "info")
        return redirect(_LIST, 303)
    except PlanOutdated as problem:
        form.refuse(problem)
        return _delete_page(role_changes.plan_deletion(name, actor=actor), form), problem.status
    flash(f"The role {name} is deleted.", "good")
    return redirect(_LIST, 303)


def _asked_for(form: RoleForm) -> tuple[str, str, list[str]]:
    return form.name.data or "", form.description.data or "", form.wanted


def _planned(form: RoleForm, role: ShownRole | None) -> Plan:
    name, description, scopes = _asked_for(form)
    if role is None:
        return role_changes.plan_creation(name, description, scopes, actor=caller().account)
    return role_changes.plan_change(role.name, description, scopes, actor=caller().account)


def _offer(form: RoleForm, role: ShownRole | None) -> dict[str, str]:
    """Let the form offer every scope that may be given to this role; the word about each."""
    notes = role_list.scope_notes()
    is_built_in = role is not None and role.is_built_in
    own = OWN_SCOPES if is_built_in else {}
    offered = {each: note for each, note in notes.items() if each not in own}
    # What is ticked stays ticked, also where its service went meanwhile.
    ticked = [each for each in form.scopes.data or [] if each not in notes]
    form.scopes.choices = [(each, each) for each in [*offered, *ticked]]
    return offered


def _new_page(form: RoleForm) -> str:
    return render_template("admin/role_new.html", form=form, notes=_offer(form, None), me=caller().account)


def _role_page(role: ShownRole, form: RoleForm | None = None) -> str:
    standing = caller()
    may_write = "admin:write" in standing.scopes and role.name != ADMINISTRATOR
    if form is None and may_write:
        form = RoleForm(formdata=None, description=role.description, scopes=list(role.scopes))
    holders = role_list.list_holders(role, Cursor.read(request.args.get("cursor"), str))
    return render_template(
        "admin/role.html",
        role=role,
        version=role_changes.version_of(roles.get_role(role.name)),
        notes=_offer(form, role) if form else {},
        scope_notes=role_list.scope_notes(),
        holders=holders.rows,
        newer_url=url_of(f"{_LIST}/{role.name}", {}, holders.newer),
        older_url=url_of(f"{_LIST}/{role.name}", {}, holders.older),
        form=form,
        needs_proof=may_write and not standing.is_freshly_proved,
        me=standing.account,
    )


def _plan_page(plan: Plan, form: RoleForm) -> str:
    carried = [("seal", plan.seal), ("name", plan.name), ("description", plan.description[1])]
    return render_template(
        "admin/role_plan.html",
        plan=plan,
        form=form,
        carried=[*carried, *(("scopes", each) for each in plan.after)],
        notes=role_list.scope_notes(),
        is_deletion=False,
        me=caller().account,
    )


def _delete_page(plan: Plan, form: RoleForm | None = None) -> str:
    return render_template(
        "admin/role_plan.html",
        plan=plan,
        form=form or RoleForm(formdata=None),
        carried=[("seal", plan.seal)],
        notes=role_list.scope_notes(),
        is_deletion=True,
        me=caller().account,
    )
