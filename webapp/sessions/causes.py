"""Why sessions end, in the words a person reads."""

from __future__ import annotations

from enum import StrEnum


class EndCause(StrEnum):
    """Stored with the session; a value, once released, keeps its meaning."""

    SIGNED_OUT = "signed_out"
    SIGNED_OUT_ELSEWHERE = "signed_out_elsewhere"
    SIGNED_IN_AGAIN = "signed_in_again"
    ADMINISTRATOR = "administrator"
    PASSWORD_CHANGED = "password_changed"
    FACTOR_CHANGED = "factor_changed"
    ACCOUNT_LOCKED = "account_locked"
    ACCOUNT_DELETED = "account_deleted"
    REFRESH_TOKEN_REUSED = "refresh_token_reused"
    IDLE = "idle"
    ABSOLUTE = "absolute"
    STATE_LOST = "state_lost"
    RESTORED = "restored"
    DISPLACED = "displaced"
    SIGNING_KEY_REVOKED = "signing_key_revoked"
    ACCOUNT_SECURED = "account_secured"

    @property
    def sentence(self) -> str:
        """Completes what the sign-in page says; empty where the person just did it here."""
        return _SENTENCES[self]


_SENTENCES = {
    EndCause.SIGNED_OUT: "",
    EndCause.SIGNED_OUT_ELSEWHERE: "You were signed out from another device.",
    EndCause.SIGNED_IN_AGAIN: "You signed in again in this browser.",
    EndCause.ADMINISTRATOR: "You were signed out by an administrator.",
    EndCause.PASSWORD_CHANGED: "You were signed out because your password was changed.",
    EndCause.FACTOR_CHANGED: "You were signed out because a second step of your sign-in was changed.",
    EndCause.ACCOUNT_LOCKED: "You were signed out because an administrator locked your account.",
    EndCause.ACCOUNT_DELETED: (
        "You were signed out because your account is to be deleted. Sign in before that day to keep it, "
        "if it was you who asked."
    ),
    EndCause.REFRESH_TOKEN_REUSED: (
        "You were signed out because a sign-in token of this session was used a second time, "
        "which can mean that somebody copied it. Sign in again, and change your password if this was not you."
    ),
    EndCause.IDLE: "You were signed out because you had not used this session for a while.",
    EndCause.ABSOLUTE: "You were signed out because a session lasts only so long. Sign in again to go on.",
    EndCause.DISPLACED: "You were signed out here because you signed in on many other devices since.",
    EndCause.SIGNING_KEY_REVOKED: "You were signed out because a signing key of this service was revoked.",
    EndCause.ACCOUNT_SECURED: (
        "You were signed out because somebody reported that a sign-in was not theirs, and the account was secured. "
        "Choose a new password to go on."
    ),
    EndCause.STATE_LOST: "You were signed out because the service has lost its record of this session.",
    EndCause.RESTORED: "You were signed out because the service was restored from a backup.",
}
