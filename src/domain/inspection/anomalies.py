"""The anomalies that a pre-filled sheet shows, as facts, and the words of a record that nobody has verified."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from ..deadlines import business_date
from ..directory.certificate import PermitFact
from .form import InspectionKind, Sheet

MOST_VISITS: Final = 10
"""The most enterprises that are named; the others are counted."""

_NUMBERS: Final = {
    "commitmentsUnreported": "未上报承诺{}家",
    "commitmentsLate": "逾期上报承诺{}家",
    "dueProblems": "未反馈问题{}个",
    "unfedBackProblems": "未反馈问题{}个",
    "overdueProblems": "逾期问题{}个",
    "unfedBackAlerts": "未反馈预警{}条",
}
"""Figures that are anomalies when they are above 0, in the order of the text."""
_WORDS: Final = {
    ("commitmentStatus", "未上报"): "当日承诺未上报",
    ("commitmentLate", "是"): "当日承诺逾期上报",
}
_LOOKED: Final = {InspectionKind.PATROL: "登录", InspectionKind.SPOT_CHECK: "查看"}


def permit_anomaly(permit: PermitFact, day: date) -> str | None:
    """Say what is wrong with a permit that is not valid on this day; None for a valid one."""
    if permit.valid:
        return None
    if permit.expires_on is None:
        return f"没有{permit.name}"
    state = "已过期" if permit.expires_on < day else "尚未生效"
    return f"{permit.name}{state}（有效期至{permit.expires_on}）"


def anomalies(sheet: Sheet) -> tuple[str, ...]:
    """List the anomalies of a sheet as short Chinese phrases; figures that are not connected say nothing."""
    return (*_permits(sheet), *_figures(sheet), *_visits(sheet))


def unverified_text(kind: InspectionKind, facts: Sequence[str]) -> str:
    """The conclusion of an automatic record: that nobody verified anything, and the anomalies as facts."""
    words = f"系统根据{_LOOKED[kind]}情况自动生成，未经人工核查。"
    return f"{words}系统数据显示：{'；'.join(facts)}。" if facts else words


def _permits(sheet: Sheet) -> Iterator[str]:
    # The first permit is the one that the enterprise needs; others may lapse when it stops that business.
    for permit in sheet.permits[:1]:
        if (phrase := permit_anomaly(permit, business_date(sheet.taken_at))) is not None:
            yield phrase


def _figures(sheet: Sheet) -> Iterator[str]:
    values = {figure.key: figure.value for figure in sheet.figures}
    for (key, value), phrase in _WORDS.items():
        if values.get(key) == value:
            yield phrase
    for key, phrase in _NUMBERS.items():
        number = values.get(key)
        if number is not None and number.isdecimal() and int(number) > 0:
            yield phrase.format(number)


def _visits(sheet: Sheet) -> Iterator[str]:
    seen = [visit for visit in sheet.visits if visit.seen]
    for visit in seen[:MOST_VISITS]:
        yield f"{visit.name}：{'、'.join(visit.seen)}"
    if len(seen) > MOST_VISITS:
        yield f"另有{len(seen) - MOST_VISITS}家企业有异常"
