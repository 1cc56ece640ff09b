"""Fresh proof on pages: a sensitive form is held back, a proof asked for, and the form then sent on whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import render_template, request

from webapp.accounts.password_errors import PasswordWorkBusy
from webapp.core.errors import Problem
from webapp.factors.passkey_errors import PasskeyRefused
from webapp.infra.database import keep_so_far
from webapp.infra.throttle import TooManyAttempts
from webapp.sessions.errors import ProofRefused
from webapp.signin.devices import read_device
from webapp.signin.errors import SecondFactorNeeded
from webapp.signin.forms import ProofForm
from webapp.signin.proof import methods_for_proof, needs_code, prove
from webapp.web import cookies
from webapp.web.waits import in_words, wait_header

if TYPE_CHECKING:
    from webapp.sessions.service import Standing

# What a proof consists of, and the fields that come with it.
_BEGINS: Final = ("password", "credential")
# A key to a service stands in no page, not even in a hidden field of the next one: it is typed again.
_NEVER_CARRIED: Final = "_credential"
_OWN: Final = frozenset({"csrf_token", "code", *_BEGINS})


def ask_for_proof(standing: Standing) -> Any:
    """None when the person proved themselves lately or does so with this form; else the page that asks.

    Nothing typed is lost: the page carries the held-back fields along, and sends them with the proof.
    """
    if standing.is_freshly_proved:
        return None
    form = ProofForm()
    if any(each in request.form for each in _BEGINS):
        try:
            prove_by(form, standing)
        except (
            ProofRefused,
            SecondFactorNeeded,
            PasskeyRefused,
            TooManyAttempts,
            PasswordWorkBusy,
        ) as problem:
            return _page(standing, form, problem), problem.status, wait_header(problem)
        # The proof counts even if what it was given for is refused.
        keep_so_far()
        return None
    return _page(standing, form, None)


def prove_by(form: ProofForm, standing: Standing) -> None:
    """Take what the form says as proof. Raises as signin.proof does."""
    prove(
        standing,
        password=form.password.data,
        code=form.code.data,
        credential=form.credential.data or None,
        device=read_device(request.cookies.get(cookies.DEVICE)),
    )


def proof_choices(standing: Standing) -> dict[str, Any]:
    """What the fields of a proof need to know about whoever is asked."""
    methods = methods_for_proof(standing.account_id)
    return {
        "has_password": "password" in methods,
        "has_passkey": "passkey" in methods,
        "needs_code": needs_code(standing.account),
    }


def _page(standing: Standing, form: ProofForm, problem: Problem | None) -> str:
    if problem is not None:
        form.refuse(problem)
        if problem.retry_after:
            form.form_errors.append(in_words(problem.retry_after))
    carried = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in _OWN and not name.endswith(_NEVER_CARRIED)
    ]
    return render_template(
        "access/proof.html",
        form=form,
        action=request.full_path.rstrip("?"),
        carried=carried,
        cancel_url=request.path.rsplit("/", 1)[0],
        me=standing.account,
        **proof_choices(standing),
    )
