"""After ENCRYPTION_KEY was replaced: what a former value sealed is sealed anew, so that the fallback can go."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import func, inspect, select, tuple_, update

from webapp.core.parts import part
from webapp.infra.database import Base, begin_writing, db
from webapp.infra.sealing import SealBroken, Sealer

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import InstrumentedAttribute

Row = TypeVar("Row", bound=Base)


def reseal_column(
    model: type[Row],
    column: InstrumentedAttribute[Any],
    context_of: Callable[[Row], str],
    most: int,
) -> int:
    """Seal so many values of this column anew, in a unit that so far has only read; how many were, 0 when all are.

    What no key opens, and what was moved from another row, is left as it is and keeps no other from its turn. A value
    that was replaced meanwhile stays.
    """
    sealer = part(Sealer)
    if not sealer.former_marks:
        return 0
    keys = inspect(model).primary_key
    is_former = func.substr(column, 1, len(sealer.mark)).in_(sealer.former_marks)
    query = select(model).where(is_former).order_by(*keys).limit(most)
    rows = db.session.scalars(query.execution_options(populate_existing=True)).all()
    while rows:
        if changed := sum(_reseal(sealer, row, column, context_of(row)) for row in rows):
            return changed
        beyond = query.where(tuple_(*keys) > inspect(rows[-1]).identity)
        rows = db.session.scalars(beyond.execution_options(populate_existing=True)).all()
    return 0


def _reseal(sealer: Sealer, row: Base, column: InstrumentedAttribute[Any], context: str) -> int:
    before = getattr(row, column.key)
    with suppress(SealBroken):
        after = sealer.seal(sealer.unseal(before, context), context)
        begin_writing()
        model, identity = type(row), inspect(row).identity
        is_this = tuple_(*inspect(model).primary_key) == identity
        swapped: Any = db.session.execute(
            update(model)
            .where(is_this, column == before)
            .values({column: after})
            .execution_options(synchronize_session=False)
        )
        return int(swapped.rowcount)
    return 0
