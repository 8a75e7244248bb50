"""What a report by a person means for the enterprise's own shutdown periods: declare, end, withdraw."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from ..deadlines import business_date
from ..directory.shutdown import (
    PeriodSigned,
    PeriodSource,
    ShutdownPeriod,
    StopAnnulled,
    declared_period_id,
)
from .commitment import Commitment
from .report import Report

ONE_DAY = timedelta(days=1)


def concerns_stops(report: Report) -> bool:
    """Whether the report can declare or end a stop: a period covers its day, or it states a resumption."""
    return report.facts.shutdown is not None or _resumption(report) is not None


def periods_after(commitment: Commitment, periods: Sequence[ShutdownPeriod]) -> tuple[ShutdownPeriod, ...]:
    """The shutdown periods that the current report by a person adds or changes.

    `periods` apply to the enterprise and end on the business date or later, cancelled ones included.
    A report of today ends what the enterprise declared before. If it states a resumption, it declares the
    days from today to the day before. It declares nothing if a department's period covers them all.
    A correction of an earlier day can shorten a declared stop, from today on; it never lengthens one.
    Raises StopAnnulled.
    """
    report = commitment.report
    assert report is not None, "only a report can declare or end a stop"
    day, today = commitment.business_date, business_date(report.signed.at)
    own = [period for period in periods if period.declared and period.covers(day)]
    if day < today:
        resumption = _resumption(report)
        last_day = day if resumption is None else resumption - ONE_DAY
        return tuple(
            period.end(max(last_day, today - ONE_DAY))
            for period in own
            if period.last_day > max(last_day, today - ONE_DAY)
        )
    declared = _declared(commitment, report)
    if declared is not None and any(_covers_all(period, declared) for period in periods):
        declared = None
    if declared is not None:
        _check_not_annulled(declared, periods)
    changed: list[ShutdownPeriod] = []
    for period in own:
        if period.first_day < day:
            changed.append(period.end(day - ONE_DAY))
        elif declared is not None and _alike(period, declared):
            declared = None
        else:
            changed.append(period.withdraw(report.signed))
    return (*changed, declared) if declared is not None else tuple(changed)


def _resumption(report: Report) -> date | None:
    stoppage = report.form.stoppage
    return None if stoppage is None else stoppage.expected_resumption


def _declared(commitment: Commitment, report: Report) -> ShutdownPeriod | None:
    stoppage, resumption = report.form.stoppage, _resumption(report)
    if stoppage is None or resumption is None:
        return None
    return ShutdownPeriod.parse(
        id=declared_period_id(commitment.enterprise_id, commitment.business_date, report.revision),
        enterprise_id=commitment.enterprise_id,
        region_id=None,
        first_day=commitment.business_date,
        last_day=resumption - ONE_DAY,
        reason=stoppage.reason,
        note=stoppage.note,
        source=PeriodSource.ENTERPRISE,
        registered=PeriodSigned(report.signed),
    )


def _covers_all(period: ShutdownPeriod, declared: ShutdownPeriod) -> bool:
    """Whether a department's period covers every day of the declared one."""
    return not period.declared and period.covers(declared.first_day) and period.covers(declared.last_day)


def _alike(period: ShutdownPeriod, declared: ShutdownPeriod) -> bool:
    return (period.last_day, period.reason, period.note) == (
        declared.last_day,
        declared.reason,
        declared.note,
    )


def _check_not_annulled(declared: ShutdownPeriod, periods: Sequence[ShutdownPeriod]) -> None:
    for period in periods:
        if (
            period.annulled
            and period.first_day <= declared.last_day
            and period.last_day >= declared.first_day
        ):
            assert period.cancellation is not None, "what is annulled has a cancellation"
            raise StopAnnulled(
                f"贵企业申报的停产期（{period.first_day}至{period.last_day}）已被"
                f"{period.cancellation.by.department}取消，原因：{period.cancellation.reason}。"
                f"{period.last_day}及以前不能再自行申报停产期，请不填预计复产日期，每日上报。",
                field="stoppage.expectedResumption",
            )
