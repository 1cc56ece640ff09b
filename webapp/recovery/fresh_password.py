"""After an account was secured, the password of before is taken for known to somebody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.accounts.password_errors import UnacceptablePassword
from webapp.accounts.passwords import check_password, stored_hash

if TYPE_CHECKING:
    from webapp.accounts.models import Account


def require_other_password(account: Account, plain: str) -> None:
    """Raises UnacceptablePassword for the password the account has now, PasswordWorkBusy. Ends the transaction.

    Whoever asks proved by a link or a session that the account is theirs, so the answer tells no stranger anything.
    """
    stored = stored_hash(account)
    if stored is None:
        return
    if check_password(plain, stored, whose=account.username_key, known_device=True).matches:
        raise UnacceptablePassword.because("Choose another one than before: somebody else may know that one.")
