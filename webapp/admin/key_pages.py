"""The pages of signing keys: their time line, and the two acts with what each of them does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template

from webapp.access.guards import page
from webapp.access.visitor import caller
from webapp.admin import service
from webapp.admin.forms import ConfirmForm, RevokeKeyForm
from webapp.admin.pages import blueprint
from webapp.config import current_settings
from webapp.core.parts import part
from webapp.infra.database import keep_so_far
from webapp.keys.errors import SigningKeyOver
from webapp.keys.facts import facts_of, list_facts
from webapp.keys.ring import KeyRing
from webapp.keys.rotation import get_key, rotate
from webapp.keys.timing import publication_wait, verification_wait
from webapp.web.waits import duration

if TYPE_CHECKING:
    from datetime import timedelta

    from webapp.keys.facts import KeyFacts
    from webapp.web.forms import Form

_LIST = "/admin/keys"
_SHOWN = 30
_writes = page("admin:write", proof=True)


@blueprint.get("/keys", endpoint="keys")
@page("admin:read")
def keys_page() -> str:
    """Every key in the order of its life, and when each begins and ends."""
    settings = current_settings()
    keys = list_facts(_SHOWN)
    return render_template(
        "admin/keys.html",
        keys=keys,
        may_write="admin:write" in caller().scopes,
        is_rotating=any(each.state == "next" for each in keys),
        is_sealed_off=any(each.seal == "unreadable" for each in keys),
        algorithm=settings.jwt_algorithm,
        published_for=_words(publication_wait()),
        verifies_for=_words(verification_wait()),
        interval=_words(settings.key_rotation_interval) if settings.key_rotation_interval else None,
        me=caller().account,
    )


@blueprint.get("/keys/<kid>")
@page("admin:read")
def key(kid: str) -> Any:
    """A key has no page of its own: back to the time line."""
    return redirect(f"{_LIST}#{get_key(kid).kid}", 303)


@blueprint.get("/keys/rotate", endpoint="rotate_keys")
@page("admin:write")
def show_rotate() -> str:
    """What a rotation does and when, before it is begun."""
    settings, held = current_settings(), _words(current_settings().jwks_max_age)
    return _confirm(
        "Rotate the signing key",
        [
            f"A new key for {settings.jwt_algorithm} is made and published at once.",
            (
                f"It begins to sign in {_words(publication_wait())}: services keep the key set for up to {held}, "
                "and all of them will have seen it by then. The present key signs until that moment."
            ),
            (
                f"The present key then verifies for another {_words(verification_wait())}, until the last token "
                "it signed has expired, and leaves the published keys."
            ),
            "Nobody is signed out, and no request fails.",
        ],
        action=f"{_LIST}/rotate",
        action_label="Rotate now",
    )


@blueprint.post("/keys/rotate", endpoint="send_rotate")
@_writes
def send_rotate() -> Any:
    """Begin a rotation; one that is under way goes on."""
    done = rotate(actor_id=caller().account.id)
    _let_ring_know()
    if done.key.state == "current":
        flash("The new key signs from now on.", "good")
    elif done.is_new:
        flash("The new key is published, and takes over as shown.", "good")
    else:
        flash("A rotation is under way already. It goes on as shown.", "info")
    return redirect(_LIST, 303)


@blueprint.get("/keys/<kid>/revoke", endpoint="revoke_key")
@page("admin:write")
def show_revoke(kid: str) -> str:
    """What revoking does, before it is done."""
    return _confirm_revoke(facts_of(get_key(kid)), RevokeKeyForm(formdata=None))


@blueprint.post("/keys/<kid>/revoke", endpoint="send_revoke_key")
@_writes
def send_revoke(kid: str) -> Any:
    """Refuse the key's tokens from now on, and sign everybody out where that is asked for."""
    form = RevokeKeyForm()
    try:
        successor, ended = service.revoke_signing_key(
            kid, with_sessions=bool(form.end_sessions.data), actor_id=caller().account.id
        )
    except SigningKeyOver as over:
        # A form sent twice, or two administrators at once: what was wanted is so.
        flash(over.message, "info")
        return redirect(_LIST, 303)
    _let_ring_know()
    flash("The key is revoked." + (" Another one signs from now on." if successor else ""), "good")
    if form.end_sessions.data:
        flash("1 session ended." if ended == 1 else f"{ended} sessions ended.", "good")
    return redirect(_LIST, 303)


def _let_ring_know() -> None:
    """The node that decides goes by it at once; the others read the ring within two seconds."""
    keep_so_far()
    part(KeyRing).forget()


def _confirm_revoke(found: KeyFacts, form: Form) -> str:
    held = _words(current_settings().jwks_max_age)
    sentences = {
        "next": [
            "It has signed nothing yet. It leaves the published keys, and the rotation that it was made for is off."
        ],
        "current": [
            "Every access token it has signed is refused: here at once, on other nodes within 2 seconds.",
            "Another key signs from that moment on. Pages and programs that renew their tokens go on.",
            (
                "Services that verify tokens for themselves may go by the keys they hold for up to "
                f"{held}: they may accept its tokens for so long, and refuse those of the other key."
            ),
        ],
        "retiring": [
            "Every access token it has signed is refused: here at once, on other nodes within 2 seconds.",
            "Pages and programs that renew their tokens go on.",
            f"Services that verify tokens for themselves may accept its tokens for up to {held} more.",
        ],
    }
    return _confirm(
        "Revoke a signing key",
        [
            f"This is about {found.kid}, which is {found.state}.",
            *sentences.get(found.state, ["It is over already: no token verifies with it."]),
            "It cannot be undone.",
        ],
        form=form,
        action=f"{_LIST}/{found.kid}/revoke",
        action_label="Revoke key",
        danger=True,
    )


def _confirm(heading: str, what_happens: list[str], **shown: Any) -> str:
    return render_template(
        "admin/confirm.html",
        heading=heading,
        what_happens=what_happens,
        cancel_url=_LIST,
        active="keys",
        me=caller().account,
        **{"form": ConfirmForm(formdata=None), "danger": False, **shown},
    )


def _words(span: timedelta) -> str:
    return duration(round(span.total_seconds()))
