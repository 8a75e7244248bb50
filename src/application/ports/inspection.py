"""Ports of patrols, spot checks and weekly figures: collections, reader, rows, and the monitoring platform.

A record is in scope if the scope has the inspecting department's region at the time. Only the person who
opened a draft may see it. What may not be seen is NotFound.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Protocol

from ...domain.alert.form import AlertLevel
from ...domain.directory.certificate import PermitFact
from ...domain.directory.enterprise import EnterpriseKind
from ...domain.directory.organisation import Level
from ...domain.inspection.form import Conclusion, InspectionForm, InspectionKind, Sheet, Target
from ...domain.inspection.groups import InspectionGroup
from ...domain.inspection.inspection import Inspection, InspectionState
from ...domain.inspection.week import Week, WeeklyRow
from ...domain.signed import Origin
from ...domain.values import DepartmentId, EnterpriseId, InspectionId, PersonId, RegionId
from ..access import Scope
from .commitment import CommitmentRow, Tally
from .counts import Counted, RecordCounts
from .paging import Page, Slice
from .problem import ProblemRow
from .rows import row

# ---------------------------------------------------------------- write side


class Inspections(Protocol):
    """Drafts and records, with their forms and sheets."""

    def save(self, inspection: Inspection) -> None:
        """Add or change. Raises Conflict when somebody else has changed or added it since it was read.

        An automatic record added after a manual one of the same department, target and day is not counted.
        """
        ...

    def find(self, id: InspectionId) -> Inspection | None: ...

    def get(self, id: InspectionId, *, person_id: PersonId | None, within: Scope) -> Inspection:
        """This person's draft, even if discarded, or a record in the scope. Raises NotFound."""
        ...

    def replace_automatic(self, department_id: DepartmentId, target: Target, day: date) -> None:
        """Stop counting the automatic record of this department, target and day, if there is one."""
        ...


class WeeklyRows(Protocol):
    """The rows of each week that were or will be pushed: frozen once and never changed."""

    def freeze(self, week: Week, rows: Sequence[WeeklyRow], *, at: datetime) -> bool:
        """Store the rows of a week; False, and nothing is stored, when the week has been frozen before."""
        ...

    def of(self, week: Week) -> Sequence[WeeklyRow]:
        """The rows of the week by kind and region; empty while the week is not frozen."""
        ...

    def last(self) -> Week | None:
        """The newest frozen week."""
        ...

    def closed_on(self, day: date) -> tuple[Week, datetime] | None:
        """The newest frozen week that closed on this business date, and the instant of its freezing."""
        ...


# ---------------------------------------------------------------- rows


@row
class InspectionRow:
    """A draft or a record as lists show it. Names are those at the time of the inspection.

    Patrols have `target_department_id`, spot checks `target_enterprise_id`. `target_is_area`: see
    `PatrolTarget`; True for enterprises. `conclusion` is None for drafts without one, and for records that
    earlier releases stored, whose free text is `conclusion_text`. `problems` counts the issued problems,
    `rectified_on_site` what was rectified on site. `replaced`: an automatic record that is not counted,
    because a manual one is.
    """

    id: InspectionId
    kind: InspectionKind
    origin: Origin
    state: InspectionState
    business_date: date
    department_id: DepartmentId
    department_name: str
    department_region_id: RegionId
    person_id: PersonId | None
    person_name: str
    target_department_id: DepartmentId | None
    target_enterprise_id: EnterpriseId | None
    target_name: str
    target_region_id: RegionId
    target_region_name: str
    target_is_area: bool
    opened_at: datetime
    submitted_at: datetime | None
    conclusion: Conclusion | None
    conclusion_text: str
    problems: int
    rectified_on_site: int
    replaced: bool
    revision: int


@dataclass(frozen=True, slots=True)
class InspectionCounts:
    """How many records people submitted, and how many the system wrote without anybody verifying them."""

    manual: int
    automatic: int


@dataclass(frozen=True, slots=True)
class InspectionFilter:
    """Business days, both included. `text` is searched in the target's name, conclusion and observations.

    `region_id`: the target's region at the time, with all regions below; `directly`: only this region itself.
    `replaced` False leaves out replaced records. `group`: only those that a figure counts.
    """

    first_day: date
    last_day: date
    kinds: tuple[InspectionKind, ...] = ()
    origins: tuple[Origin, ...] = ()
    department_id: DepartmentId | None = None
    target_department_id: DepartmentId | None = None
    target_enterprise_id: EnterpriseId | None = None
    region_id: RegionId | None = None
    with_problems: bool | None = None
    conclusions: tuple[Conclusion, ...] = ()
    text: str | None = None
    replaced: bool = False
    group: InspectionGroup | None = None
    directly: bool = False


class DraftOrder(Enum):
    """How somebody's drafts are sorted, by the instant of opening: OLDEST or NEWEST first, then by id."""

    OLDEST = "OLDEST"
    NEWEST = "NEWEST"


class InspectionOrder(Enum):
    """How a list of records is sorted; the last resort is always the id.

    NEWEST: newest business day first, within a day the one submitted last. REGION: by the code of the
    target's region, then as NEWEST. PROBLEMS: most issued problems first, then as NEWEST.
    """

    NEWEST = "NEWEST"
    REGION = "REGION"
    PROBLEMS = "PROBLEMS"


# ---------------------------------------------------------------- facts for the pre-filled forms


@dataclass(frozen=True, slots=True)
class VisitFact:
    """An enterprise viewed or spot-checked on a day, with the permit that it needs, valid or not.

    `unreported`: that day's commitment has no report.
    """

    enterprise_id: EnterpriseId
    name: str
    views: int
    last_at: datetime
    spot_checked: bool
    unreported: bool
    open_problems: int
    open_alerts: int
    permit: PermitFact


@dataclass(frozen=True, slots=True)
class PatrolFacts:
    """What the database knows for the patrol form of a region, with all regions below, on one business day.

    `tally` is the region's own; `peers` has one for each region of its level, itself included, to rank its
    rate. The counts of problems are of those addressed to the region: `due_problems` still owe their final
    feedback, `fed_back_problems` await review, `overdue_problems` are due ones that missed a deadline.
    `own_spot_checks` counts the manual ones by the target department on the day, `automatic_spot_checks` the
    automatic records that no manual one has replaced. Alerts are those of enterprises in the region: open ones
    have neither been closed nor ended, `unfed_back_alerts` of them still owe their final feedback.
    """

    enterprises: Mapping[EnterpriseKind, int]
    tally: Tally
    peers: Mapping[RegionId, Tally]
    log_ins: int
    log_in_users: int
    last_log_in: datetime | None
    due_problems: int
    fed_back_problems: int
    overdue_problems: int
    own_spot_checks: int
    automatic_spot_checks: int
    open_alerts: int
    unfed_back_alerts: int
    visits: Sequence[VisitFact]


@dataclass(frozen=True, slots=True)
class SpotCheckFacts:
    """What the database knows for the spot-check form of an enterprise on one business day.

    `unfed_back_problems` counts those of the open problems that still owe their final feedback,
    `overdue_problems` those of them that missed a deadline. `highest_alert_level` is the gravest level of any
    alert that was open at some instant of the last 7 days; None without one.
    """

    commitment: CommitmentRow | None
    permits: Sequence[PermitFact]
    open_problems: int
    unfed_back_problems: int
    overdue_problems: int
    open_alerts: int
    unfed_back_alerts: int
    highest_alert_level: AlertLevel | None


# ---------------------------------------------------------------- read side


class InspectionReader(Protocol):
    """Reads records for lists, drafts for their owners, and figures."""

    def page(
        self,
        where: InspectionFilter,
        scope: Scope,
        page: Page,
        order: InspectionOrder = InspectionOrder.NEWEST,
    ) -> Slice[InspectionRow]: ...

    def count(self, where: InspectionFilter, scope: Scope) -> int: ...

    def statistics(
        self, where: InspectionFilter, scope: Scope, heads: Sequence[RegionId], starts: Sequence[date]
    ) -> Counted[RecordCounts]:
        """Count what `page` lists, by the target's region and by period, as `Split` describes it.

        `where` names one kind.
        """
        ...

    def drafts(
        self, person_id: PersonId, page: Page, order: DraftOrder = DraftOrder.OLDEST
    ) -> Slice[InspectionRow]:
        """The person's own drafts."""
        ...

    def patrols_on(
        self, department_id: DepartmentId, day: date, person_id: PersonId | None
    ) -> Sequence[InspectionRow]:
        """The department's patrol records of the day that count, and this person's drafts; oldest first."""
        ...

    def inspections(
        self, ids: Sequence[InspectionId], scope: Scope, *, person_id: PersonId | None
    ) -> Mapping[InspectionId, InspectionRow]:
        """Those of the ids that are records in the scope or this person's own drafts."""
        ...

    def contents(self, ids: Sequence[InspectionId]) -> Mapping[InspectionId, tuple[Sheet, InspectionForm]]:
        """Sheet and form of each; ask only for ids that the caller has already been given as rows."""
        ...

    def patrol_facts(
        self,
        region_id: RegionId,
        level: Level,
        department_id: DepartmentId,
        *,
        person_id: PersonId | None,
        inspecting_id: DepartmentId,
        day: date,
        at: datetime,
    ) -> PatrolFacts:
        """The facts for a patrol of `department_id` in `region_id` of rank `level`, as known at `at`.

        Visits are those of `person_id`; if that is None, of the whole department `inspecting_id`.
        """
        ...

    def spot_check_facts(self, enterprise_id: EnterpriseId, day: date, *, at: datetime) -> SpotCheckFacts: ...

    def unrecorded_patrols(self, day: date) -> Sequence[tuple[DepartmentId, DepartmentId]]:
        """Pairs (inspecting department, target department) that lack a patrol record for the day.

        The inspecting department has log-ins that day, the target is directly below it, and there is no
        record, manual or automatic. Log-ins of administrators do not count: they see no business data.
        """
        ...

    def unrecorded_spot_checks(self, day: date) -> Sequence[tuple[DepartmentId, EnterpriseId]]:
        """Pairs (department, enterprise): its people viewed it that day, but no record of that day exists."""
        ...

    def weekly(self, week: Week) -> Sequence[WeeklyRow]:
        """One row per kind and region directly below the province, in that order, just before the closing.

        Everything counts in the row of its city at the time, so in exactly one row. The province, and regions
        that are no cities any more, have a row only if anything counts there.

        Later changes are left out, so the answer never changes. Problems of the ministry do not count.
        """
        ...

    def weekly_sources(
        self, week: Week, region_id: RegionId, kind: InspectionKind
    ) -> tuple[Sequence[InspectionRow], Sequence[ProblemRow]]:
        """The records and problems that a row of the weekly push is counted from, oldest first.

        Records: those submitted in the week. Problems: those issued by departments that have
        changed since the week began or are still unfed-back; not each of them counts.
        """
        ...


@dataclass(frozen=True, slots=True)
class OnlineRates:
    """How much of a region's video and sensors was on line at `as_of`, in percent from 0 to 100.

    None: the region has no connection of that kind, which is not the same as 0.
    """

    video: Decimal | None
    sensors: Decimal | None
    as_of: datetime


class MonitoringSource(Protocol):
    """A platform that watches the enterprises' video and sensors; an installation may have none."""

    def online_rates(self, region_id: RegionId, at: datetime) -> OnlineRates | None:
        """The rates of the region with all regions below, at this moment. Called with no transaction open.

        Has a total deadline and never raises: without a usable answer it logs the reason and returns None.
        """
        ...
