"""What may happen to the second factors of an account, and what follows: sessions, recovery codes, letters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from webapp.accounts import service as accounts
from webapp.accounts.models import lacks_required_factor
from webapp.config import current_settings
from webapp.core import clock
from webapp.core.event_names import EventName
from webapp.core.limit import Limit
from webapp.core.parts import part
from webapp.factors import mails, recovery_codes, store
from webapp.factors.errors import FactorNotFound, LastRequiredFactor, NoSecondFactor
from webapp.factors.models import Passkey, TotpFactor
from webapp.factors.watch import FactorWatch
from webapp.factors.words import require_name
from webapp.infra.audit import record_event
from webapp.infra.throttle import Throttle
from webapp.sessions import service as sessions
from webapp.sessions.causes import EndCause
from webapp.sessions.proof import require_fresh_proof

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from webapp.accounts.models import Account
    from webapp.sessions.service import Standing

# More than anybody needs in a day.
MOST_CHANGES: Final = Limit(20, 86_400)
Method = Literal["passkey", "totp", "recovery_code"]
_METHODS: tuple[Method, ...] = ("passkey", "totp", "recovery_code")
_ADDED = {"totp": EventName.TOTP_ENROLLED, "passkey": EventName.PASSKEY_ADDED}
_REMOVED = {"totp": EventName.TOTP_REMOVED, "passkey": EventName.PASSKEY_REMOVED}
_WORDS = {"totp": "authenticator app", "passkey": "passkey"}


@dataclass(frozen=True, slots=True)
class Factors:
    """Everything an account has beside its password. `codes_made_at` is None when there are no recovery codes."""

    totp: Sequence[TotpFactor]
    passkeys: Sequence[Passkey]
    codes_left: int
    codes_made_at: datetime | None

    @property
    def names(self) -> set[str]:
        """How the factors are called now."""
        return {each.name for each in self.totp} | {each.name for each in self.passkeys}


def methods_of(account_id: str) -> tuple[Method, ...]:
    """By what a second step can be taken, the best first; empty when the account has no second factor."""
    found = store.has_methods(account_id)
    # Codes go with the last factor; were one left behind all the same, it must not be the only thing asked for.
    if not any(found[:2]):
        return ()
    return tuple(method for method, has in zip(_METHODS, found, strict=True) if has)


def list_factors(account_id: str) -> Factors:
    """The confirmed factors of an account, oldest first."""
    left, made_at = store.count_codes(account_id)
    return Factors(store.list_apps(account_id), store.list_passkeys(account_id), left, made_at)


def is_required_of(account: Account) -> bool:
    """Whether a role held asks for a second factor, there or not."""
    required_for = current_settings().require_mfa_for
    return lacks_required_factor(account.role_names, has_second_factor=False, required_for=required_for)


def hold_for_change(standing: Standing) -> Account:
    """The account as it is now, held until the unit ends, so that two changes follow each other.

    Raises ProofNeeded, and SessionEnded when the session was ended meanwhile.
    """
    sessions.hold_session(standing)
    fresh = sessions.require_standing(standing.session_id)
    require_fresh_proof(fresh)
    return fresh.account


def factor_added(
    account: Account, kind: Literal["totp", "passkey"], name: str, *, session_id: str
) -> tuple[str, ...] | None:
    """Follow up a factor that has just been stored or confirmed, on an account held by `hold_for_change`.

    The first one ends every other session, which was begun without it, and brings ten recovery codes: they are
    returned, to be shown once. None for a further one.
    """
    record_event(_ADDED[kind], account_id=account.id, session_id=session_id, detail={"name": name})
    part(FactorWatch).changed(account.id)
    is_first = account.second_factor_since is None
    mails.tell_added(account, _WORDS[kind], name, is_first=is_first)
    if not is_first:
        return None
    account.second_factor_since = clock.now()
    account.factor_failures_in_a_row = 0
    sessions.end_all_sessions(account.id, EndCause.FACTOR_CHANGED, besides=session_id)
    return _make_codes(account, session_id)


def factor_removed(
    account: Account,
    kind: Literal["totp", "passkey"],
    name: str,
    *,
    session_id: str | None,
    actor_id: str | None = None,
) -> None:
    """Follow up a factor that has just been deleted: by its owner, or by the administrator `actor_id`.

    Every session ends but `session_id`; with the last factor the codes go.
    """
    record_event(
        _REMOVED[kind],
        account_id=account.id,
        actor_id=actor_id or account.id,
        session_id=session_id if actor_id is None else None,
        detail={"name": name},
    )
    part(FactorWatch).changed(account.id)
    was_last = not methods_of(account.id)
    if was_last:
        account.second_factor_since = None
        account.factor_failures_in_a_row = 0
        store.delete_all(account.id)
    sessions.end_all_sessions(account.id, EndCause.FACTOR_CHANGED, besides=session_id, actor_id=actor_id)
    by_others = actor_id not in {None, account.id}
    mails.tell_removed(account, _WORDS[kind], name, was_last=was_last, by_others=by_others)


def remove_factor(standing: Standing, factor_id: str) -> str:
    """Take one away; its name. Raises ProofNeeded, FactorNotFound, also for somebody else's, LastRequiredFactor."""
    return _remove(hold_for_change(standing), factor_id, besides=standing.session_id, actor_id=None)


def remove_factor_of(account_id: str, factor_id: str, *, actor_id: str, besides: str | None = None) -> str:
    """Take one away for somebody who has lost it; its name. Every session of theirs ends but `besides`.

    Raises FactorNotFound, LastRequiredFactor.
    """
    return _remove(accounts.hold_account(account_id), factor_id, besides=besides, actor_id=actor_id)


def _remove(account: Account, factor_id: str, *, besides: str | None, actor_id: str | None) -> str:
    found = get_factor(account.id, factor_id)
    kind: Literal["totp", "passkey"] = "passkey" if isinstance(found, Passkey) else "totp"
    name = found.name
    there = list_factors(account.id)
    if len(there.totp) + len(there.passkeys) == 1:
        _require_another_with_factor(account)
    store.delete_factor(account.id, factor_id)
    factor_removed(account, kind, name, session_id=besides, actor_id=actor_id)
    return name


def rename_factor(standing: Standing, factor_id: str, name: str) -> TotpFactor | Passkey:
    """Give it another name. Raises ProofNeeded, InvalidInput, FactorNotFound.

    Names are what the owner tells factors apart by when one is to go: a stolen session must not exchange them.
    """
    account = hold_for_change(standing)
    wanted = require_name(name)
    found = get_factor(account.id, factor_id)
    before, found.name = found.name, wanted
    if before != wanted:
        detail = {"before": before, "after": wanted}
        record_event(
            EventName.FACTOR_RENAMED, account_id=account.id, session_id=standing.session_id, detail=detail
        )
    return found


def replace_recovery_codes(standing: Standing) -> tuple[str, ...]:
    """Ten new codes; the earlier ones are void. Raises ProofNeeded, NoSecondFactor, TooManyAttempts."""
    account = hold_for_change(standing)
    if account.second_factor_since is None:
        raise NoSecondFactor
    # Each set is told by mail: nobody must be able to fill the owner's mailbox.
    part(Throttle).count("recovery-codes-made", account.id, MOST_CHANGES)
    codes = _make_codes(account, standing.session_id)
    mails.tell_codes_made(account)
    return codes


def reset_factors(account_id: str, actor_id: str | None, *, besides: str | None = None) -> int:
    """Take every factor away, for somebody who has lost them; how many there were. Every session ends but `besides`.

    The password stays: it lets the owner in, to set a factor up again. Raises LastRequiredFactor.
    """
    account = accounts.hold_account(account_id)
    found = list_factors(account_id)
    if found.names:
        _require_another_with_factor(account)
    store.delete_all(account_id)
    account.second_factor_since = None
    account.factor_failures_in_a_row = 0
    sessions.end_all_sessions(account_id, EndCause.FACTOR_CHANGED, besides=besides, actor_id=actor_id)
    part(FactorWatch).changed(account_id)
    number = len(found.totp) + len(found.passkeys)
    record_event(EventName.FACTORS_RESET, account_id=account_id, actor_id=actor_id, detail={"count": number})
    mails.tell_reset(account)
    return number


def get_factor(account_id: str, factor_id: str) -> TotpFactor | Passkey:
    """A confirmed factor of this account. Raises FactorNotFound, also for somebody else's."""
    app = store.find_app(account_id, factor_id)
    found = (
        app if app is not None and app.confirmed_at is not None else store.find_passkey(account_id, factor_id)
    )
    if found is None:
        raise FactorNotFound
    return found


def _require_another_with_factor(account: Account) -> None:
    """Raises LastRequiredFactor where a held account, without its factors, would leave all administrators held back."""
    is_asked = accounts.ADMINISTRATOR in account.role_names and is_required_of(account)
    if is_asked and not accounts.has_other_administrator_with_factor(account):
        raise LastRequiredFactor


def _make_codes(account: Account, session_id: str) -> tuple[str, ...]:
    codes = recovery_codes.make_codes(account.id)
    record_event(EventName.RECOVERY_CODES_MADE, account_id=account.id, session_id=session_id)
    return codes
