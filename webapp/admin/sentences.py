"""Audit events in sentences."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from webapp.core.event_names import EventName
from webapp.factors.words import called
from webapp.infra.audit import listed, read_detail
from webapp.sessions.causes import EndCause

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webapp.infra.models import AuditEvent

_CAUSES = {
    EndCause.SIGNED_OUT: "they signed out",
    EndCause.SIGNED_OUT_ELSEWHERE: "it was signed out from another device",
    EndCause.SIGNED_IN_AGAIN: "they signed in again in the same browser",
    EndCause.ADMINISTRATOR: "an administrator ended it",
    EndCause.PASSWORD_CHANGED: "the password was changed",
    EndCause.FACTOR_CHANGED: "a second factor was changed",
    EndCause.ACCOUNT_LOCKED: "the account was locked",
    EndCause.ACCOUNT_DELETED: "the account is to be deleted",
    EndCause.REFRESH_TOKEN_REUSED: "a spent refresh token was shown again",
    EndCause.IDLE: "it had not been used",
    EndCause.ABSOLUTE: "it had reached its age limit",
    EndCause.DISPLACED: "the account had signed in on too many other devices",
    EndCause.SIGNING_KEY_REVOKED: "a signing key was revoked",
    EndCause.ACCOUNT_SECURED: "the account was secured after a sign-in that was not its owner's",
    EndCause.STATE_LOST: "the database had no or only an older record of it",
    EndCause.RESTORED: "the service was restored from a backup",
}
_SENTENCES: dict[str, str] = {
    EventName.ACCOUNT_CREATED: "{whom} got an account",
    EventName.ACCOUNT_LOCKED: "{who} locked {whom}: {reason}",
    EventName.ACCOUNT_UNLOCKED: "{who} unlocked {whom}",
    EventName.ACCOUNT_RENAMED: "{who} renamed {before} to {after}",
    EventName.ROLES_CHANGED: "{who} changed the roles of {whom} from {before} to {after}",
    EventName.ADDRESS_VERIFIED: "{who} marked the address of {whom} as verified",
    EventName.LOGIN_SUCCEEDED: "{whom} signed in",
    EventName.LOGIN_FAILED: "A sign-in as {whom} failed",
    EventName.LOGIN_REFUSED: "A sign-in of {whom} was refused: {reason}",
    EventName.PROOF_SUCCEEDED: "{whom} confirmed that it was them",
    EventName.PROOF_FAILED: "{whom} could not confirm that it was them",
    EventName.SESSION_BOUND: "A session of {whom} was bound to a key of its browser",
    EventName.SESSION_ENDED: "A session of {whom} ended: {cause}",
    EventName.SESSIONS_ENDED: "{who} ended all sessions of everybody: {cause}",
    EventName.REFRESH_TOKEN_REPLAYED: "A refresh token of {whom} was shown twice",
    EventName.REFRESH_TOKEN_REUSED: "A spent refresh token of {whom} was shown again, and the session ended",
    EventName.REFRESH_CHAIN_RENEWED: "{whom} confirmed their session, and what its tokens were before is void",
    EventName.PASSWORD_CHANGED: "{whom} changed their password",
    EventName.PASSWORD_RESET: "{whom} chose a new password by a reset link",
    EventName.RESET_LINK_MADE: "{who} made a reset link for {whom}",
    EventName.RESET_LINK_WITHHELD: "More reset links were asked for than are sent to {whom}",
    EventName.SETUP_LINK_MADE: "A set-up link was made",
    EventName.SIGNING_KEY_CREATED: "The signing key {kid} was created",
    EventName.SIGNING_KEY_ACTIVATED: "The signing key {kid} began to sign",
    EventName.SIGNING_KEY_RETIRING: "The signing key {kid} signed for the last time",
    EventName.SIGNING_KEY_RETIRED: "The signing key {kid} left the published keys",
    EventName.SIGNING_KEY_REVOKED: "{who} revoked the signing key {kid}",
    EventName.SIGNING_KEYS_RESEALED: "The signing keys were sealed anew under the present ENCRYPTION_KEY",
    EventName.CLIENT_CREATED: "{who} created the client {name} for {audience}",
    EventName.CLIENT_SECRET_REPLACED: "{who} replaced the secret of the client {name}",
    EventName.CLIENT_REVOKED: "{who} revoked the client {name}",
    EventName.SERVICE_SCOPES_CHANGED: "{who} changed the scopes of {audience} from {before} to {after}",
    EventName.RETURN_ADDRESS_ADDED: "{who} let signing in lead back to {url}",
    EventName.RETURN_ADDRESS_REMOVED: "{who} let signing in lead back to {url} no more",
    EventName.ACCESS_TOKEN_REVOKED: "The client {name} revoked an access token of {whom}",
    EventName.ACCESS_DENIED: "{whom} was refused a page of the administration",
    EventName.ADDRESS_CLAIMED: "{whom} gave the address {address}, to be verified",
    EventName.ADDRESS_CHANGED: "The address of {whom} changed from {before} to {after}",
    EventName.ADDRESS_CHANGE_UNDONE: "The address of {whom} was changed back from {before} to {after}",
    EventName.VERIFICATION_LINK_MADE: "{who} made a link with which {whom} verifies an address",
    EventName.INVITATION_MADE: "{who} invited {address}",
    EventName.INVITATION_REVOKED: "{who} took the invitation of {address} back",
    EventName.INVITATION_ACCEPTED: "{whom} accepted an invitation",
    EventName.TOTP_ENROLLED: "{whom} set up the authenticator app{called}",
    EventName.TOTP_REMOVED: "{who} removed the authenticator app{called} of {whom}",
    EventName.PASSKEY_ADDED: "{whom} added the passkey {name}",
    EventName.PASSKEY_REMOVED: "{who} removed the passkey {name} of {whom}",
    EventName.PASSKEY_COUNTER_FELL: "The passkey {name} of {whom} counted backwards, as a copied one does",
    EventName.FACTOR_RENAMED: "{whom} renamed the factor {before} to {after}",
    EventName.FACTOR_FAILED: "A second step of {whom} failed",
    EventName.FACTORS_RESET: "{who} removed every second factor of {whom}",
    EventName.RECOVERY_CODES_MADE: "{whom} made new recovery codes",
    EventName.RECOVERY_CODE_USED: "{whom} used a recovery code",
    EventName.DEVICE_FIRST_SEEN: "{whom} signed in on {device} for the first time",
    EventName.DEVICE_TRUSTED: "{whom} trusted {device} for 30 days",
    EventName.DEVICE_FORGOTTEN: "{whom} had {device} forgotten",
    EventName.ACCOUNT_SECURED: "{who} secured the account of {whom} after a sign-in that was not its owner's",
    EventName.DATA_EXPORTED: "{whom} took a copy of their own data",
    EventName.DELETION_REQUESTED: "{whom} asked for their account to be deleted",
    EventName.DELETION_CANCELLED: "{whom} kept their account",
    EventName.ACCOUNT_DELETED: "The account {name} was deleted",
    EventName.ACCOUNTS_IMPORTED: "An import brought {count} accounts",
    EventName.ROLE_CREATED: "{who} made the role {name}",
    EventName.ROLE_CHANGED: "{who} changed the role {name} from {before} to {after}",
    EventName.ROLE_DELETED: "{who} deleted the role {name}",
    EventName.SETTING_CHANGED: "{who} changed the setting {name} from {before} to {after}",
    EventName.DELETION_ORDERED: "{who} had the account of {whom} deleted, to be restored for 14 days",
    EventName.ACCOUNT_RESTORED: "{who} restored the account of {whom}",
    EventName.PASSWORD_VOIDED: "{who} had {whom} choose a new password",
    EventName.VERIFICATION_LETTER_SENT: "{who} had a letter sent with which {whom} verifies an address",
    EventName.ACCOUNTS_EXPORTED: "{who} exported accounts",
    EventName.AUDIT_EXPORTED: "{who} exported events of the audit",
    EventName.AUDIT_VERIFIED: "{who} verified the whole audit trail, with findings: {count}",
    EventName.AUDIT_CUT: "Retention deleted {count} events",
    EventName.CONNECTION_CREATED: "{who} made the connection {name}",
    EventName.CONNECTION_CHANGED: "{who} changed the connection {name}",
    EventName.CONNECTION_KEY_REPLACED: "{who} replaced the key of the connection {name}",
    EventName.CONNECTION_TESTED: "{who} tested the connection {name}",
    EventName.CONNECTION_DELETED: "{who} deleted the connection {name}",
    EventName.CONNECTION_KEY_ECHOED: "An answer of the connection {name} held its key, which was masked",
    EventName.CONNECTION_ADDRESS_REFUSED: "The connection {name} led to an address that is not allowed",
    EventName.LOGIN_FAILED_BURST: "Far more sign-ins failed than usual: {failures} within {minutes} minutes",
    EventName.WEBHOOK_CREATED: "{who} made the webhook endpoint {name}",
    EventName.WEBHOOK_CHANGED: "{who} changed the webhook endpoint {name}",
    EventName.WEBHOOK_SECRET_REPLACED: "{who} replaced the secret of the webhook endpoint {name}",
    EventName.WEBHOOK_TESTED: "{who} sent a test to the webhook endpoint {name}",
    EventName.WEBHOOK_SENT_AGAIN: "{who} had a message sent to the webhook endpoint {name} again",
    EventName.WEBHOOK_TURNED_OFF: "The webhook endpoint {name} was turned off: it had failed for 5 days",
    EventName.WEBHOOK_DELETED: "{who} deleted the webhook endpoint {name}",
    EventName.BACKUP_MADE: "{who} made a backup of the database",
    EventName.DATABASE_RESTORED: "{who} restored the database from the backup of {moment}",
    EventName.JOB_STARTED: "{who} started a job: {name}",
    EventName.JOB_STOPPED: "{who} stopped a job: {name}",
    EventName.JOB_FINISHED: "A job ended: {name}",
    EventName.MAIL_GIVEN_UP: "A letter to {whom} could not be delivered: {reason}",
}
_PLAIN_SLOTS = tuple("name audience url kid address device count moment failures minutes".split())
_SLOT = re.compile(r"\{(\w+)\}")
UNREADABLE = "Its detail cannot be read: run flask audit verify"


def sentence_of(event: AuditEvent, names: Mapping[str, str]) -> str:
    """What happened, with the names people have now. An event of an unknown kind shows its name."""
    detail = read_detail(event)
    if detail is None:
        return UNREADABLE
    whom = names.get(
        event.account_id or "", "an unknown name" if event.account_id is None else "a deleted account"
    )
    # Values are put in as they are; the template that shows the sentence escapes it.
    words = {
        "who": actor_in_words(event, names),
        "whom": whom,
        "cause": _cause(str(detail.get("cause", ""))),
        "before": listed(detail.get("before")),
        "after": listed(detail.get("after")),
        "reason": listed(detail.get("reason")),
        **{name: listed(detail.get(name)) for name in _PLAIN_SLOTS},
        "called": called(listed(detail.get("name"))),
    }
    if event.name == EventName.LOGIN_REFUSED:
        words["reason"] = words["reason"].replace("_", " ")
    text = _SENTENCES.get(event.name, event.name)
    if event.name == EventName.ACCOUNT_LOCKED and "before" in detail:
        text = "{who} changed the lock of {whom}: {reason}"
    if event.name == EventName.RESET_LINK_MADE and detail.get("mailed"):
        text = "{who} had a reset link sent to {whom}"
        if event.actor_id is None:
            text = "A reset link was asked for and sent to {whom}"
    return _SLOT.sub(lambda found: words[found[1]], text)


def actor_in_words(event: AuditEvent, names: Mapping[str, str]) -> str:
    """Who did it, as far as the event tells: by name, at the console, or the server by itself."""
    if event.actor_id is not None:
        return names.get(event.actor_id, "A deleted account")
    if event.via == "request":
        return names.get(event.account_id or "", "Somebody not signed in")
    return "Somebody at the console" if event.via == "command" else "The server"


def cause_in_words(cause: EndCause) -> str:
    """Why a session ended, to go on a sentence about it."""
    return _CAUSES[cause]


def _cause(text: str) -> str:
    return _CAUSES[EndCause(text)] if text in set(EndCause) else text
