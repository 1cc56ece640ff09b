"""What does a step of each kind of job. A feature that queues jobs has its own here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from webapp.admin import account_import, bulk_job

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from webapp.infra.jobs import Claim

STEPS: Final[Mapping[str, Callable[[Claim], bool]]] = {
    bulk_job.KIND: bulk_job.do_step,
    account_import.KIND: account_import.do_step,
}
