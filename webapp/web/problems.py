"""Every refusal as its caller can read it: a page, the JSON of API v1, or problem details (RFC 9457) in v2."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from flask import Flask, jsonify, render_template, request
from werkzeug.exceptions import HTTPException

from webapp.core.errors import InvalidInput, MalformedRequest, NotFound, Problem
from webapp.core.origin import current_origin
from webapp.core.parts import part
from webapp.infra.metrics import count
from webapp.infra.metrics_catalogue import REFUSALS
from webapp.web.refusal_tally import RefusalTally
from webapp.web.refusals import ERROR_HEADER

if TYPE_CHECKING:
    from flask import Response

_log = logging.getLogger("latchkey.web")


class MethodNotAllowed(Problem):
    """The address exists, the method does not."""

    code = "method_not_allowed"
    status = 405
    message = "This address does not take that method."


class TooLarge(Problem):
    """The body is larger than this endpoint reads."""

    code = "body_too_large"
    status = 413
    message = "The request is too large."


class UnsupportedMediaType(Problem):
    """The body is not of a type this endpoint reads."""

    code = "unsupported_media_type"
    status = 415
    message = "Send the body in the content type that this call reads."


class UntrustedHost(Problem):
    """The Host header names none of this installation's hosts."""

    code = "untrusted_host"
    status = 400
    message = (
        "Nothing answers under that host name. Use the address in PUBLIC_URL, or add it to TRUSTED_HOSTS."
    )


_BY_STATUS: dict[int, type[Problem]] = {
    400: MalformedRequest,
    404: NotFound,
    405: MethodNotAllowed,
    413: TooLarge,
    415: UnsupportedMediaType,
    422: InvalidInput,
}
# Malformed, unauthenticated, forbidden, oversized and throttled requests; what is not found is anybody's slip.
_COUNTED = frozenset({400, 401, 403, 405, 413, 415, 429})
# Refusals that a challenge names, with what it tells beside the name (RFC 6750, section 3; RFC 9470, section 3).
_TOLD = {"insufficient_user_authentication": "max_age", "insufficient_scope": "scope"}
_ABOUT_PROOFS = frozenset({"invalid_dpop_proof", "use_dpop_nonce"})
_HEADINGS = {
    400: "The request could not be read",
    401: "Sign in first",
    403: "Not allowed",
    404: "Page not found",
    405: "Not possible here",
    409: "Not possible just now",
    410: "No longer there",
    413: "Too large",
    429: "Too many attempts",
    500: "Something failed here",
    503: "Not available just now",
}


def register_problem_handlers(app: Flask) -> None:
    """Answer every error from the one catalogue. The last handler also takes what nobody expected."""
    app.register_error_handler(Problem, answer_problem)
    app.register_error_handler(HTTPException, _answer_http)
    app.register_error_handler(Exception, _answer_unexpected)


def answer_problem(problem: Problem) -> Response:
    """The refusal in the form this caller reads."""
    count(REFUSALS, problem.code)
    if problem.status in _COUNTED:
        part(RefusalTally).count(problem.code, current_origin().address)
    if problem.__cause__ is not None and problem.status >= 500:
        # The first line only: what a database adds below it are the statement and pages of the library.
        reason = str(problem.__cause__).partition("\n")[0]
        _log.error("%s: %s", problem.code, reason, extra={"code": problem.code})
    is_for_machines = request.path.startswith("/api/") or _is_machine_path()
    response = _as_json(problem) if is_for_machines else _as_page(problem)
    response.status_code = problem.status
    if request.path.startswith("/api/"):
        # Tells our refusals from those of a service that is used through a connection.
        response.headers[ERROR_HEADER] = problem.code
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    if request.path.startswith("/api/"):
        response.headers.update(problem.headers)
        if problem.status == 401 or problem.code == "insufficient_scope":
            response.headers["WWW-Authenticate"] = _challenge(problem)
    return response


def _challenge(problem: Problem) -> str:
    """RFC 6750, section 3: a call without credentials is told the scheme and no more."""
    if problem.code == "invalid_client":
        # RFC 6749, section 5.2: the scheme that a client is to use.
        return 'Basic realm="clients", charset="UTF-8"'
    is_about_proofs = problem.code in _ABOUT_PROOFS
    told: list[tuple[str, object]] = []
    if problem.code not in {"token_missing", "refresh_token_missing"}:
        told.append(("error", problem.code if is_about_proofs or problem.code in _TOLD else "invalid_token"))
    if problem.code in _TOLD:
        name = _TOLD[problem.code]
        told.append((name, problem.extra.get(name, "")))
    is_bound = is_about_proofs or request.path.startswith("/api/v2/")
    if is_bound:
        # RFC 9449, section 7.1: which algorithms a proof may be signed with.
        told.append(("algs", "ES256"))
    words = ", ".join(f'{name}="{value}"' for name, value in told)
    return f"{'DPoP' if is_bound else 'Bearer'} {words}".rstrip()


def _as_json(problem: Problem) -> Response:
    request_id = current_origin().request_id
    details: dict[str, Any] = dict(problem.extra)
    if problem.fields:
        details["fields"] = problem.fields
    if request.path.startswith("/api/v2/"):
        title = _HEADINGS.get(problem.status, "Refused")
        body = {
            "type": f"urn:latchkey:problem:{problem.code}",
            "title": title,
            "status": problem.status,
            "detail": problem.message,
            "code": problem.code,
            "request_id": request_id,
        }
        response = jsonify(body | details)
        response.content_type = "application/problem+json"
        return response
    return jsonify({"error": problem.code, "message": problem.message, "request_id": request_id} | details)


def _as_page(problem: Problem) -> Response:
    what_to_do = list((problem.fields or {}).values())
    text = render_template(
        "errors/problem.html",
        heading=_HEADINGS.get(problem.status, "Not possible"),
        message=problem.message,
        what_to_do=what_to_do,
        request_id=current_origin().request_id,
        retry_after=problem.retry_after if problem.status in {429, 503} else None,
        again_url=request.path,
    )
    return Flask.response_class(text, mimetype="text/html")


def _is_machine_path() -> bool:
    # These have no page session (page_sessions), and so no page whose forms it protects.
    return request.path.startswith(("/.well-known/", "/static/")) or request.path in {
        "/healthz",
        "/readyz",
        "/openapi.json",
    }


def _answer_http(error: HTTPException) -> Any:
    """Flask's and Werkzeug's own refusals, in our words."""
    status = error.code or 500
    if status in {301, 302, 303, 304, 307, 308}:
        return error
    if type(error).__name__ == "SecurityError":
        return answer_problem(UntrustedHost())
    kind = _BY_STATUS.get(status)
    problem = kind() if kind is not None else _with_status(MalformedRequest(), status)
    response = answer_problem(problem)
    if status == 405 and hasattr(error, "valid_methods") and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def _with_status(problem: Problem, status: int) -> Problem:
    problem.status = status  # type: ignore[misc]
    return problem


def _answer_unexpected(error: Exception) -> Any:
    """The last resort: say nothing of the cause, and write it down under the request's id."""
    _log.error(
        "Unexpected failure",
        exc_info=error,
        extra={"route": str(request.url_rule or ""), "method": request.method},
    )
    return answer_problem(Unexpected())


class Unexpected(Problem):
    """A fault of this application."""

    code = "internal_error"
    status = 500
    message = "Something failed here, and it is our fault. Try again; if it stays, report the request id."
