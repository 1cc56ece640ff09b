"""How far the reach of those goes who look after accounts without administering them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.core.errors import Problem

if TYPE_CHECKING:
    from webapp.accounts.models import Account
    from webapp.sessions.service import Standing

ADMINISTERS = "admin:write"


class BeyondReach(Problem):
    """Whoever supports people must not come to hold the rights of those who administer."""

    code = "beyond_reach"
    status = 403
    message = "This account has rights in the administration. Only an administrator may do this to it."


def require_reach(standing: Standing, account: Account) -> None:
    """With `admin:write`, everybody; with less, only accounts without rights in the administration.

    A reset link, for one, opens the account that it is for: support must not open an administrator's. The roles held
    count, not the scopes in force: who is held back for want of a factor today administers tomorrow.
    Raises BeyondReach.
    """
    if ADMINISTERS in standing.scopes:
        return
    if any(each.scope.startswith("admin:") for role in account.roles for each in role.scopes):
        raise BeyondReach
