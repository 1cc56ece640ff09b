"""The names of everything the audit trail can say."""

from __future__ import annotations

from enum import StrEnum


class EventName(StrEnum):
    """`thing.happened`; a name, once released, is never given another meaning."""

    ACCOUNT_CREATED = "account.created"
    ACCOUNT_LOCKED = "account.locked"
    ACCOUNT_UNLOCKED = "account.unlocked"
    ACCOUNT_RENAMED = "account.renamed"
    ROLES_CHANGED = "roles.changed"
    ADDRESS_VERIFIED = "address.verified"
    LOGIN_SUCCEEDED = "login.succeeded"
    LOGIN_FAILED = "login.failed"
    LOGIN_REFUSED = "login.refused"
    PROOF_SUCCEEDED = "proof.succeeded"
    PROOF_FAILED = "proof.failed"
    SESSION_ENDED = "session.ended"
    REFRESH_TOKEN_REPLAYED = "refresh_token.replayed"
    REFRESH_TOKEN_REUSED = "refresh_token.reused"
    PASSWORD_CHANGED = "password.changed"
    PASSWORD_RESET = "password.reset"
    RESET_LINK_MADE = "reset_link.made"
    SETUP_LINK_MADE = "setup_link.made"
    SIGNING_KEY_CREATED = "signing_key.created"
    ACCESS_DENIED = "access.denied"
