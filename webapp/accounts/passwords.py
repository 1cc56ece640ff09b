"""Checking and changing the password of an account, with the hasher of the application at work."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from webapp.accounts import service
from webapp.accounts.password_errors import PasswordWorkBusy
from webapp.accounts.password_hashing import PasswordHash, PasswordHasher
from webapp.accounts.password_rules import require_acceptable_password
from webapp.config import current_settings
from webapp.core.parts import part
from webapp.infra.database import begin_writing, let_go

if TYPE_CHECKING:
    from webapp.accounts.models import Account


def stored_hash(account: Account | None) -> PasswordHash | None:
    """What is kept of the account's password; None stands for the decoy."""
    if account is None or account.password_hash is None:
        return None
    return PasswordHash(account.password_hash, account.password_scheme or "", account.pepper_version or "")


def is_password_of(account: Account | None, plain: str, *, known_device: bool = False) -> bool:
    """Whether this is the account's password. An outdated hash is made anew on the way.

    Ends the present transaction: hashing takes a quarter of a second, in which no connection or lock is held.
    """
    stored = stored_hash(account)
    let_go()
    hasher = part(PasswordHasher)
    verdict = hasher.verify(plain, stored, known_device=known_device)
    if verdict.matches and verdict.needs_rehash and account is not None:
        _renew(account, plain, stored, known_device=known_device)
    return verdict.matches


def _renew(account: Account, plain: str, stored: PasswordHash | None, *, known_device: bool) -> None:
    try:
        renewed = part(PasswordHasher).hash(plain, known_device=known_device)
    except PasswordWorkBusy:
        # The next sign-in has another chance; this one was right already.
        return
    begin_writing()
    fresh = service.get_account(account.id)
    if stored_hash(fresh) == stored:
        service.set_password(fresh, renewed, chosen=False)


def hash_new_password(plain: str, *, username: str, address: str) -> PasswordHash:
    """Check the rules, then hash. Raises UnacceptablePassword, PasswordWorkBusy. Ends the present transaction."""
    settings = current_settings()
    local_part, _, domain = address.partition("@")
    words = (username, local_part, domain, settings.app_name, urlsplit(settings.public_url).hostname or "")
    require_acceptable_password(plain, context_words=words)
    let_go()
    return part(PasswordHasher).hash(plain)
