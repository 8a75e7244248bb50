"""Store settings, one per region, key, first day and authority; their locks and their history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, and_, bindparam, delete, or_, select
from sqlalchemy import insert as plain_insert

from ...domain.policy import Setting, SettingKey
from ...domain.signed import Signed
from ...domain.supervision import SettingChange, SettingLock
from ...domain.values import PersonId, RegionId
from .tables.directory import region_closure, setting, setting_change, setting_lock
from .transaction import Transaction

_PLACE: Final = ("region_id", "key", "effective_from", "authority")
_TAKE_THE_PLACE: Final = delete(setting).where(
    or_(
        setting.c.id == bindparam("id"),
        and_(*(setting.c[name] == bindparam(name) for name in _PLACE)),
    )
)
_ADD_SETTING: Final = plain_insert(setting)
_SETTINGS: Final = select(setting).order_by(
    setting.c.region_id, setting.c.key, setting.c.effective_from, setting.c.authority
)
_ON_PATH: Final = _SETTINGS.where(
    setting.c.region_id.in_(
        select(region_closure.c.ancestor).where(region_closure.c.descendant == bindparam("region"))
    )
)
_LOCKS: Final = select(setting_lock).order_by(setting_lock.c.region_id, setting_lock.c.key)
_ADD_LOCK: Final = plain_insert(setting_lock)
_REMOVE_LOCK: Final = delete(setting_lock).where(
    setting_lock.c.region_id == bindparam("region"), setting_lock.c.key == bindparam("of")
)
_ADD_CHANGE: Final = plain_insert(setting_change)


class SqlSettings:
    """Settings, one per place; a new one replaces the old one in its place. Locks; the history of both."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def save(self, setting: Setting, *, at: datetime, by: PersonId | None) -> None:
        row = asdict(setting)
        self._transaction.run(_TAKE_THE_PLACE, {name: row[name] for name in ("id", *_PLACE)})
        self._transaction.run(_ADD_SETTING, row | {"set_at": at, "set_by": by}, missing=("区域", "regionId"))

    def all(self) -> Sequence[Setting]:
        return [setting_of(row) for row in self._transaction.run(_SETTINGS)]

    def on_path(self, region: RegionId) -> Sequence[Setting]:
        return [setting_of(row) for row in self._transaction.run(_ON_PATH, {"region": region})]

    def locks(self) -> Sequence[SettingLock]:
        return [lock_of(row) for row in self._transaction.run(_LOCKS)]

    def lock(self, lock: SettingLock) -> None:
        self.unlock(lock.region_id, lock.key)
        row = {
            "region_id": lock.region_id,
            "key": lock.key,
            "authority": lock.authority,
            "department": lock.department,
            "locked_by": lock.locked.person_id,
            "locked_by_name": lock.locked.name,
            "locked_at": lock.locked.at,
        }
        self._transaction.run(_ADD_LOCK, row, missing=("区域", "regionId"))

    def unlock(self, region_id: RegionId, key: SettingKey) -> None:
        self._transaction.run(_REMOVE_LOCK, {"region": region_id, "of": key})

    def keep_change(self, change: SettingChange) -> None:
        row = {
            "id": change.id,
            "region_id": change.region_id,
            "key": change.key,
            "kind": change.kind,
            "authority": change.authority,
            "department": change.department,
            "changed_by": change.signed.person_id,
            "changed_by_name": change.signed.name,
            "changed_at": change.signed.at,
            "before": change.before,
            "after": change.after,
            "effective_from": change.effective_from,
        }
        self._transaction.run(_ADD_CHANGE, row, missing=("区域", "regionId"))


def setting_of(row: Row[Any]) -> Setting:
    return Setting(row.id, row.region_id, row.key, row.value, row.effective_from, row.authority)


def lock_of(row: Row[Any]) -> SettingLock:
    locked = Signed(row.locked_by, row.locked_by_name, row.locked_at)
    return SettingLock(row.region_id, row.key, row.authority, row.department, locked)


def change_of(row: Row[Any]) -> SettingChange:
    return SettingChange(
        id=row.id,
        region_id=row.region_id,
        key=row.key,
        kind=row.kind,
        authority=row.authority,
        department=row.department,
        signed=Signed(row.changed_by, row.changed_by_name, row.changed_at),
        before=row.before,
        after=row.after,
        effective_from=row.effective_from,
    )
