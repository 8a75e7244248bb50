"""Store settings, one per region, key and first day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, and_, bindparam, delete, or_, select
from sqlalchemy import insert as plain_insert

from ...domain.policy import Setting
from ...domain.values import PersonId, RegionId
from .tables.directory import region_closure, setting
from .transaction import Transaction

_TAKE_THE_PLACE: Final = delete(setting).where(
    or_(
        setting.c.id == bindparam("id"),
        and_(
            setting.c.region_id == bindparam("region_id"),
            setting.c.key == bindparam("key"),
            setting.c.effective_from == bindparam("effective_from"),
        ),
    )
)


_ADD_SETTING: Final = plain_insert(setting)


_SETTINGS: Final = select(setting).order_by(setting.c.region_id, setting.c.key, setting.c.effective_from)


_ON_PATH: Final = _SETTINGS.where(
    setting.c.region_id.in_(
        select(region_closure.c.ancestor).where(region_closure.c.descendant == bindparam("region"))
    )
)


class SqlSettings:
    """Settings, one per region, key and first day; a new one replaces the old one in its place."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def save(self, setting: Setting, *, at: datetime, by: PersonId | None) -> None:
        row = asdict(setting)
        place = {name: row[name] for name in ("id", "region_id", "key", "effective_from")}
        self._transaction.run(_TAKE_THE_PLACE, place)
        self._transaction.run(_ADD_SETTING, row | {"set_at": at, "set_by": by}, missing=("区域", "regionId"))

    def all(self) -> Sequence[Setting]:
        return [setting_of(row) for row in self._transaction.run(_SETTINGS)]

    def on_path(self, region: RegionId) -> Sequence[Setting]:
        return [setting_of(row) for row in self._transaction.run(_ON_PATH, {"region": region})]


def setting_of(row: Row[Any]) -> Setting:
    return Setting(row.id, row.region_id, row.key, row.value, row.effective_from)
