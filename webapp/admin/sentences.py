"""Audit events in sentences."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from webapp.core.event_names import EventName
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
    EndCause.ACCOUNT_LOCKED: "the account was locked",
    EndCause.ACCOUNT_DELETED: "the account was deleted",
    EndCause.REFRESH_TOKEN_REUSED: "a spent refresh token was shown again",
    EndCause.IDLE: "it had not been used",
    EndCause.ABSOLUTE: "it had reached its age limit",
    EndCause.DISPLACED: "the account had signed in on too many other devices",
    EndCause.STATE_LOST: "the service was restored from a backup",
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
    EventName.PROOF_SUCCEEDED: "{whom} confirmed their password",
    EventName.PROOF_FAILED: "{whom} gave a wrong password as confirmation",
    EventName.SESSION_ENDED: "A session of {whom} ended: {cause}",
    EventName.REFRESH_TOKEN_REPLAYED: "A refresh token of {whom} was shown twice",
    EventName.REFRESH_TOKEN_REUSED: "A spent refresh token of {whom} was shown again, and the session ended",
    EventName.PASSWORD_CHANGED: "{whom} changed their password",
    EventName.PASSWORD_RESET: "{whom} chose a new password by a reset link",
    EventName.RESET_LINK_MADE: "{who} made a reset link for {whom}",
    EventName.SETUP_LINK_MADE: "A set-up link was made",
    EventName.SIGNING_KEY_CREATED: "A signing key was created",
    EventName.ACCESS_DENIED: "{whom} was refused a page of the administration",
}
_SLOT = re.compile(r"\{(\w+)\}")


def sentence_of(event: AuditEvent, names: Mapping[str, str]) -> str:
    """What happened, with the names people have now. An event of an unknown kind shows its name."""
    detail = json.loads(event.detail)
    whom = names.get(
        event.account_id or "", "an unknown name" if event.account_id is None else "a deleted account"
    )
    # Values are put in as they are; the template that shows the sentence escapes it.
    words = {
        "who": names.get(event.actor_id or "", "Somebody at the console"),
        "whom": whom,
        "cause": _cause(str(detail.get("cause", ""))),
        "before": _listed(detail.get("before")),
        "after": _listed(detail.get("after")),
        "reason": _listed(detail.get("reason")),
    }
    if event.name == EventName.LOGIN_REFUSED:
        words["reason"] = words["reason"].replace("_", " ")
    text = _SENTENCES.get(event.name, event.name)
    return _SLOT.sub(lambda found: words[found[1]], text)


def _cause(text: str) -> str:
    return _CAUSES[EndCause(text)] if text in set(EndCause) else text


def _listed(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(str(each) for each in value) or "none"
    return "" if value is None else str(value)
