"""Why a call is not made, and why a connection cannot be what somebody wrote."""

from __future__ import annotations

from webapp.core.errors import Conflict, NotFound, Problem


class ConnectionNotFound(NotFound):
    """There is no connection of that name or id."""

    code = "connection_not_found"
    message = "There is no such connection."


class ConnectionNameTaken(Conflict):
    """Another connection has the name."""

    code = "connection_name_taken"
    status = 422
    message = "Another connection has this name."


class ConnectionMade(Conflict):
    """The form was sent twice: the first time made it."""

    code = "connection_made"
    message = "This connection was made before."


class ConnectionChanged(Conflict):
    """Somebody else changed it since the form was shown."""

    code = "connection_changed"
    message = (
        "This connection was changed meanwhile, so nothing is saved. Look at it as it is now, then try again."
    )


class ConnectionOff(Problem):
    """An administrator has turned it off."""

    code = "connection_off"
    status = 403
    message = "This connection is turned off. An administrator can turn it on."


class CallNotAllowed(Problem):
    """Method or path are not among those the administrator allows."""

    code = "call_not_allowed"
    status = 403
    message = "This connection does not allow that method and path."


class ParameterNotAllowed(Problem):
    """A query parameter under the name by which the key is sent."""

    code = "parameter_not_allowed"
    status = 400
    message = "This parameter carries the key of the connection, and cannot be sent along."


class QuotaUsed(Problem):
    """The person's calls, or everybody's together, are used up for this window."""

    code = "quota_used"
    status = 429
    message = "The calls of this connection are used up for now. Try again later."


class CallsAtOnce(Problem):
    """The person has as many calls of this connection under way as it allows."""

    code = "calls_at_once"
    status = 429
    message = "Too many calls of this connection are under way. Let one finish, then try again."


class ConnectionsBusy(Problem):
    """As many calls are under way in this process as it takes on."""

    code = "connections_busy"
    status = 503
    message = "Too many calls to other services are under way. Try again in a moment."


class CallTooLarge(Problem):
    """The body of the call is larger than the connection sends."""

    code = "call_too_large"
    status = 413
    message = "The body is larger than this connection sends."


class AnswerTooLarge(Problem):
    """The service answers with more than the connection passes on."""

    code = "answer_too_large"
    status = 502
    message = "The service answered with more than this connection passes on."


class AnswerEncoded(Problem):
    """The service compressed its answer though it was asked not to: nobody could see whether the key stands in it."""

    code = "answer_encoded"
    status = 502
    message = "The service answered in a coding that was not asked for."


class CallTooLong(Problem):
    """The call took longer than the connection allows."""

    code = "call_too_long"
    status = 504
    message = "The call took longer than this connection allows."


class UseEnded(Problem):
    """The session ended, the right was taken away or the connection turned off in the middle of the call."""

    code = "use_ended"
    status = 401
    message = "The sign-in or the right to use this connection ended in the middle of the call."
