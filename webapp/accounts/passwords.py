"""Checking and changing the password of an account, with the hasher of the application at work."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from webapp.accounts import imported_hashes, store
from webapp.accounts.password_errors import PasswordWorkBusy
from webapp.accounts.password_hashing import PasswordHash, PasswordHasher
from webapp.accounts.password_rules import require_acceptable_password
from webapp.config import current_settings
from webapp.core.parts import part
from webapp.infra.database import let_go

if TYPE_CHECKING:
    from webapp.accounts.models import Account
    from webapp.accounts.store import Credentials


def stored_hash(holder: Account | Credentials | None) -> PasswordHash | None:
    """What is kept of a password; None stands for the decoy."""
    if holder is None or holder.password_hash is None:
        return None
    return PasswordHash(holder.password_hash, holder.password_scheme or "", holder.pepper_version or "")


@dataclass(frozen=True, slots=True)
class Checked:
    """`renewed` is the same password hashed anew, where the stored hash is outdated and there was time for it."""

    matches: bool
    renewed: PasswordHash | None


def check_password(
    plain: str, stored: PasswordHash | None, *, whose: str, known_device: bool = False
) -> Checked:
    """Whether this is the password behind `stored`. Raises PasswordWorkBusy.

    Ends the present transaction: hashing takes a quarter of a second, in which no connection or lock is held.
    `whose` bounds how much of the password work one name can have at once.
    """
    let_go()
    hasher = part(PasswordHasher)
    verdict = hasher.verify(plain, stored, known_device=known_device, whose=whose)
    renewed = None
    if verdict.needs_rehash:
        # The next sign-in has another chance; this one was right already.
        with suppress(PasswordWorkBusy):
            renewed = hasher.hash(plain, known_device=known_device)
    return Checked(verdict.matches, renewed)


def renew_hash(account: Account, stored: PasswordHash | None, renewed: PasswordHash | None) -> None:
    """Keep the password hashed anew, unless it was changed meanwhile. The object at hand stays as it was read."""
    if stored is not None and renewed is not None:
        store.renew_hash(account.id, stored, renewed)


def is_imported(account: Account) -> bool:
    """Whether its password came with an import, and nobody has used or changed it here yet."""
    return account.password_scheme == imported_hashes.SCHEME


def hash_new_password(plain: str, *, username: str, address: str) -> PasswordHash:
    """Check the rules, then hash. Raises UnacceptablePassword, PasswordWorkBusy. Ends the present transaction."""
    settings = current_settings()
    local_part, _, domain = address.partition("@")
    words = (username, local_part, domain, settings.app_name, urlsplit(settings.public_url).hostname or "")
    require_acceptable_password(plain, context_words=words)
    let_go()
    return part(PasswordHasher).hash(plain)
