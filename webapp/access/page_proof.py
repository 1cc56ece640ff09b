"""Fresh proof on pages: a sensitive form is held back, the password asked for, and the form then sent on whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import render_template, request
from wtforms import PasswordField

from webapp.accounts.password_errors import PasswordWorkBusy
from webapp.core.errors import Problem
from webapp.infra.database import keep_so_far
from webapp.infra.throttle import TooManyAttempts
from webapp.sessions.errors import ProofRefused
from webapp.sessions.proof import prove
from webapp.web.forms import Form
from webapp.web.waits import in_words, wait_header

if TYPE_CHECKING:
    from webapp.sessions.service import Standing

FIELD = "password"


class ProofForm(Form):
    """The password once more."""

    password = PasswordField("Password")


def ask_for_proof(standing: Standing) -> Any:
    """None when the person proved themselves lately or does so with this form; else the page that asks.

    Nothing typed is lost: the page carries the held-back fields along, and sends them with the password.
    """
    if standing.is_freshly_proved:
        return None
    form = ProofForm()
    if FIELD in request.form:
        try:
            prove(standing, form.password.data or "")
        except (ProofRefused, TooManyAttempts, PasswordWorkBusy) as problem:
            return _page(standing, form, problem), problem.status, wait_header(problem)
        # The proof counts even if what it was given for is refused.
        keep_so_far()
        return None
    return _page(standing, form, None)


def _page(standing: Standing, form: ProofForm, problem: Problem | None) -> str:
    if problem is not None:
        form.refuse(problem)
        if problem.retry_after:
            form.form_errors.append(in_words(problem.retry_after))
    carried = [
        (name, value) for name, value in request.form.items(multi=True) if name not in {"csrf_token", FIELD}
    ]
    return render_template(
        "access/proof.html",
        form=form,
        action=request.full_path.rstrip("?"),
        carried=carried,
        cancel_url=request.path.rsplit("/", 1)[0],
        me=standing.account,
    )
