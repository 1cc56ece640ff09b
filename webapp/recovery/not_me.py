"""One act that takes an account back, for whoever says "this wasn't me", from whoever else is in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal

from webapp.accounts import service as accounts
from webapp.accounts.addresses import drop_claim, verified_address
from webapp.accounts.notices import NOT_ME_LIFETIME, tell_owner
from webapp.accounts.passwords import hash_new_password
from webapp.config import current_settings
from webapp.core import clock
from webapp.core.event_names import EventName
from webapp.factors.securing import remove_factors_since, void_recovery_codes
from webapp.factors.service import list_factors
from webapp.infra.audit import record_event
from webapp.infra.database import begin_writing
from webapp.infra.links import LinkUnusable, get_link, make_link, revoke_all_links, spend_link
from webapp.recovery import not_me_store as store
from webapp.recovery.fresh_password import require_other_password
from webapp.sessions import service as sessions
from webapp.sessions.causes import EndCause
from webapp.sessions.proof import require_fresh_proof
from webapp.signin.known_devices import forget_all_devices

if TYPE_CHECKING:
    from datetime import datetime

    from webapp.accounts.models import Account
    from webapp.sessions.service import Standing

Way = Literal["letter", "activity", "administrator"]
# The person is at it; whoever comes back later asks for a reset link of their own.
IN_HAND_LIFETIME: Final = timedelta(hours=1)
# A factor and the letter that tells of it are made in one act.
OF_ONE_ACT: Final = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class FactorToReview:
    """A second factor that stays: somebody else may have added it."""

    id: str
    kind: Literal["totp", "passkey"]
    name: str
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Secured:
    """How many sessions, links, known devices, recovery codes and factors are gone, and the factors left to review."""

    sessions: int
    links: int
    devices: int
    recovery_codes: int
    removed_factors: int
    factors: tuple[FactorToReview, ...]


def secure_account(
    account_id: str,
    *,
    way: Way,
    actor_id: str | None = None,
    besides_session: str | None = None,
    besides_device: str | None = None,
    suspect_since: datetime | None = None,
) -> Secured:
    """End every session, void every link, recovery code and the password, forget every known device, in this unit.

    Passkeys of before sign in alone no more. Factors added since `suspect_since` go, or those of the last seven days,
    in which the owner was told of each by letter; unless the owner is at it from within and reviews them. So does an
    address that waits beside a verified one. The last administrator stays: whoever owns the account chooses another
    password by a reset link. A deletion that an owner asked for is called off. Doing it again does no harm.
    Raises AccountNotFound.
    """
    account = accounts.hold_account(account_id)
    ended = sessions.end_all_sessions(
        account.id, EndCause.ACCOUNT_SECURED, besides=besides_session, actor_id=actor_id
    )
    # The way back to an address that somebody else replaced: it opens nothing, and its owner needs it now.
    links = revoke_all_links(account.id, besides="undo_address")
    devices = (
        forget_all_devices(account.id)
        if besides_device is None
        else store.forget_other_devices(account.id, besides_device)
    )
    store.drop_pending_sign_ins(account.id)
    moment = clock.now()
    account.secured_at = moment
    if account.password_voided_at is None:
        account.password_voided_at = moment
    codes = void_recovery_codes(account)
    since = suspect_since or moment - NOT_ME_LIFETIME
    removed = 0 if way == "activity" else remove_factors_since(account, since, actor_id=actor_id)
    # Somebody else may have given it. The only address stays: it is all there is.
    if verified_address(account) is not None:
        drop_claim(account)
    record_event(
        EventName.ACCOUNT_SECURED,
        account_id=account.id,
        actor_id=actor_id,
        session_id=besides_session,
        detail={"reason": way, "count": ended},
    )
    if account.deletion_due_at is not None and account.deletion_actor_id is None:
        account.deletion_due_at = None
        record_event(EventName.DELETION_CANCELLED, account_id=account.id, actor_id=actor_id)
    return Secured(ended, links, devices, codes, removed, list_factors_to_review(account.id))


def list_factors_to_review(account_id: str) -> tuple[FactorToReview, ...]:
    """Authenticator apps and passkeys, oldest first."""
    found = list_factors(account_id)
    apps = [
        FactorToReview(each.id, "totp", each.name, each.confirmed_at or each.created_at, each.last_used_at)
        for each in found.totp
    ]
    passkeys = [
        FactorToReview(each.id, "passkey", each.name, each.created_at, each.last_used_at)
        for each in found.passkeys
    ]
    return tuple(sorted([*apps, *passkeys], key=lambda each: (each.created_at, each.id)))


def open_letter_link(token: str) -> Account:
    """Whose account the link of a letter secures. Spends nothing, for mail scanners open links. Raises LinkUnusable."""
    return accounts.get_account(_account_of(token))


def secure_by_letter(token: str) -> str:
    """Secure the account by the link of a letter; the token of a reset link for the browser that did it.

    The link proves that somebody reads the owner's mail, as a reset link does. A second factor that was there before
    the letter is asked for as before: else whoever reads the mail could ask for a letter and be rid of any factor.
    Raises LinkUnusable, AccountNotFound.
    """
    # The account first, in the order of everybody else who voids its links.
    account = accounts.hold_account(_account_of(token))
    link = get_link("not_me", token)
    spend_link(link)
    secure_account(account.id, way="letter", suspect_since=link.created_at - OF_ONE_ACT)
    return make_link("password_reset", account.id, IN_HAND_LIFETIME, detail={"next": "/account/security"})


def secure_own_account(standing: Standing, password: str, *, device_id: str) -> Secured:
    """From within: everything but this session and this device goes, and the new password counts at once.

    Raises ProofNeeded, UnacceptablePassword, PasswordWorkBusy, SessionEnded for a session ended meanwhile.
    """
    require_fresh_proof(standing)
    account, session_id = standing.account, standing.session_id
    require_other_password(account, password)
    email = account.email.address_key if account.email else ""
    hashed = hash_new_password(password, username=account.username, address=email)
    begin_writing()
    # Of two sessions that end each other the first stays: the second learns it here.
    accounts.hold_account(account.id)
    sessions.require_standing(session_id)
    secured = secure_account(account.id, way="activity", besides_session=session_id, besides_device=device_id)
    account = accounts.get_account(account.id)
    accounts.set_password(account, hashed)
    record_event(EventName.PASSWORD_CHANGED, account_id=account.id, session_id=session_id)
    tell_owner(
        account,
        "account_secured",
        "Your account was secured",
        (
            (
                f"Somebody signed in to your account {account.username} at {current_settings().app_name} reported "
                "that a sign-in was not theirs. Every other session has ended, and a new password was chosen."
            ),
            "Recovery codes are void: make new ones. Passkeys of before no longer sign in without the password.",
        ),
    )
    return secured


def _account_of(token: str) -> str:
    link = get_link("not_me", token)
    if link.account_id is None:
        raise LinkUnusable(reason="unknown")
    return link.account_id
