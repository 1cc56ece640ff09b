"""The account area's shell, and the choice of light or dark."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request

from webapp.access.guards import page, public
from webapp.access.held_form import take_held_form
from webapp.access.visitor import caller
from webapp.config import current_settings
from webapp.connections.service import list_usable
from webapp.web import cookies
from webapp.web.local_paths import local_path

blueprint = Blueprint("profile", __name__)
THEMES = ("system", "light", "dark")
# Beside the Overview, which is /account itself.
VIEWS = ("security", "devices", "activity", "connections", "token")


@blueprint.get("/account", defaults={"view": "overview"})
@blueprint.get(f"/account/<any({', '.join(VIEWS)}):view>", endpoint="account_view")
@page()
def account(view: str) -> str:
    """The frame in which the front end works; it begins with the view that the address names."""
    standing, settings = caller(), current_settings()
    # A browser's key serves one origin. Where front ends of others share the session, it is bound to none of them.
    binds_at = "" if settings.cors_origins else settings.public_url
    return render_template(
        "account/shell.html",
        me=standing.account,
        is_administrator=standing.is_administrator,
        binds_at=binds_at,
        active=view,
        # For whoever has no JavaScript: the front end asks the API.
        usable=list_usable(standing.scopes) if view == "connections" else (),
    )


@blueprint.get("/account/<view>")
@page()
def unknown_view(view: str) -> Any:  # noqa: ARG001 - whatever it is
    """An address that names no view leads to the Overview."""
    return redirect("/account", 303)


@blueprint.get("/resume")
@page()
def resume() -> Any:
    """Offer a form again that was sent after its session had ended."""
    standing = caller()
    held = take_held_form(standing.account.id)
    if held is None:
        return redirect("/account", 303)
    return render_template(
        "access/resume.html",
        action=held.action,
        carried=held.fields,
        shown=[
            (name.replace("_", " ").capitalize(), value)
            for name, value in held.fields
            if value and name != "version"
        ],
        cancel_url=held.action.rsplit("/", 1)[0],
        me=standing.account,
    )


@blueprint.post("/appearance")
@public
def appearance() -> Any:
    """Remember light, dark or the system's choice, so that the first paint is already right."""
    theme = request.form.get("theme", "")
    response = redirect(local_path(request.form.get("next"), default="/", also_sign_in=True), 303)
    if theme in THEMES:
        cookies.put(response, cookies.THEME, theme, until=cookies.YEAR_SECONDS)
    return response


def current_theme() -> str:
    """The choice this browser remembers."""
    theme = request.cookies.get(cookies.THEME, "")
    return theme if theme in THEMES else "system"
