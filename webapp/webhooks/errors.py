"""Why an endpoint cannot be what somebody wrote, or a message cannot be sent."""

from __future__ import annotations

from webapp.core.errors import Conflict, NotFound


class EndpointNotFound(NotFound):
    """There is no endpoint of that id."""

    code = "webhook_endpoint_not_found"
    message = "There is no such webhook endpoint."


class MessageNotFound(NotFound):
    """There is no message of that id for that endpoint; after 30 days there is none any more."""

    code = "webhook_message_not_found"
    message = "There is no such message. Messages are forgotten after 30 days."


class EndpointNameTaken(Conflict):
    """Another endpoint has the name."""

    code = "webhook_name_taken"
    status = 422
    message = "Another endpoint has this name."


class EndpointMade(Conflict):
    """The form was sent twice: the first time made it."""

    code = "webhook_made"
    message = (
        "This endpoint was made before, and its secret was shown then. Replace the secret if it is lost."
    )


class EndpointChanged(Conflict):
    """Somebody else changed it since the form was shown."""

    code = "webhook_changed"
    message = (
        "This endpoint was changed meanwhile, so nothing is saved. Look at it as it is now, then try again."
    )


class EndpointOff(Conflict):
    """It is turned off, so that nothing is sent there."""

    code = "webhook_off"
    message = "This endpoint is turned off. Turn it on first."


class TooManyWaiting(Conflict):
    """Tests are sent one after the other."""

    code = "webhook_test_waiting"
    message = "A test is on its way to this endpoint already. Look at what becomes of it first."


class MessageUnderWay(Conflict):
    """Some process is sending it right now."""

    code = "webhook_message_under_way"
    message = "This message is being sent just now. Look again in a moment."
