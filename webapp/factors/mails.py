"""What the owner of an account reads about their second factors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.accounts.notices import tell_owner
from webapp.config import current_settings
from webapp.core import clock

if TYPE_CHECKING:
    from webapp.accounts.models import Account


def tell_added(account: Account, what: str, name: str, *, is_first: bool) -> None:
    """`what` is "authenticator app" or "passkey"."""
    article = "An" if what[0] in "aeiou" else "A"
    more = "From now on signing in asks for it. Other devices were signed out." if is_first else ""
    tell_owner(
        account,
        "factor_added",
        f"{article} {what} was added to your account",
        _said(f"{article} {what}, “{name}”, was added to {_of(account)}.", more),
    )


def tell_removed(account: Account, what: str, name: str, *, was_last: bool, by_others: bool = False) -> None:
    """As above; with the last one the recovery codes are gone too. `by_others`: an administrator did it."""
    article = "An" if what[0] in "aeiou" else "A"
    more = (
        "Your password alone signs you in now, and your recovery codes no longer work."
        if was_last
        else "Your other second factors work as before."
    )
    tell_owner(
        account,
        "factor_removed",
        f"{article} {what} was removed from your account",
        _said(
            f"The {what} “{name}” was removed from {_of(account)}{' by an administrator' if by_others else ''}.",
            "You were signed out everywhere." if by_others else "Other devices were signed out.",
            more,
        ),
    )


def tell_reset(account: Account) -> None:
    """An administrator took every factor away."""
    tell_owner(
        account,
        "factors_reset",
        "The second factors of your account were removed",
        _said(
            f"An administrator removed every authenticator app, passkey and recovery code of {_of(account)}.",
            "You were signed out everywhere. Sign in with your password, and set a second factor up again.",
        ),
    )


def tell_codes_made(account: Account) -> None:
    """New ones; the old ones are void."""
    tell_owner(
        account,
        "recovery_codes_made",
        "New recovery codes were made for your account",
        _said(f"New recovery codes were made for {_of(account)}.", "The earlier ones no longer work."),
    )


def tell_code_used(account: Account, left: int) -> None:
    """A way in that is meant for emergencies was used."""
    remaining = {0: "None is left.", 1: "One is left."}.get(left, f"{left} are left.")
    tell_owner(
        account,
        "recovery_code_used",
        "A recovery code of your account was used",
        _said(
            f"A recovery code was used for {_of(account)}. {remaining}",
            "You can make new ones under Security in your account." if left < 4 else "",
        ),
    )


def tell_wrong_codes(account: Account) -> None:
    """Somebody got as far as the second step, and no further; one letter a day."""
    tell_owner(
        account,
        "wrong_codes",
        "Somebody knows your password: wrong codes were entered",
        _said(
            f"Somebody gave the right password of {_of(account)}, and then wrong codes.",
            "The codes let nobody in. If that was not you, change your password, and everywhere else that you use it.",
        ),
        once=f"wrong_codes {account.id} {clock.now():%Y-%m-%d}",
    )


def _of(account: Account) -> str:
    return f"your account {account.username} at {current_settings().app_name}"


def _said(*paragraphs: str) -> tuple[str, ...]:
    return tuple(each for each in paragraphs if each)
