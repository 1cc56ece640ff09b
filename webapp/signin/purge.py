"""What nobody comes back to is forgotten: sign-ins that were not finished, devices unseen for a year.

Each function does one small batch in the present unit, oldest first; whoever calls goes on until nothing is found.
"""

from __future__ import annotations

from webapp.core import clock
from webapp.signin import device_store, pending_store
from webapp.signin.known_devices import UNSEEN_LIFETIME


def forget_pending_sign_ins(most: int) -> int:
    """Delete so many sign-ins that nobody can finish any more; how many were."""
    return pending_store.forget_expired(clock.now(), most)


def forget_unseen_devices(most: int) -> int:
    """Forget so many devices that have not signed in for a year, and whose cookies are gone; how many were."""
    return device_store.forget_unseen(clock.now() - UNSEEN_LIFETIME, most)
