"""Written reports with plausible figures, for the document and for storage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Final

from yanbao.domain.alert.form import ALERT_KIND_NAMES, ALERT_LEVEL_NAMES
from yanbao.domain.deadlines import day_end, day_start, instant
from yanbao.domain.report.figures import (
    AlertFigures,
    AlertSection,
    CommitmentFigures,
    DailyReportFigures,
    FeedbackFigures,
    InspectionFigures,
    InspectionSection,
    LateEnterprise,
    MonthlyReportFigures,
    OverdueAlert,
    OverdueProblem,
    ReportFigures,
    SilentDays,
    SilentEnterprise,
    WeeklyReportFigures,
    percent,
)
from yanbao.domain.report.report import RegionReport, ReportFile, ReportKind, report_id
from yanbao.domain.values import RegionId

from .builders import PROVINCE, a_department_tree

DAY: Final = date(2026, 11, 24)
FRIDAY: Final = date(2026, 11, 27)
AT: Final = instant(DAY, time(12, 30))
CITIES: Final = (
    *("西安市", "铜川市", "宝鸡市", "咸阳市", "渭南市", "延安市"),
    *("汉中市", "榆林市", "安康市", "商洛市", "杨凌示范区", "西咸新区"),
)
PROVINCE_OFFICE: Final = a_department_tree()[0]


def a_line(
    name: str, expected: int, *, silent: int = 0, late: int = 0, place: int | None = None
) -> CommitmentFigures:
    """So many enterprises of which so many are silent and late; a third of the others stands still."""
    reported = expected - silent
    stopped = reported // 3
    return CommitmentFigures(
        name=name,
        expected=expected,
        reported=reported,
        in_production=reported - stopped,
        stopped=stopped,
        unreported=silent,
        on_time=reported - late,
        late=late,
        automatic=stopped // 2,
        rate=percent(reported, expected),
        on_time_rate=percent(reported - late, expected),
        place=place,
    )


def lines(names: Sequence[str] = CITIES) -> tuple[CommitmentFigures, ...]:
    """One line for each name, the later the worse."""
    return tuple(a_line(name, 30 + 7 * n, silent=n, late=n // 2, place=n + 1) for n, name in enumerate(names))


def whole(parts: Sequence[CommitmentFigures], name: str = "陕西省") -> CommitmentFigures:
    expected, silent, late = (
        sum(getattr(part, of) for part in parts) for of in ("expected", "unreported", "late")
    )
    stopped, automatic = (sum(getattr(part, of) for part in parts) for of in ("stopped", "automatic"))
    line = a_line(name, expected, silent=silent, late=late)
    return replace(line, stopped=stopped, in_production=line.reported - stopped, automatic=automatic)


def daily() -> DailyReportFigures:
    parts = lines()
    total = whole(parts)
    due = instant(DAY, time(10, 0))
    return DailyReportFigures(
        day=DAY,
        as_of=AT,
        whole=total,
        kinds=(
            a_line("生产企业", total.expected // 4, silent=4, late=6),
            a_line(
                "批发企业",
                total.expected - total.expected // 4,
                silent=total.unreported - 4,
                late=total.late - 6,
            ),
        ),
        parts=parts,
        silent=tuple(
            SilentEnterprise(n, f"{CITIES[n % 12]}长安烟花爆竹有限责任公司", CITIES[n % 12], "批发企业", due)
            for n in range(1, total.unreported + 1)
        ),
        late=tuple(
            LateEnterprise(
                n,
                f"{CITIES[n % 12]}东风出口花炮厂",
                CITIES[n % 12],
                due,
                due + timedelta(minutes=97 - 3 * n),
                97 - 3 * n,
            )
            for n in range(1, total.late + 1)
        ),
    )


def inspected(name: str, number: int) -> InspectionFigures:
    return InspectionFigures(
        name=name,
        inspected=number,
        automatic=number // 3,
        with_problems=number // 2,
        rectified_on_site=number // 4,
        issued=number,
        withdrawn=0,
        fed_back=number // 2,
        unfed_back=number - number // 2,
        overdue=number // 5,
    )


def a_section(since: datetime, until: datetime) -> InspectionSection:
    patrols = tuple(inspected(name, 3 + n) for n, name in enumerate(CITIES))
    spot_checks = tuple(inspected(name, 20 - n) for n, name in enumerate(CITIES))
    feedback = tuple(
        FeedbackFigures(
            one.name,
            one.issued + other.issued,
            one.fed_back + other.fed_back,
            one.unfed_back + other.unfed_back,
            one.overdue + other.overdue,
            percent(one.fed_back + other.fed_back, one.issued + other.issued),
            place,
        )
        for place, (one, other) in enumerate(zip(patrols, spot_checks, strict=True), start=1)
    )
    issued, fed_back, unfed_back, overdue = (
        sum(getattr(line, name) for line in feedback)
        for name in ("issued", "fed_back", "unfed_back", "overdue")
    )
    return InspectionSection(
        since=since,
        until=until,
        patrols=_sum(patrols),
        patrol_parts=patrols,
        spot_checks=_sum(spot_checks),
        spot_check_parts=spot_checks,
        feedback=FeedbackFigures(
            "陕西省", issued, fed_back, unfed_back, overdue, percent(fed_back, fed_back + unfed_back)
        ),
        feedback_parts=feedback,
        overdue_count=overdue,
        overdue=tuple(
            OverdueProblem(
                n,
                f"{CITIES[n % 12]}长安烟花爆竹有限责任公司",
                CITIES[n % 12],
                "未承诺或承诺不实",
                "重大" if n % 3 == 0 else "一般",
                "抽查时在产工房3号实际作业9人，当日承诺填报6人，与现场情况不符。",
                DAY - timedelta(days=n),
            )
            for n in range(1, overdue + 1)
        ),
    )


def _sum(parts: Sequence[InspectionFigures]) -> InspectionFigures:
    counts = {
        name: sum(getattr(part, name) for part in parts)
        for name in InspectionFigures.__dataclass_fields__
        if name != "name"
    }
    return InspectionFigures(name="陕西省", **counts)


def weekly() -> WeeklyReportFigures:
    until = instant(FRIDAY, time(14, 0))
    return WeeklyReportFigures(FRIDAY, a_section(until - timedelta(days=7), until))


def monthly() -> MonthlyReportFigures:
    first, last = date(2026, 11, 1), date(2026, 11, 30)
    parts = lines()
    return MonthlyReportFigures(
        first_day=first,
        last_day=last,
        days=30,
        whole=whole(parts),
        kinds=(a_line("生产企业", 200, silent=30), a_line("批发企业", 622, silent=36)),
        parts=parts,
        silent_count=3,
        silent=tuple(SilentDays(n, f"渭南市第{n}花炮厂", "渭南市", "生产企业", 9 - n) for n in (1, 2, 3)),
        inspections=a_section(day_start(first), day_end(last)),
        alerts=alerts(day_start(first), day_end(last)),
    )


def alerted(name: str, opened: int, place: int | None = None) -> AlertFigures:
    """Half of so many are fed back, half of these closed; a fifth has ended, a tenth is overdue."""
    ended, fed_back = opened // 5, opened // 2
    closed, unfed_back = fed_back // 2, opened - ended - fed_back
    return AlertFigures(
        name=name,
        opened=opened,
        fed_back=fed_back,
        closed=closed,
        ended=ended,
        still_open=opened - closed - ended,
        unfed_back=unfed_back,
        overdue=opened // 10,
        rate=percent(fed_back, fed_back + unfed_back),
        place=place,
    )


def alerts(since: datetime, until: datetime, listed: int | None = None) -> AlertSection:
    """The alerts of a month; `listed`: so many overdue ones are listed, else all."""
    parts = tuple(alerted(name, 26 - n, n + 1) for n, name in enumerate(CITIES))
    counts = {
        name: sum(getattr(part, name) for part in parts)
        for name in AlertFigures.__dataclass_fields__
        if name not in ("name", "rate", "place")
    }
    total = AlertFigures(
        "陕西省", **counts, rate=percent(counts["fed_back"], counts["fed_back"] + counts["unfed_back"])
    )
    earlier_overdue = 7
    overdue_count = total.overdue + earlier_overdue
    return AlertSection(
        since=since,
        until=until,
        whole=total,
        levels=tuple(alerted(name, 20 + 30 * n) for n, name in enumerate(ALERT_LEVEL_NAMES.values())),
        kinds=tuple(alerted(name, 100 + 46 * n) for n, name in enumerate(ALERT_KIND_NAMES.values())),
        parts=parts,
        earlier_open=19,
        earlier_overdue=earlier_overdue,
        overdue_count=overdue_count,
        overdue=tuple(
            OverdueAlert(
                n,
                f"{CITIES[n % 12]}长安烟花爆竹有限责任公司",
                CITIES[n % 12],
                "证书报警" if n % 3 else "夜间或停产期间作业",
                list(ALERT_LEVEL_NAMES.values())[n % 4],
                "3号工房现场12人，核定8人，请立即核实并将超员人员撤离。",
                DAY - timedelta(days=37 * n),
            )
            for n in range(1, overdue_count + 1)[:listed]
        ),
    )


def a_report(
    kind: ReportKind = ReportKind.DAILY,
    *,
    region: RegionId = PROVINCE,
    name: str = "陕西省",
    figures: ReportFigures | None = None,
    last_day: date | None = None,
    file: ReportFile | None = None,
) -> RegionReport:
    """A report of the province, frozen and without a document unless one is given."""
    found = (
        figures or {ReportKind.DAILY: daily, ReportKind.WEEKLY: weekly, ReportKind.MONTHLY: monthly}[kind]()
    )
    first, last, as_of = _period(found)
    last = last_day or last
    return RegionReport(
        id=report_id(kind, last, region),
        kind=kind,
        region_id=region,
        region_name=name,
        department_id=PROVINCE_OFFICE.id,
        department_name=PROVINCE_OFFICE.name,
        first_day=min(first, last),
        last_day=last,
        as_of=as_of,
        figures=found,
        frozen_at=as_of + timedelta(minutes=1),
        file=file,
    )


def _period(figures: ReportFigures) -> tuple[date, date, datetime]:
    match figures:
        case DailyReportFigures():
            return figures.day, figures.day, figures.as_of
        case WeeklyReportFigures():
            until = figures.inspections.until
            return figures.closes_on - timedelta(days=7), figures.closes_on, until
        case MonthlyReportFigures():
            return figures.first_day, figures.last_day, figures.inspections.until
