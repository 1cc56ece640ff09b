"""After ENCRYPTION_KEY was replaced: everything that a former value closed, closed anew under the present one.

Maintenance does the same within the hour, but for signing keys, which a server does when it starts; this is for whoever
wants the fallback gone now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.infra.database import unit_of_work
from webapp.keys.rotation import reseal_keys
from webapp.ops.maintenance import TASKS

if TYPE_CHECKING:
    from collections.abc import Iterator


def reseal_everything() -> Iterator[tuple[str, int]]:
    """What was done and to how many that was, as it is done in units of their own. Raises DatabaseAway."""
    with unit_of_work():
        number = reseal_keys()
    yield "Signing keys sealed anew", number
    for task in TASKS:
        if task.reseals:
            yield task.name, task.run_to_end()
