"""Importing shutdown periods of enterprises and regions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ....domain.deadlines import business_date
from ....domain.directory.enterprise import EnterpriseKind, StopReason
from ....domain.directory.shutdown import ShutdownPeriod
from ....domain.values import EnterpriseId, RegionId
from ..shutdowns import SaveShutdownPeriod, free_period_id, signed_by
from .columns import CREDIT_CODE, SHUTDOWN_SHEET
from .lookups import Change, Lookups, fate_of
from .rows import Once, Reading, Rows


def check_shutdown_periods(rows: Rows, lookups: Lookups) -> Iterator[Change]:
    changes: list[Change] = []
    known = Once()
    for reading in rows.of(SHUTDOWN_SHEET):
        change = _change(reading, lookups, known)
        if change is not None and not reading.errors:
            changes.append(change)
    return iter(changes)


def _target(
    reading: Reading, lookups: Lookups, kind: EnterpriseKind | None
) -> tuple[EnterpriseId | None, RegionId | None] | None:
    code, region_code = reading.text(CREDIT_CODE), reading.text("区域代码")
    if bool(code) == bool(region_code):
        reading.refuse(CREDIT_CODE, "统一社会信用代码和区域代码应填且只填一个。")
        return None
    if code:
        if kind is not None:
            reading.refuse("适用企业类型", "适用企业类型仅用于区域停产。")
        enterprise = lookups.enterprise(reading, CREDIT_CODE, code)
        return None if enterprise is None else (enterprise.id, None)
    region = lookups.region(reading, "区域代码", region_code)
    return None if region is None else (None, region.id)


def _before(reading: Reading, lookups: Lookups, new: SaveShutdownPeriod) -> ShutdownPeriod | None:
    """The registered period with the same target, days and kind.

    An empty kind means the period for every kind or else, as everywhere in an import, what is there.
    """
    alike = lookups.work.shutdown_periods.registered(
        new.enterprise_id, new.region_id, new.first_day, new.last_day
    )
    known = next((period for period in alike if period.kind is new.kind), None)
    if known is None and new.kind is None and len(alike) == 1:
        return alike[0]
    return known


def _change(reading: Reading, lookups: Lookups, known: Once) -> Change | None:
    kind = reading.choice("适用企业类型", EnterpriseKind)
    first, last = reading.day("开始日期"), reading.day("结束日期")
    reason, note = reading.choice("停产原因", StopReason), reading.text("说明")
    target = _target(reading, lookups, kind)
    if target is None or first is None or last is None or reason is None or reading.errors:
        return None
    new = SaveShutdownPeriod(None, *target, kind, first, last, reason, note)
    if not known.passes(reading, (target, kind, first, last), "开始日期"):
        return None
    before = _before(reading, lookups, new)
    if before is not None and before.cancelled:
        reading.refuse("开始日期", "该停产期已被取消，不能再导入。")
        return None
    after = reading.parse(lambda: _after(lookups, new, before))
    if after is None:
        return None
    fate = fate_of(before, after)
    if fate != "UNCHANGED" and last < business_date(lookups.now):
        reading.refuse("结束日期", f"停产期不能在今日之前结束，现为{last}。")
        return None
    signed = replace(after, registered=signed_by(lookups.work, lookups.actor, lookups.now))
    return Change(
        what="ShutdownPeriod",
        subject=after.id,
        summary=f"{after.first_day}..{after.last_day} {after.reason.value}",
        fate=fate,
        save=lambda: lookups.work.shutdown_periods.save(signed),
    )


def _after(lookups: Lookups, new: SaveShutdownPeriod, before: ShutdownPeriod | None) -> ShutdownPeriod:
    return ShutdownPeriod.parse(
        id=free_period_id(lookups.work, new) if before is None else before.id,
        enterprise_id=new.enterprise_id,
        region_id=new.region_id,
        kind=new.kind if before is None else before.kind,
        first_day=new.first_day,
        last_day=new.last_day,
        reason=new.reason,
        note=new.note or ("" if before is None else before.note),
        registered=None if before is None else before.registered,
    )
