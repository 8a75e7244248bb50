"""The shutdown periods of the demo's past: they are over before the demo begins, and say why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time, timedelta
from random import Random
from typing import Final

from ....domain.deadlines import instant
from ....domain.directory.enterprise import EnterpriseKind, StopReason
from ....domain.directory.shutdown import PeriodSigned, ShutdownPeriod, shutdown_period_id
from ....domain.values import EnterpriseId, RegionId
from .cast import Cast, Office, signed

_REGISTERED: Final = time(16, 20)
_HOT_MONTHS: Final = range(6, 10)
_ONE_OF: Final = 9
"""One enterprise in so many has had a period of its own."""
_REGIONAL: Final = (RegionId("610528"), RegionId("610424"), RegionId("610723"))
"""The counties whose producers stood still for some days."""
_LAST_BEFORE: Final = 3
"""So many days before the demo, every period of the past is over."""


def past_periods(seed: int, cast: Cast, first_day: date, last_day: date) -> Iterator[ShutdownPeriod]:
    """Periods within [first_day, last_day], each registered by the department of its region the day before."""
    span = (last_day - first_day).days - _LAST_BEFORE
    if span < 1:
        return
    for number, region in enumerate(_REGIONAL):
        dice = Random(f"{seed}|past stop|{region}")
        start = first_day + timedelta(days=min(span, 4 + round(span * number / 3)))
        end = min(start + timedelta(days=dice.randint(3, 6)), last_day - timedelta(days=_LAST_BEFORE))
        reason = _reason(dice, start)
        note = f"全县烟花爆竹生产企业{_NOTES[reason]}"
        yield _period(None, region, start, end, reason, note, cast.office(region))
    for place, enterprise in enumerate(cast.enterprises):
        if place % _ONE_OF != 4:
            continue
        dice = Random(f"{seed}|past stop|{place}")
        start = first_day + timedelta(days=dice.randint(0, span))
        end = min(start + timedelta(days=dice.randint(1, 9)), last_day - timedelta(days=_LAST_BEFORE))
        office = cast.office(enterprise.region_id)
        yield _period(enterprise.id, None, start, max(start, end), _reason(dice, start), "", office)


_NOTES: Final = {
    StopReason.HIGH_TEMPERATURE: "高温停产",
    StopReason.HOLIDAY: "节假日停产",
    StopReason.SEVERE_WEATHER: "恶劣天气停产",
    StopReason.RECTIFICATION: "停产整改",
    StopReason.OWN_DECISION: "停产检修",
}


def _reason(dice: Random, day: date) -> StopReason:
    if day.month in _HOT_MONTHS:
        return StopReason.HIGH_TEMPERATURE
    if (day.month, day.day) in _AROUND_HOLIDAYS:
        return StopReason.HOLIDAY
    return dice.choice((StopReason.RECTIFICATION, StopReason.SEVERE_WEATHER, StopReason.OWN_DECISION))


_AROUND_HOLIDAYS: Final = frozenset({*((10, day) for day in range(1, 8)), (1, 1), (5, 1), (5, 2), (5, 3)})


def _period(
    enterprise: EnterpriseId | None,
    region: RegionId | None,
    first_day: date,
    last_day: date,
    reason: StopReason,
    note: str,
    office: Office,
) -> ShutdownPeriod:
    target = enterprise or region
    assert target is not None, "a period is about an enterprise or a region"
    kind = EnterpriseKind.PRODUCTION if region is not None else None
    registered = signed(office.inspector, instant(first_day - timedelta(days=1), _REGISTERED))
    return ShutdownPeriod.parse(
        id=shutdown_period_id(target, first_day, last_day, kind),
        enterprise_id=enterprise,
        region_id=region,
        kind=kind,
        first_day=first_day,
        last_day=last_day,
        reason=reason,
        note=note,
        registered=PeriodSigned(registered, office.department.name),
    )
