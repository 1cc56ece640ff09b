"""Every setting with its type, its default and what it means."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, SecretStr

from webapp.config.web_origins import read_origins
from webapp.core.limit import Limit

if TYPE_CHECKING:
    from collections.abc import Mapping

# IPv4 addresses in IPv6 (RFC 4291, section 2.5.5.2).
_MAPPED_PREFIX = 96


def _split(value: Any) -> Any:
    """A comma-separated list, as environment variables carry them."""
    return (
        tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value
    )


def _seconds(value: Any) -> Any:
    if isinstance(value, str):
        if not value.isascii() or not value.isdigit():
            raise ValueError("give a whole number of seconds")
        # Bounded before it is a duration: a larger number overflows one, and is refused below all the same.
        return timedelta(seconds=min(int(value), 10**9))
    return value


def _networks(value: Any) -> Any:
    try:
        return tuple(_network(each) if isinstance(each, str) else each for each in _split(value))
    except ValueError:
        raise ValueError("name networks, such as 10.0.0.0/8, with nothing set beyond the prefix") from None


def _network(text: str) -> IPv4Network | IPv6Network:
    """One of IPv4 addresses mapped into IPv6 is the network of these: callers' addresses are read so, too."""
    found = ip_network(text)
    first = found.network_address.ipv4_mapped if isinstance(found, IPv6Network) else None
    if first is None or found.prefixlen < _MAPPED_PREFIX:
        return found
    return IPv4Network((first, found.prefixlen - _MAPPED_PREFIX))


def _limit(value: Any) -> Any:
    return Limit.parse(value) if isinstance(value, str) else value


Seconds = Annotated[timedelta, BeforeValidator(_seconds), Field(gt=timedelta(0), le=timedelta(days=400))]
Secrets = Annotated[tuple[SecretStr, ...], BeforeValidator(_split)]
Names = Annotated[tuple[str, ...], BeforeValidator(_split)]
Rate = Annotated[Limit, BeforeValidator(_limit)]
Origins = Annotated[tuple[str, ...], BeforeValidator(read_origins)]
# Where a value comes from: a variable, a file that NAME_FILE names, our own default, or made for itself by a
# developer's installation.
Source = Literal["environment", "file", "default", "made"]


class Settings(BaseModel):
    """What the operator decided, in the types the code uses. Durations are given in seconds."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", arbitrary_types_allowed=True, hide_input_in_errors=True
    )

    app_env: Literal["development", "testing", "production"]
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    instance_path: Path
    app_name: str = Field(default="Latchkey", min_length=1, max_length=60)
    # How an operator runs our commands here: what those begin with that messages name.
    command_prefix: str = Field(
        default=".venv/bin/flask --app wsgi",
        max_length=200,
        pattern=r"^[^\s\x00-\x1f\x7f]([^\x00-\x1f\x7f]*\S)?$",
    )
    public_url: str
    # Not in repr: either may carry a password.
    database_url: str = Field(repr=False)
    redis_url: str | None = Field(default=None, repr=False)

    secret_key: SecretStr
    secret_key_fallbacks: Secrets = ()
    encryption_key: SecretStr
    encryption_key_fallbacks: Secrets = ()
    password_pepper: SecretStr
    password_pepper_fallbacks: Secrets = ()
    bcrypt_rounds: int = Field(default=12, ge=4, le=16)

    jwt_algorithm: Literal["ES256", "EdDSA", "PS256", "RS256"] = "ES256"
    jwt_audience: str = Field(min_length=1, max_length=200)
    access_token_lifetime: Seconds
    refresh_token_lifetime: Seconds
    session_idle_limit: Seconds = timedelta(days=7)
    session_absolute_limit: Seconds = timedelta(days=30)
    refresh_overlap: Seconds = timedelta(seconds=60)
    refresh_deadline: Seconds = timedelta(seconds=15)
    jwks_max_age: Seconds = timedelta(seconds=300)
    key_rotation_interval: Seconds | None = None

    registration: Literal["open", "invite", "closed"] = "open"
    require_verified_email: bool = False
    require_mfa_for: Names = ()
    require_dpop_nonce: bool = False
    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], BeforeValidator(_networks)] = ()
    trusted_hosts: Names = ()
    cors_origins: Origins = ()
    security_contact: str | None = None

    # Read by mail_server. Carries a password.
    smtp_url: SecretStr | None = None
    mail_from: str | None = Field(default=None, max_length=320)

    # Thirteen months, so that a month can be held against that of a year ago.
    audit_retention_days: int = Field(default=400, ge=1, le=36_500)

    # Networks besides the public internet that connections may reach.
    connections_allow_networks: Annotated[
        tuple[IPv4Network | IPv6Network, ...], BeforeValidator(_networks)
    ] = ()
    # Calls through connections that one process has under way; each holds a thread as long as its answer lasts.
    connections_at_once: int = Field(default=16, ge=1, le=128)
    # Networks besides the public internet that webhooks may be sent to.
    webhooks_allow_networks: Annotated[tuple[IPv4Network | IPv6Network, ...], BeforeValidator(_networks)] = ()
    # Networks that may read /metrics. None: nobody may.
    metrics_allow: Annotated[tuple[IPv4Network | IPv6Network, ...], BeforeValidator(_networks)] = ()

    limit_auth_per_address: Rate = Limit(100, 900)
    limit_signin_per_account: Rate = Limit(10, 900)
    limit_signin_overall: Rate = Limit(600, 60)
    limit_refresh_per_session: Rate = Limit(120, 60)
    limit_per_address: Rate = Limit(1200, 60)

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_json: bool = True

    _sources: Mapping[str, Source] = PrivateAttr(default_factory=dict)

    def model_post_init(self, context: Any, /) -> None:
        """Remember what the context of the validation says under `sources`."""
        self._sources = dict((context or {}).get("sources", {}))

    def source_of(self, name: str) -> Source:
        """Where the value of a setting, such as APP_NAME, was found when this installation started."""
        return self._sources.get(name, "default")

    def command(self, words: str) -> str:
        """A command of ours as an operator types it here: `latchkey keys list`."""
        return f"{self.command_prefix} {words}"

    @property
    def sends_mail(self) -> bool:
        """Whether letters reach people: by a mail server, or in development by the mailbox page."""
        return self.smtp_url is not None or self.app_env == "development"

    @property
    def keeps_letters(self) -> bool:
        """Whether letters end at the mailbox page: while developing, where no mail server is named."""
        return self.smtp_url is None and self.app_env == "development"

    @property
    def in_production(self) -> bool:
        """Whether people rely on this installation."""
        return self.app_env == "production"


# Set by an operator as NAME or, with the value in a file, as NAME_FILE.
SECRET_NAMES = frozenset(
    {
        "SECRET_KEY",
        "SECRET_KEY_FALLBACKS",
        "ENCRYPTION_KEY",
        "ENCRYPTION_KEY_FALLBACKS",
        "PASSWORD_PEPPER",
        "PASSWORD_PEPPER_FALLBACKS",
        "DATABASE_URL",
        "REDIS_URL",
        "SMTP_URL",
    }
)
SETTING_NAMES = frozenset(name.upper() for name in Settings.model_fields)
