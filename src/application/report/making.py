"""Makes the written reports: freezes the figures, writes the document from them, stores it, tells the heads."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import BytesIO

from ...domain.deadlines import business_date, day_end, day_start, instant
from ...domain.directory.organisation import Role
from ...domain.inspection.week import Week
from ...domain.notice.notice import Message, MessageKind
from ...domain.refusals import InvalidValue, NotFound
from ...domain.report.events import ReportMade
from ...domain.report.figures import MonthlyReportFigures, ReportFigures, WeeklyReportFigures
from ...domain.report.report import RegionReport, ReportFile, ReportKind, report_id, report_key
from ...domain.values import MessageId, RegionId, fact_id
from ..access import EVERYTHING, SYSTEM, Permission, check
from ..inspection.weekly import Weekly
from ..notice.inbox import tell
from ..policies import PolicyBook
from ..ports.files import FileStore, FileStoreFailed
from ..ports.readers import Readers
from ..ports.report import ReportWriter
from ..ports.signals import Clock
from ..ports.work import Storage, UnitOfWork
from .alerts import alert_section, period_of_alerts
from .commitments import daily_figures, month_of_commitments
from .documents import document_of, summary_of
from .inspections import inspection_section, period_of_inspections
from .places import ReportPlace, places_of

log = logging.getLogger(__name__)

Count = Callable[[ReportPlace], ReportFigures]


class ReportsLeft(Exception):
    """Some reports could not be made, so the run must be repeated. The message says of which regions."""


@dataclass(frozen=True, slots=True)
class ReportPeriod:
    """The days of a report, both included, and the instant of its figures."""

    kind: ReportKind
    first_day: date
    last_day: date
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Preview:
    """A report and its document. `kept`: the figures are those of the stored report."""

    report: RegionReport
    body: bytes
    kept: bool


class ReportMaking:
    """One report per kind, period and region. Repeating a run makes what is missing and changes nothing else."""

    def __init__(
        self,
        storage: Storage,
        readers: Readers,
        clock: Clock,
        policies: PolicyBook,
        weekly: Weekly,
        store: FileStore,
        writer: ReportWriter,
    ) -> None:
        self._storage = storage
        self._readers = readers
        self._clock = clock
        self._policies = policies
        self._weekly = weekly
        self._store = store
        self._writer = writer

    # ------------------------------------------------------------ periods

    def daily_instants(self, day: date) -> Sequence[datetime]:
        """When the daily report of this day is due."""
        return [self._daily(day).as_of]

    def period(self, kind: ReportKind, day: date) -> ReportPeriod:
        """The period of this kind that the day stands for: itself, the week that closes on it, or its month.

        Raises InvalidValue for a period that is not over, and for a day on which no week closes.
        """
        match kind:
            case ReportKind.DAILY:
                period = self._daily(day)
            case ReportKind.WEEKLY:
                week = self._weekly.figures(SYSTEM, day).week
                period = ReportPeriod(kind, business_date(week.since), day, week.until)
            case ReportKind.MONTHLY:
                first = day.replace(day=1)
                last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
                period = ReportPeriod(kind, first, last, day_end(last))
        if period.as_of > self._clock.now():
            raise InvalidValue(f"{period.last_day}的数据尚未截止，不能生成通报。", field="day")
        return period

    def _daily(self, day: date) -> ReportPeriod:
        with self._storage.work(SYSTEM) as work:
            policy = self._policies.of_the_province(work, day, now=self._clock.now())
        return ReportPeriod(ReportKind.DAILY, day, day, instant(day, policy.daily_report_at))

    # ------------------------------------------------------------ by the schedule

    def make(self, kind: ReportKind, day: date, regions: Collection[RegionId] | None = None) -> int:
        """Make the reports of all places for a period that is over; returns how many were made now.

        `regions`: only the reports of these; another run makes the others.
        Raises ReportsLeft at the end when some were not made, FileStoreFailed at once when the store fails.
        """
        check(SYSTEM, Permission.RUN_SYSTEM_JOB)
        period = self.period(kind, day)
        places = [
            place
            for place in places_of(self._readers.directory)
            if regions is None or place.region.id in regions
        ]
        waiting = [place for place in places if not self._is_made(period, place)]
        if not waiting:
            return 0
        count = self._counting(period)
        left: list[str] = []
        for place in waiting:
            try:
                self._make(period, place, count)
            except FileStoreFailed:
                raise
            except Exception:
                # Whatever fails for one region, the others get their reports. The slot is repeated.
                log.exception("a report was not made", extra={"region": place.region.id, "kind": kind.value})
                left.append(place.region.name)
        if left:
            raise ReportsLeft(f"no {kind.value} report of {period.last_day} for {', '.join(left)}")
        return len(waiting)

    def _is_made(self, period: ReportPeriod, place: ReportPlace) -> bool:
        stored = self._stored(period, place)
        return stored is not None and stored.file is not None

    def _stored(self, period: ReportPeriod, place: ReportPlace) -> RegionReport | None:
        with self._storage.work(SYSTEM) as work:
            return work.region_reports.find(report_id(period.kind, period.last_day, place.region.id))

    def _make(self, period: ReportPeriod, place: ReportPlace, count: Count) -> None:
        report = self._stored(period, place)
        if report is None:
            counted = self._counted(period, place, count)
            with self._storage.work(SYSTEM) as work:
                # Two nodes may have counted: both write the document from the figures that came first.
                report = work.region_reports.freeze(counted)
                work.commit()
        body = self._writer.write(document_of(report))
        self._store.put(report_key(report.id), BytesIO(body))
        now = self._clock.now()
        file = ReportFile(len(body), hashlib.sha256(body).hexdigest(), now)
        with self._storage.work(SYSTEM) as work:
            if work.region_reports.keep_file(report.id, file):
                tell(work, _messages(work, report, now))
                work.note(
                    ReportMade(
                        report_id=report.id,
                        kind=report.kind,
                        region_id=report.region_id,
                        last_day=report.last_day,
                        size=file.size,
                        sha256=file.sha256,
                        at=now,
                    )
                )
                work.commit()

    # ------------------------------------------------------------ for the operator

    def preview(self, kind: ReportKind, day: date, region_id: RegionId | None = None) -> Preview:
        """The report of a region (None: the province), of its stored figures if it has been made, else counted now.

        Stores nothing and tells nobody. Raises as `period`, and NotFound for a region that gets no reports.
        """
        check(SYSTEM, Permission.RUN_SYSTEM_JOB)
        period = self.period(kind, day)
        places = places_of(self._readers.directory)
        place = next((one for one in places if region_id in (None, one.region.id)), None)
        if place is None:
            raise NotFound("可生成通报的区域", field="region")
        stored = self._stored(period, place)
        report = stored or self._counted(period, place, self._counting(period))
        return Preview(report, self._writer.write(document_of(report)), stored is not None)

    # ------------------------------------------------------------ figures

    def _counted(self, period: ReportPeriod, place: ReportPlace, count: Count) -> RegionReport:
        return RegionReport(
            id=report_id(period.kind, period.last_day, place.region.id),
            kind=period.kind,
            region_id=place.region.id,
            region_name=place.region.name,
            department_id=place.department.id,
            department_name=place.department.name,
            first_day=period.first_day,
            last_day=period.last_day,
            as_of=period.as_of,
            figures=count(place),
            frozen_at=self._clock.now(),
        )

    def _counting(self, period: ReportPeriod) -> Count:
        """What counts the figures of a place; what all places share is read now, once."""
        match period.kind:
            case ReportKind.DAILY:
                day, at = period.last_day, period.as_of
                rows = self._readers.commitments.day_as_of(day, at, EVERYTHING)
                return lambda place: daily_figures(place, day, at, rows)
            case ReportKind.WEEKLY:
                figures = self._weekly.figures(SYSTEM, period.last_day)
                weekly = period_of_inspections(
                    self._readers, figures.week, [line.row for line in figures.lines]
                )
                return lambda place: WeeklyReportFigures(period.last_day, inspection_section(place, weekly))
            case ReportKind.MONTHLY:
                return self._monthly(period.first_day, period.last_day)

    def _monthly(self, first_day: date, last_day: date) -> Count:
        # The month is counted as a push would count it that had closed at its end.
        week = Week(day_start(first_day), day_end(last_day))
        monthly = period_of_inspections(self._readers, week, self._readers.inspections.weekly(week))
        alerts = period_of_alerts(self._readers.alerts, week.since, week.until)

        def count(place: ReportPlace) -> MonthlyReportFigures:
            found = month_of_commitments(place, first_day, last_day, self._readers.commitments)
            return MonthlyReportFigures(
                first_day=first_day,
                last_day=last_day,
                days=(last_day - first_day).days + 1,
                whole=found.whole,
                kinds=found.kinds,
                parts=found.parts,
                silent_count=found.silent_count,
                silent=found.silent,
                inspections=inspection_section(place, monthly),
                alerts=alert_section(place, alerts),
            )

        return count


def _messages(work: UnitOfWork, report: RegionReport, now: datetime) -> list[Message]:
    """One for each head of the department that signs."""
    people = work.people.in_departments([report.department_id]).get(report.department_id, ())
    return [
        Message(
            id=MessageId(fact_id("report-ready", report.id, person.id)),
            receiver_id=person.id,
            kind=MessageKind.REPORT_READY,
            title=f"{report.title}已生成",
            body=summary_of(report),
            subject_type="RegionReport",
            subject_id=str(report.id),
            created_at=now,
        )
        for person in people
        if person.active and person.role is Role.DEPARTMENT_HEAD
    ]
