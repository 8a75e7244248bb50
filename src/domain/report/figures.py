"""The figures of a written report: frozen once, and everything that its text may say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal


@dataclass(frozen=True, slots=True)
class CommitmentFigures:
    """The commitments of one line of a table; of one day they count enterprises, of several days both.

    `name` is a region or a kind of enterprise. `rate` is the reported share in percent with one decimal, such as
    "93.8", `on_time_rate` that of the reports in time; None where nothing was expected. `place` ranks the
    line by its on-time rate, as `ranked` says; a line that is not ranked has None.
    """

    name: str
    expected: int
    reported: int
    in_production: int
    stopped: int
    unreported: int
    on_time: int
    late: int
    automatic: int
    rate: str | None
    on_time_rate: str | None
    place: int | None = None


@dataclass(frozen=True, slots=True)
class SilentEnterprise:
    """An enterprise without a report; `number` counts the list from 1. `due_at` is its deadline."""

    number: int
    name: str
    region: str
    kind: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class LateEnterprise:
    """An enterprise whose first report came at or after the deadline, by whole `minutes`."""

    number: int
    name: str
    region: str
    due_at: datetime
    reported_at: datetime
    minutes: int


@dataclass(frozen=True, slots=True)
class SilentDays:
    """An enterprise and on how many days of the period it owed a report and made none."""

    number: int
    name: str
    region: str
    kind: str
    days: int


@dataclass(frozen=True, slots=True)
class InspectionFigures:
    """The patrols or spot checks of one line, and the problems that they issued; as `WeeklyRow` counts them.

    None: a week that an earlier release has frozen did not count it apart.
    """

    name: str
    inspected: int
    automatic: int | None
    with_problems: int
    rectified_on_site: int | None
    issued: int
    withdrawn: int | None
    fed_back: int
    unfed_back: int
    overdue: int


@dataclass(frozen=True, slots=True)
class FeedbackFigures:
    """The problems of patrols and spot checks together; `rate` is the share that was fed back, in percent.

    Of `fed_back + unfed_back`: what came in the period, and what was still owed at its end.
    """

    name: str
    issued: int
    fed_back: int
    unfed_back: int
    overdue: int
    rate: str | None
    place: int | None = None


@dataclass(frozen=True, slots=True)
class OverdueProblem:
    """A problem that was unfed-back at the end of the period, with a deadline missed by then."""

    number: int
    addressee: str
    region: str
    category: str
    severity: str
    description: str
    issued_on: date


@dataclass(frozen=True, slots=True)
class InspectionSection:
    """What patrols and spot checks of [since, until) found; parts add up to the wholes.

    `overdue_count` counts all overdue problems; `overdue` lists the first of them.
    """

    since: datetime
    until: datetime
    patrols: InspectionFigures
    patrol_parts: tuple[InspectionFigures, ...]
    spot_checks: InspectionFigures
    spot_check_parts: tuple[InspectionFigures, ...]
    feedback: FeedbackFigures
    feedback_parts: tuple[FeedbackFigures, ...]
    overdue_count: int
    overdue: tuple[OverdueProblem, ...]


@dataclass(frozen=True, slots=True)
class AlertFigures:
    """The alerts of one line that were opened in the period, as they stood at its end; as `AlertCounts` counts them.

    `opened` is the sum of `closed`, `ended` and `still_open` (未办结); `still_open` is what was unfed-back or
    waited for a review. `rate` is the share of `fed_back` in `fed_back + unfed_back`, in percent.
    """

    name: str
    opened: int
    fed_back: int
    closed: int
    ended: int
    still_open: int
    unfed_back: int
    overdue: int
    rate: str | None
    place: int | None = None


@dataclass(frozen=True, slots=True)
class OverdueAlert:
    """An alert that was unfed-back at the end of the period, with a deadline missed by then."""

    number: int
    enterprise: str
    region: str
    kind: str
    level: str
    description: str
    opened_on: date


@dataclass(frozen=True, slots=True)
class AlertSection:
    """The alerts opened in [since, until); levels, kinds and parts each add up to `whole`.

    The level is that at the end. `earlier_open` counts those opened before and still open at the end,
    `earlier_overdue` those of them that were overdue. `overdue_count` counts all overdue alerts, whenever they
    were opened; `overdue` lists the first of them.
    """

    since: datetime
    until: datetime
    whole: AlertFigures
    levels: tuple[AlertFigures, ...]
    kinds: tuple[AlertFigures, ...]
    parts: tuple[AlertFigures, ...]
    earlier_open: int
    earlier_overdue: int
    overdue_count: int
    overdue: tuple[OverdueAlert, ...]


@dataclass(frozen=True, slots=True)
class DailyReportFigures:
    """日报: the commitments of one business day, as they stood at `as_of`.

    `kinds` and `parts` each add up to `whole`. `silent` and `late` list the first of `whole.unreported` and
    `whole.late`.
    """

    day: date
    as_of: datetime
    whole: CommitmentFigures
    kinds: tuple[CommitmentFigures, ...]
    parts: tuple[CommitmentFigures, ...]
    silent: tuple[SilentEnterprise, ...]
    late: tuple[LateEnterprise, ...]


@dataclass(frozen=True, slots=True)
class WeeklyReportFigures:
    """周报: the patrols and spot checks of the week that closes on `closes_on`."""

    closes_on: date
    inspections: InspectionSection


@dataclass(frozen=True, slots=True)
class MonthlyReportFigures:
    """月报: commitments, inspections and alerts of a calendar month; the commitments count each day apart.

    `days` is the length of the month. `silent_count` counts the enterprises that left out a day, `silent` lists
    those that left out most. `alerts` is None where an earlier release has frozen the figures without them.
    """

    first_day: date
    last_day: date
    days: int
    whole: CommitmentFigures
    kinds: tuple[CommitmentFigures, ...]
    parts: tuple[CommitmentFigures, ...]
    silent_count: int
    silent: tuple[SilentDays, ...]
    inspections: InspectionSection
    alerts: AlertSection | None = None


ReportFigures = DailyReportFigures | WeeklyReportFigures | MonthlyReportFigures


def percent(part: int, whole: int) -> str | None:
    """The part in percent of the whole, to one decimal, halves up; None if `whole` is 0."""
    if whole == 0:
        return None
    return str((Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.1"), ROUND_HALF_UP))
