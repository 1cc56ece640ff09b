"""What each setting is for, in a sentence, and which belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from webapp.admin.setting_changes import Outlook

REACH: Final = "This is in force here at once, and on every other node within 5 seconds."

GROUPS: Final[dict[str, dict[str, str]]] = {
    "The service": {
        "APP_NAME": "What this service is called on pages, in letters and in authenticator apps.",
        "APP_ENV": "Production refuses to start on what is unsafe.",
        "PUBLIC_URL": "The address that people open.",
        "HOST": "Where the server listens.",
        "PORT": "The port it listens on.",
        "INSTANCE_PATH": "Holds the secrets and the database of a development installation.",
        "SECURITY_CONTACT": "Whom finders of a weakness write to, in security.txt.",
        "COMMAND_PREFIX": "What our commands begin with where this service runs; messages name them so.",
    },
    "People": {
        "REGISTRATION": "Who may create an account: anybody, whoever is invited, or nobody.",
        "REQUIRE_MFA_FOR": "Roles whose holders need a second factor before the role grants them anything.",
        "REQUIRE_VERIFIED_EMAIL": "Whether a token is refused while no address of the account is verified.",
    },
    "Sessions and tokens": {
        "SESSION_IDLE_LIMIT": "A session ends when it was not used for so long; an administrator's, an auditor's "
        "and support's after 30 minutes.",
        "SESSION_ABSOLUTE_LIMIT": "A session ends at this age; an administrator's, an auditor's and support's at 12 h.",
        "ACCESS_TOKEN_LIFETIME": "How long an access token is good.",
        "REFRESH_TOKEN_LIFETIME": "How long a refresh token is good when nobody uses it.",
        "REFRESH_OVERLAP": "For so long a spent refresh token may be shown again after a lost answer.",
        "REFRESH_DEADLINE": "A renewal that took longer than this is not answered.",
        "REQUIRE_DPOP_NONCE": "Whether a proof of a browser's key has to carry a number that we gave out.",
    },
    "Signing keys": {
        "JWT_ALGORITHM": "What new keys sign with.",
        "JWT_AUDIENCE": "Whom our own tokens are meant for.",
        "JWKS_MAX_AGE": "How long services keep the published keys.",
        "KEY_ROTATION_INTERVAL": "How often a new key takes over by itself.",
    },
    "Secrets": {
        "SECRET_KEY": "Signs page sessions and refresh tokens.",
        "SECRET_KEY_FALLBACKS": "Former values that are still accepted.",
        "ENCRYPTION_KEY": "Seals signing keys, authenticator apps and letters.",
        "ENCRYPTION_KEY_FALLBACKS": "Former values that still open what they sealed.",
        "PASSWORD_PEPPER": "Goes into every password's hash.",
        "PASSWORD_PEPPER_FALLBACKS": "Former values; a password moves to the present one when its owner signs in.",
        "BCRYPT_ROUNDS": "What it costs to try a password; one more doubles it.",
    },
    "Database, limiter store and mail": {
        "DATABASE_URL": "Shown without user, password and options.",
        "REDIS_URL": "Where several processes count limits together. Shown without user, password and options.",
        "SMTP_URL": "The mail server. Shown without user and password.",
        "MAIL_FROM": "Whom letters come from.",
    },
    "Network": {
        "TRUSTED_PROXIES": "Networks whose forwarded addresses are believed.",
        "TRUSTED_HOSTS": "Further hosts that this service answers under.",
        "CORS_ORIGINS": "Front ends on other origins that may call the API.",
    },
    "Limits": {
        "LIMIT_AUTH_PER_ADDRESS": "Attempts to sign in and the like, for each address.",
        "LIMIT_SIGNIN_PER_ACCOUNT": "Attempts to sign in, for each account.",
        "LIMIT_SIGNIN_OVERALL": "Attempts to sign in, of everybody together.",
        "LIMIT_REFRESH_PER_SESSION": "Renewals of tokens, for each session.",
        "LIMIT_PER_ADDRESS": "All calls, for each address.",
    },
    "Connections and webhooks": {
        "CONNECTIONS_ALLOW_NETWORKS": "Networks besides the public internet that connections may reach.",
        "CONNECTIONS_AT_ONCE": "Calls through connections that one process has under way at once.",
        "WEBHOOKS_ALLOW_NETWORKS": "Networks besides the public internet that webhooks may be sent to.",
    },
    "Audit, log and metrics": {
        "METRICS_ALLOW": "Networks that may read the metrics.",
        "AUDIT_RETENTION_DAYS": "After so many days events of the audit are deleted.",
        "LOG_LEVEL": "The least that is written to the log.",
        "LOG_JSON": "Whether each line of the log is JSON.",
    },
}
REGISTRATION_WORDS: Final = {
    "open": "Anybody creates an account for themselves.",
    "invite": "Only whoever opens an invitation of an administrator gets an account.",
    "closed": "Nobody gets an account, except by an administrator at the command line.",
}
HEADINGS: Final = {
    "APP_NAME": "Name of the service",
    "REGISTRATION": "Registration",
    "REQUIRE_MFA_FOR": "Required second factor",
}


def outlook_in_words(outlook: Outlook) -> list[str]:
    """What requiring a second factor of these roles does, a sentence for each."""
    names = ", ".join(outlook.roles)
    if not outlook.roles:
        return ["No role asks for a second factor any more. Whoever has one is still asked for it.", REACH]
    number = outlook.held_back
    held = f"{number:,}" if number is not None else "More than 10,000"
    whom = "1 account" if number == 1 else f"{held} accounts"
    found = [f"Whoever holds one of these roles needs a second factor: {names}."]
    if number == 0:
        found.append("Every holder has one. Nobody is held back.")
    else:
        found.append(
            f"{whom} {'holds such a role and has' if number == 1 else 'hold such a role and have'} none. "
            "They stay signed in, but only their own profile is open to them until they have set one up."
        )
    if outlook.is_own:
        found.append("Yours is one of them: you would be held back at once, and asked to set one up.")
    return [*found, REACH]
