"""Kinds of events as the audit's filter offers them: under the things they are about, in words."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.core.event_names import EventName

_ABOUT = (
    (
        "accounts",
        "Accounts",
        "account accounts address invitation verification_link verification_letter data deletion",
    ),
    ("sign-in", "Sign-in", "login proof access device setup_link"),
    ("sessions", "Sessions", "session sessions refresh_token refresh_chain access_token"),
    ("passwords", "Passwords", "password reset_link"),
    ("factors", "Second factors", "totp passkey factor factors recovery_codes recovery_code"),
    ("roles", "Roles", "role roles"),
    ("keys", "Signing keys", "signing_key signing_keys"),
    ("clients", "Clients and services", "client service return_address"),
    ("outside", "Connections and webhooks", "connection webhook"),
    ("server", "Settings, jobs and letters", "setting job audit mail backup database"),
)
_OTHERS = ("others", "Others")
# Where the name alone would puzzle.
_LABELS: dict[str, str] = {
    EventName.LOGIN_SUCCEEDED: "Signed in",
    EventName.LOGIN_FAILED: "Sign-in failed",
    EventName.LOGIN_REFUSED: "Sign-in refused",
    EventName.LOGIN_FAILED_BURST: "Burst of failed sign-ins",
    EventName.PROOF_SUCCEEDED: "Identity confirmed",
    EventName.PROOF_FAILED: "Identity not confirmed",
    EventName.SESSION_BOUND: "Session bound to a key",
    EventName.SESSIONS_ENDED: "All sessions of everybody ended",
    EventName.REFRESH_TOKEN_REPLAYED: "Refresh token shown twice",
    EventName.REFRESH_CHAIN_RENEWED: "Refresh tokens begun anew",
    EventName.ADDRESS_CLAIMED: "Address given",
    EventName.ADDRESS_CHANGE_UNDONE: "Address changed back",
    EventName.TOTP_ENROLLED: "Authenticator app set up",
    EventName.TOTP_REMOVED: "Authenticator app removed",
    EventName.PASSKEY_COUNTER_FELL: "Passkey counted backwards",
    EventName.FACTOR_FAILED: "Second step failed",
    EventName.FACTORS_RESET: "All second factors removed",
    EventName.CLIENT_SECRET_REPLACED: "Client secret replaced",
    EventName.SERVICE_SCOPES_CHANGED: "Scopes of a service changed",
    EventName.ACCESS_DENIED: "Administration refused",
    EventName.DATA_EXPORTED: "Own data copied",
    EventName.PASSWORD_VOIDED: "New password required",
    EventName.CONNECTION_CREATED: "Connection made",
    EventName.CONNECTION_CHANGED: "Connection changed",
    EventName.CONNECTION_KEY_REPLACED: "Key of a connection replaced",
    EventName.CONNECTION_TESTED: "Connection tested",
    EventName.CONNECTION_DELETED: "Connection deleted",
    EventName.CONNECTION_KEY_ECHOED: "A service's answer held the key",
    EventName.CONNECTION_ADDRESS_REFUSED: "Address of a connection refused",
    EventName.WEBHOOK_CREATED: "Webhook endpoint made",
    EventName.WEBHOOK_CHANGED: "Webhook endpoint changed",
    EventName.WEBHOOK_SECRET_REPLACED: "Secret of a webhook endpoint replaced",
    EventName.WEBHOOK_TESTED: "Webhook endpoint tested",
    EventName.WEBHOOK_SENT_AGAIN: "Webhook message sent again",
    EventName.WEBHOOK_TURNED_OFF: "Failing webhook endpoint turned off",
    EventName.WEBHOOK_DELETED: "Webhook endpoint deleted",
    EventName.AUDIT_VERIFIED: "Audit trail verified",
    EventName.AUDIT_CUT: "Old events deleted",
    EventName.MAIL_GIVEN_UP: "Letter not delivered",
    EventName.VERIFICATION_LETTER_SENT: "Verification letter sent",
}


@dataclass(frozen=True, slots=True)
class Kinds:
    """The events about one thing: a name for the address of the page, words, and each event with its own words."""

    key: str
    label: str
    events: tuple[tuple[str, str], ...]


def label_of(name: str) -> str:
    """The kind of an event in words."""
    return _LABELS.get(name) or name.replace(".", " ").replace("_", " ").capitalize()


def _group() -> tuple[Kinds, ...]:
    keys = {prefix: key for key, _, prefixes in _ABOUT for prefix in prefixes.split()}
    found: dict[str, list[str]] = {}
    for each in EventName:
        found.setdefault(keys.get(each.partition(".")[0], _OTHERS[0]), []).append(str(each))
    headed = [*((key, label) for key, label, _ in _ABOUT), _OTHERS]
    return tuple(
        Kinds(key, label, tuple((name, label_of(name)) for name in found[key]))
        for key, label in headed
        if key in found
    )


KINDS = _group()


def names_meant(text: str) -> tuple[str, ...]:
    """The events that a kind's name or a thing's name stands for; none when it is neither."""
    if text in set(EventName):
        return (text,)
    return next((tuple(name for name, _ in each.events) for each in KINDS if each.key == text), ())
