"""A person's own events, in sentences to them; without what only administrators may read, such as why they locked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from webapp.core.event_names import EventName
from webapp.factors.words import called
from webapp.infra.audit import listed, read_detail
from webapp.sessions.causes import EndCause

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webapp.infra.models import AuditEvent

Kind = Literal["good", "info", "warning"]


class Saying(NamedTuple):
    """`theirs` is said where somebody else did it: an administrator, here or at the console."""

    kind: Kind
    mine: str
    theirs: str | None = None


SAYINGS: Final[dict[str, Saying]] = {
    EventName.ACCOUNT_CREATED: Saying("info", "Your account was made"),
    EventName.ACCOUNT_LOCKED: Saying("warning", "An administrator locked your account"),
    EventName.ACCOUNT_UNLOCKED: Saying(
        "good", "The lock of your account ran out", "An administrator unlocked your account"
    ),
    EventName.DELETION_ORDERED: Saying("warning", "An administrator had your account deleted"),
    EventName.ACCOUNT_RESTORED: Saying("good", "An administrator restored your account"),
    EventName.PASSWORD_VOIDED: Saying("warning", "An administrator asked you to choose a new password"),
    EventName.VERIFICATION_LETTER_SENT: Saying(
        "info", "An administrator had a letter sent to verify your address"
    ),
    EventName.ACCOUNT_RENAMED: Saying(
        "info",
        "You changed your name from {before} to {after}",
        "An administrator changed your name from {before} to {after}",
    ),
    EventName.ROLES_CHANGED: Saying(
        "warning",
        "You changed your roles from {before} to {after}",
        "An administrator changed your roles from {before} to {after}",
    ),
    EventName.ADDRESS_VERIFIED: Saying(
        "good", "You verified the address {address}", "An administrator marked {address} as verified"
    ),
    EventName.ADDRESS_CLAIMED: Saying("info", "You gave the address {address}, to be verified"),
    EventName.ADDRESS_CHANGED: Saying(
        "warning",
        "Your address changed from {before} to {after}",
        "An administrator changed your address from {before} to {after}",
    ),
    EventName.ADDRESS_CHANGE_UNDONE: Saying("good", "Your address was changed back from {before} to {after}"),
    EventName.VERIFICATION_LINK_MADE: Saying(
        "info",
        "You asked for a link to verify your address",
        "An administrator made a link to verify your address",
    ),
    EventName.INVITATION_ACCEPTED: Saying("good", "You accepted an invitation"),
    EventName.LOGIN_SUCCEEDED: Saying("info", "You signed in{with_device}"),
    EventName.LOGIN_FAILED: Saying("warning", "A password was tried and was wrong"),
    EventName.LOGIN_FAILED_BURST: Saying(
        "warning",
        "Far more passwords than usual were tried and were wrong: {failures} within {minutes} minutes",
    ),
    EventName.LOGIN_REFUSED: Saying("warning", "A sign-in with your password was refused{why}"),
    EventName.PROOF_SUCCEEDED: Saying("info", "You confirmed that it was you"),
    EventName.PROOF_FAILED: Saying("warning", "A confirmation that it was you failed"),
    EventName.SESSION_BOUND: Saying("good", "Your sign-in was tied to its browser"),
    EventName.SESSION_ENDED: Saying("info", "{cause}"),
    EventName.REFRESH_TOKEN_REPLAYED: Saying("info", "A sign-in token was shown twice within moments"),
    EventName.REFRESH_TOKEN_REUSED: Saying(
        "warning", "A spent sign-in token was shown again, as a copied one is, and its session ended"
    ),
    EventName.REFRESH_CHAIN_RENEWED: Saying(
        "info", "You confirmed a session, and its earlier tokens are void"
    ),
    EventName.ACCESS_TOKEN_REVOKED: Saying("info", "The program {name} revoked one of your access tokens"),
    EventName.ACCESS_DENIED: Saying("info", "You were refused a page of the administration"),
    EventName.PASSWORD_CHANGED: Saying(
        "good", "You changed your password", "An administrator changed your password"
    ),
    EventName.PASSWORD_RESET: Saying("warning", "A new password was chosen by a reset link"),
    EventName.RESET_LINK_MADE: Saying(
        "warning",
        "A link to choose a new password was asked for",
        "An administrator made a link to choose a new password",
    ),
    EventName.RESET_LINK_WITHHELD: Saying(
        "warning",
        "A link to choose a new password was asked for again and again, and now comes once an hour at most",
    ),
    EventName.TOTP_ENROLLED: Saying("good", "You set up the authenticator app{called}"),
    EventName.TOTP_REMOVED: Saying(
        "warning",
        "You removed the authenticator app{called}",
        "An administrator removed the authenticator app{called}",
    ),
    EventName.PASSKEY_ADDED: Saying("good", "You added the passkey {name}"),
    EventName.PASSKEY_REMOVED: Saying(
        "warning", "You removed the passkey {name}", "An administrator removed the passkey {name}"
    ),
    EventName.PASSKEY_COUNTER_FELL: Saying(
        "warning", "The passkey {name} counted backwards, as a copied one does, and was refused"
    ),
    EventName.FACTOR_RENAMED: Saying("info", "You renamed the second factor {before} to {after}"),
    EventName.FACTOR_FAILED: Saying("warning", "The password was right, and the second step was wrong"),
    EventName.FACTORS_RESET: Saying(
        "warning", "Your second factors were removed", "An administrator removed your second factors"
    ),
    EventName.RECOVERY_CODES_MADE: Saying("good", "You made new recovery codes"),
    EventName.RECOVERY_CODE_USED: Saying("warning", "A recovery code was used"),
    EventName.DEVICE_FIRST_SEEN: Saying("warning", "You signed in on {device} for the first time"),
    EventName.DEVICE_TRUSTED: Saying("info", "You trusted {device} for 30 days"),
    EventName.DEVICE_FORGOTTEN: Saying("info", "You had {device} forgotten"),
    EventName.ACCOUNT_SECURED: Saying(
        "warning",
        "Your account was secured after a sign-in that was not yours",
        "An administrator secured your account",
    ),
    EventName.DATA_EXPORTED: Saying("info", "You took a copy of your data"),
    EventName.DELETION_REQUESTED: Saying("warning", "You asked for your account to be deleted"),
    EventName.DELETION_CANCELLED: Saying("good", "Your account is kept, and not deleted"),
    EventName.MAIL_GIVEN_UP: Saying("warning", "A letter to you could not be delivered"),
}
# They happen to no account, or when there is nobody left to read of them.
NOT_TO_A_PERSON: Final = frozenset(
    {
        EventName.SESSIONS_ENDED,
        EventName.SETUP_LINK_MADE,
        EventName.SIGNING_KEY_CREATED,
        EventName.SIGNING_KEY_ACTIVATED,
        EventName.SIGNING_KEY_RETIRING,
        EventName.SIGNING_KEY_RETIRED,
        EventName.SIGNING_KEY_REVOKED,
        EventName.SIGNING_KEYS_RESEALED,
        EventName.ROLE_CREATED,
        EventName.ROLE_CHANGED,
        EventName.ROLE_DELETED,
        EventName.SETTING_CHANGED,
        EventName.ACCOUNTS_EXPORTED,
        EventName.AUDIT_EXPORTED,
        EventName.CONNECTION_CREATED,
        EventName.CONNECTION_CHANGED,
        EventName.CONNECTION_KEY_REPLACED,
        EventName.CONNECTION_TESTED,
        EventName.CONNECTION_DELETED,
        EventName.CONNECTION_KEY_ECHOED,
        EventName.CONNECTION_ADDRESS_REFUSED,
        EventName.WEBHOOK_CREATED,
        EventName.WEBHOOK_CHANGED,
        EventName.WEBHOOK_SECRET_REPLACED,
        EventName.WEBHOOK_TESTED,
        EventName.WEBHOOK_SENT_AGAIN,
        EventName.WEBHOOK_TURNED_OFF,
        EventName.WEBHOOK_DELETED,
        EventName.AUDIT_VERIFIED,
        EventName.AUDIT_CUT,
        EventName.BACKUP_MADE,
        EventName.DATABASE_RESTORED,
        EventName.JOB_STARTED,
        EventName.JOB_STOPPED,
        EventName.JOB_FINISHED,
        EventName.CLIENT_CREATED,
        EventName.CLIENT_SECRET_REPLACED,
        EventName.CLIENT_REVOKED,
        EventName.SERVICE_SCOPES_CHANGED,
        EventName.RETURN_ADDRESS_ADDED,
        EventName.RETURN_ADDRESS_REMOVED,
        EventName.INVITATION_MADE,
        EventName.INVITATION_REVOKED,
        EventName.ACCOUNT_DELETED,
        EventName.ACCOUNTS_IMPORTED,
    }
)
ENDS: Final[dict[str, Saying]] = {
    EndCause.SIGNED_OUT: Saying("info", "You signed out"),
    EndCause.SIGNED_OUT_ELSEWHERE: Saying("info", "You signed another device out"),
    EndCause.SIGNED_IN_AGAIN: Saying("info", "A session ended because you signed in again in its browser"),
    EndCause.ADMINISTRATOR: Saying("warning", "An administrator signed you out"),
    EndCause.PASSWORD_CHANGED: Saying("info", "A session ended because the password was changed"),
    EndCause.FACTOR_CHANGED: Saying("info", "A session ended because a second factor was changed"),
    EndCause.ACCOUNT_LOCKED: Saying("warning", "A session ended because your account was locked"),
    EndCause.ACCOUNT_DELETED: Saying("info", "A session ended because your account is to be deleted"),
    EndCause.REFRESH_TOKEN_REUSED: Saying("warning", "A session ended because a token of it was used twice"),
    EndCause.IDLE: Saying("info", "A session ended because it was not used"),
    EndCause.ABSOLUTE: Saying("info", "A session ended because it had reached its age limit"),
    EndCause.STATE_LOST: Saying("info", "A session ended because its record was lost"),
    EndCause.RESTORED: Saying("info", "A session ended because the service was restored from a backup"),
    EndCause.DISPLACED: Saying("info", "A session ended because you signed in on many other devices"),
    EndCause.SIGNING_KEY_REVOKED: Saying("info", "A session ended because a signing key was revoked"),
    EndCause.ACCOUNT_SECURED: Saying("warning", "A session ended because your account was secured"),
}
_REFUSALS = {
    "locked": ": your account is locked",
    "deletion_ordered": ": an administrator had your account deleted",
    "unverified": ": your address is not verified",
    "too_many_failures": ": too many wrong passwords came before it",
}
_UNKNOWN = Saying("info", "Something happened to your account")
_UNREADABLE: Final[tuple[str, Kind]] = (
    "Something happened to your account, and its record cannot be read",
    "warning",
)
_SLOT = re.compile(r"\{(\w+)\}")


def saying_of(event: AuditEvent, *, device: str | None) -> tuple[str, Kind]:
    """What happened, and how it stands. `device` is what it was done with, where that was the person's own."""
    detail = read_detail(event)
    if detail is None:
        return _UNREADABLE
    if event.name == EventName.SESSION_ENDED:
        found = ENDS.get(str(detail.get("cause", "")), _UNKNOWN)
    else:
        found = SAYINGS.get(event.name, _UNKNOWN)
    text = found.theirs if found.theirs is not None and is_by_others(event) else found.mine
    words = _words(detail, device)
    # Values are put in as they are: whoever shows the sentence sets it as text.
    return _SLOT.sub(lambda slot: words.get(slot[1], ""), text), found.kind


def is_by_others(event: AuditEvent) -> bool:
    """Whether an administrator did it, on a page or at the console."""
    if event.actor_id is not None:
        return event.actor_id != event.account_id
    return event.via == "command"


def _words(detail: Mapping[str, object], device: str | None) -> dict[str, str]:
    words = {name: listed(detail.get(name)) for name in ("before", "after", "name", "address")}
    words["called"] = called(words["name"])
    words["device"] = listed(detail.get("device")) or device or "a device"
    # Named, it begins with a browser's name; "An unknown device" begins a line elsewhere.
    words["with_device"] = f" with {device.replace('An unknown', 'an unknown')}" if device else ""
    words["why"] = _REFUSALS.get(str(detail.get("reason", "")), "")
    return words
