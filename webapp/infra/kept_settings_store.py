"""Every query about settings that administrators changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, select, update

from webapp.config.changeable import CHANGEABLE
from webapp.infra.database import db, insert_unless_there
from webapp.infra.models import KeptSetting

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

# All in one row, each null where the environment's value stands.
KEPT: Final = select(
    *(
        select(KeptSetting.value).where(KeptSetting.name == name).scalar_subquery().label(name)
        for name in CHANGEABLE
    )
)


def list_kept() -> Sequence[KeptSetting]:
    """Every setting that was changed, as the database holds it now."""
    return db.session.scalars(select(KeptSetting).execution_options(populate_existing=True)).all()


def add_kept(name: str, value: str, moment: datetime, actor_id: str | None) -> bool:
    """Keep a value; False when there is one already."""
    return insert_unless_there(
        KeptSetting, name=name, value=value, version=1, changed_at=moment, changed_by=actor_id
    )


def change_kept(name: str, value: str, moment: datetime, actor_id: str | None, *, version: int) -> bool:
    """Keep another value in place of that version; False when it is no longer there."""
    changed = db.session.execute(
        update(KeptSetting)
        .where(KeptSetting.name == name, KeptSetting.version == version)
        .values(value=value, version=version + 1, changed_at=moment, changed_by=actor_id)
        .execution_options(synchronize_session=False)
    )
    return bool(changed.rowcount == 1)  # type: ignore[attr-defined]


def drop_kept(name: str, *, version: int) -> bool:
    """Keep no value any more; False when that version is no longer there."""
    dropped = db.session.execute(
        delete(KeptSetting)
        .where(KeptSetting.name == name, KeptSetting.version == version)
        .execution_options(synchronize_session=False)
    )
    return bool(dropped.rowcount == 1)  # type: ignore[attr-defined]
