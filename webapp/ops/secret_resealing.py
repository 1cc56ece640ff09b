"""After ENCRYPTION_KEY was replaced: everything that a former value closed, closed anew under the present one.

Maintenance does the same within the hour, but for signing keys, which a server does when it starts; this is for whoever
wants the fallback gone now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from webapp.infra.database import unit_of_work
from webapp.keys.rotation import reseal_signing_keys
from webapp.ops.maintenance import TASKS

if TYPE_CHECKING:
    from collections.abc import Iterator


def reseal_everything() -> Iterator[tuple[str, int]]:
    """Do it, and yield what was done and to how many that was, kind by kind: each is done before it is yielded.

    Whoever stops asking leaves the rest undone. Raises DatabaseAway; what was done before then stays done.
    """
    with unit_of_work():
        number = reseal_signing_keys()
    yield "Signing keys sealed anew", number
    for task in TASKS:
        if task.reseals:
            yield task.name, task.run_to_end()
