"""The settings in force, and the three that may be changed here."""

from __future__ import annotations

from typing import Any, Final

from flask import flash, redirect, render_template, request
from wtforms import HiddenField, RadioField, SelectMultipleField, StringField
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from webapp.access.guards import page
from webapp.access.visitor import caller
from webapp.accounts import service as accounts
from webapp.admin.forms import ConfirmForm
from webapp.admin.pages import blueprint
from webapp.admin.setting_changes import (
    REQUIRED_FACTORS,
    change_setting,
    look_ahead,
    return_to_environment,
)
from webapp.admin.setting_words import HEADINGS, REACH, REGISTRATION_WORDS, outlook_in_words
from webapp.admin.settings_in_force import get_changeable, in_words, list_settings
from webapp.config import current_settings
from webapp.config.changeable import LONGEST_NAME
from webapp.core.errors import Conflict, NotFound, Problem
from webapp.core.parts import part
from webapp.infra.database import keep_so_far
from webapp.infra.kept_settings import KeptSettings
from webapp.web.forms import Form

_LIST: Final = "/admin/settings"
_PATH: Final = "/settings/<slug>"
_writes = page("admin:write", proof=True)


class AppNameForm(Form):
    """What the service is called."""

    version = HiddenField()
    value = StringField("Name", [InputRequired("Write a name.")], render_kw={"maxlength": LONGEST_NAME})


class RegistrationForm(Form):
    """Who may create an account."""

    version = HiddenField()
    value = RadioField("Who may create an account", [InputRequired("Choose one.")])


class RequiredFactorsForm(Form):
    """Every role there is, those ticked that ask for a second factor."""

    version = HiddenField()
    value = SelectMultipleField("Roles", option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False))


_FORMS: Final = {
    "APP_NAME": AppNameForm,
    "REGISTRATION": RegistrationForm,
    REQUIRED_FACTORS: RequiredFactorsForm,
}


@blueprint.get("/settings", endpoint="settings")
@page("admin:read")
def settings_page() -> str:
    """Every setting in force and where it comes from."""
    groups = list_settings()
    return render_template(
        "admin/settings.html",
        groups=groups,
        changeable=[each for group in groups for each in group.settings if each.is_changeable],
        may_write="admin:write" in caller().scopes,
        me=caller().account,
    )


@blueprint.get(_PATH)
@page("admin:write")
def setting(slug: str) -> str:
    """The form for one setting."""
    return _form_page(_name_of(slug))


@blueprint.get(f"{_PATH}/confirm")
@page("admin:write")
def confirm_setting(slug: str) -> Any:
    """Who would be held back by requiring a second factor, before it is required."""
    if _name_of(slug) != REQUIRED_FACTORS:
        raise NotFound
    roles = request.args.getlist("value")
    try:
        outlook = look_ahead(roles, caller().account)
    except Problem as problem:
        form = _new_form(REQUIRED_FACTORS, formdata=None, value=roles)
        return _form_page(REQUIRED_FACTORS, problem, form=form), problem.status
    return _confirm(
        "Require a second factor" if outlook.roles else "Require no second factor",
        outlook_in_words(outlook),
        action=_path(REQUIRED_FACTORS),
        carried=[("version", request.args.get("version", "")), *(("value", each) for each in outlook.roles)],
        action_label="Save",
        danger=outlook.held_back != 0,
        cancel_url=_path(REQUIRED_FACTORS),
    )


@blueprint.post(_PATH)
@_writes
def send_setting(slug: str) -> Any:
    """Keep the value that was sent."""
    name = _name_of(slug)
    form = _new_form(name)
    if not form.is_sent():
        return _form_page(name, form=form), 422
    try:
        is_new = change_setting(
            name, form.value.data, version=form.version.data, actor_id=caller().account_id
        )
    except Problem as problem:
        # After somebody else's change what was typed here is out of date: show how things stand.
        if isinstance(problem, Conflict):
            return _form_page(name, problem), problem.status
        form.refuse(problem)
        return _form_page(name, form=form), problem.status
    return _done(name, is_new=is_new)


@blueprint.get(f"{_PATH}/return", endpoint="return_setting")
@page("admin:write")
def show_return(slug: str) -> Any:
    """What going back to the environment's value does, before it is done."""
    name = _name_of(slug)
    shown = get_changeable(name)
    if shown.change is None:
        return redirect(_path(name), 303)
    return _confirm_return(name)


@blueprint.post(f"{_PATH}/return", endpoint="send_return_setting")
@_writes
def send_return(slug: str) -> Any:
    """Go by the environment's value again."""
    name = _name_of(slug)
    form = ConfirmForm()
    try:
        version = request.form.get("version")
        is_new = return_to_environment(name, version=version, actor_id=caller().account_id)
    except Problem as problem:
        form.refuse(problem)
        return _confirm_return(name, form), problem.status
    return _done(name, is_new=is_new)


def _done(name: str, *, is_new: bool) -> Any:
    """Here it is in force from the next answer on; other processes look at the database for themselves."""
    keep_so_far()
    part(KeptSettings).look()
    value = in_words(name, getattr(current_settings(), name.lower()))
    if is_new:
        flash(f"{name} is {value}. {REACH}", "good")
    else:
        flash(f"{name} was {value} already. Nothing was changed.", "info")
    return redirect(_LIST, 303)


def _name_of(slug: str) -> str:
    """The setting of a path such as /admin/settings/app-name. Raises NotFound."""
    name = next((each for each in _FORMS if _slug(each) == slug), None)
    if name is None:
        raise NotFound
    return name


def _slug(name: str) -> str:
    return name.lower().replace("_", "-")


def _path(name: str) -> str:
    return f"{_LIST}/{_slug(name)}"


def _new_form(name: str, **values: Any) -> Any:
    form = _FORMS[name](**values)
    if name == REQUIRED_FACTORS:
        form.value.choices = [(each, each) for each in accounts.list_role_names()]
    elif name == "REGISTRATION":
        form.value.choices = [(each, each.capitalize()) for each in REGISTRATION_WORDS]
    return form


def _form_page(name: str, refusal: Problem | None = None, *, form: Any = None) -> str:
    """The setting as it stands with its form; one that was refused keeps what was sent."""
    shown = get_changeable(name)
    if form is None:
        value = getattr(current_settings(), name.lower())
        form = _new_form(name, formdata=None, version=shown.version, value=value)
    if refusal is not None:
        form.refuse(refusal)
    return render_template(
        "admin/setting.html",
        heading=HEADINGS[name],
        setting=shown,
        form=form,
        notes=accounts.role_notes() if name == REQUIRED_FACTORS else REGISTRATION_WORDS,
        # What this asks for is looked at first; the others are saved at once.
        action=f"{_path(name)}/confirm" if name == REQUIRED_FACTORS else _path(name),
        needs_look=name == REQUIRED_FACTORS,
        me=caller().account,
    )


def _confirm_return(name: str, form: Form | None = None) -> str:
    shown = get_changeable(name)
    sentences = [f"{name} goes back from {shown.value} to {shown.given or shown.value}."]
    sentences.append(
        "That is the default." if shown.source == "default" else "So it stands in the environment."
    )
    if name == REQUIRED_FACTORS:
        given = part(KeptSettings).given.require_mfa_for
        try:
            sentences = [*sentences, *outlook_in_words(look_ahead(given, caller().account))]
        except Problem as problem:
            sentences.append(problem.message)
    else:
        sentences.append(REACH)
    return _confirm(
        f"Undo the change of {name}",
        sentences,
        form=form,
        action=f"{_path(name)}/return",
        carried=[("version", shown.version)],
        action_label="Undo the change",
        cancel_url=_path(name),
    )


def _confirm(heading: str, what_happens: list[str], **shown: Any) -> str:
    return render_template(
        "admin/confirm.html",
        heading=heading,
        what_happens=what_happens,
        active="settings",
        me=caller().account,
        **{"form": None, "danger": False, **shown},
    )
