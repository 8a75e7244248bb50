"""Ports of patrols, spot checks and the weekly figures: collections, reader, rows, and the monitoring platforms.

A record is seen by whoever has the inspecting department's region (as it was) in the scope; a draft only by the person
who opened it. What may not be seen is not found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from ...domain.directory.certificate import PermitFact
from ...domain.directory.enterprise import EnterpriseKind
from ...domain.directory.organisation import Level
from ...domain.inspection.form import InspectionForm, InspectionKind, Sheet, Target
from ...domain.inspection.inspection import Inspection, InspectionState
from ...domain.inspection.week import Week, WeeklyRow
from ...domain.signed import Origin
from ...domain.values import DepartmentId, EnterpriseId, InspectionId, PersonId, RegionId
from ..access import Scope
from .commitment import CommitmentRow, Tally
from .paging import Page, Slice
from .problem import ProblemRow

# ---------------------------------------------------------------- write side


class Inspections(Protocol):
    """Drafts and records, with their forms and sheets."""

    def save(self, inspection: Inspection) -> None:
        """Add or change. Raises Conflict when it was changed, or added by somebody else, since it was handed out.

        An automatic record that is added after a manual one of its department, target and day is not counted.
        """
        ...

    def find(self, id: InspectionId) -> Inspection | None: ...

    def get(self, id: InspectionId, *, person_id: PersonId | None, within: Scope) -> Inspection:
        """A draft (or a discarded one) of this person, or a record in the scope. Raises NotFound."""
        ...

    def replace_automatic(self, department_id: DepartmentId, target: Target, day: date) -> None:
        """From now on the automatic record of this department, target and day, if there is one, is not counted."""
        ...


class WeeklyRows(Protocol):
    """What was pushed, or is to be pushed, of each week: frozen once and never changed."""

    def freeze(self, week: Week, rows: Sequence[WeeklyRow], *, at: datetime) -> bool:
        """Keep the rows of a week; False, and nothing is kept, when the week has been frozen before."""
        ...

    def of(self, week: Week) -> Sequence[WeeklyRow]:
        """By kind and region; empty while the week is not frozen."""
        ...

    def last(self) -> Week | None:
        """The newest week that is frozen."""
        ...

    def closed_on(self, day: date) -> tuple[Week, datetime] | None:
        """The frozen week that closed on this business date, of several the newest; and when it was frozen."""
        ...


# ---------------------------------------------------------------- rows


@dataclass(frozen=True, slots=True)
class InspectionRow:
    """A draft or a record as lists show it. Names are those of the time.

    Target: `target_department_id` for patrols, `target_enterprise_id` for spot checks. `problems` counts those issued.
    `replaced`: an automatic record in whose place a manual one counts.
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
    opened_at: datetime
    submitted_at: datetime | None
    conclusion: str
    problems: int
    replaced: bool
    revision: int


@dataclass(frozen=True, slots=True)
class InspectionFilter:
    """Business days, both included. `text` is looked for in the target's name, conclusion and observations.

    `region_id`: where the target lies (then), with everything below. Without `replaced` those are left out.
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
    text: str | None = None
    replaced: bool = False


# ---------------------------------------------------------------- facts for the pre-filled forms


@dataclass(frozen=True, slots=True)
class VisitFact:
    """An enterprise that one person looked at or checked on a day. `status` is its commitment's that day."""

    enterprise_id: EnterpriseId
    name: str
    views: int
    last_at: datetime
    spot_checked: bool
    unreported: bool
    open_problems: int


@dataclass(frozen=True, slots=True)
class PatrolFacts:
    """What the database knows for the patrol form of a region, everything below it included, on one business day.

    `tally` is the region's, `peers` those of every region of its rank (itself included) for the rank of its rate.
    `problems` are those addressed to the region: `due` still owe their final feedback, `fed_back` have it and are not
    closed, `overdue` are those due of which something is over. `own_spot_checks`: by the target department that day.
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
    visits: Sequence[VisitFact]


@dataclass(frozen=True, slots=True)
class SpotCheckFacts:
    """What the database knows for the spot-check form of an enterprise on one business day."""

    commitment: CommitmentRow | None
    permits: Sequence[PermitFact]
    open_problems: int


# ---------------------------------------------------------------- read side


class InspectionReader(Protocol):
    """Records for lists, drafts for their owners, and the figures that come from them."""

    def page(self, where: InspectionFilter, scope: Scope, page: Page) -> Slice[InspectionRow]:
        """Records, newest business day first, then by id."""
        ...

    def count(self, where: InspectionFilter, scope: Scope) -> int: ...

    def drafts(self, person_id: PersonId, page: Page) -> Slice[InspectionRow]:
        """The person's own, the oldest first."""
        ...

    def inspections(
        self, ids: Sequence[InspectionId], scope: Scope, *, person_id: PersonId | None
    ) -> Mapping[InspectionId, InspectionRow]:
        """Those of the records and of this person's drafts that may be seen."""
        ...

    def contents(self, ids: Sequence[InspectionId]) -> Mapping[InspectionId, tuple[Sheet, InspectionForm]]:
        """Of inspections that the caller has been given as rows."""
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
        """For a patrol of `department_id` and its `region_id` of rank `level`, as known at `at`.

        Visits are those of `person_id`, or of everybody of the inspecting department where it is None.
        """
        ...

    def spot_check_facts(self, enterprise_id: EnterpriseId, day: date, *, at: datetime) -> SpotCheckFacts: ...

    def unrecorded_patrols(self, day: date) -> Sequence[tuple[DepartmentId, DepartmentId]]:
        """(inspecting, target): departments with log-ins that day, and those directly below them of which there is no
        record of that day by them, manual or automatic. Log-ins of administrators do not count: they see no business."""
        ...

    def unrecorded_spot_checks(self, day: date) -> Sequence[tuple[DepartmentId, EnterpriseId]]:
        """(inspecting department, enterprise): viewed that day by its people, and no record of that day by it."""
        ...

    def weekly(self, week: Week) -> Sequence[WeeklyRow]:
        """One row for every region directly below the province and kind, by kind and region, as things stood just
        before the closing. Everything is counted in the row of its city then, and so in exactly one; the province and
        regions that are no cities any more have rows where anything is.

        The same whenever it is asked: later changes are left out. Problems of the ministry do not count.
        """
        ...

    def weekly_sources(
        self, week: Week, region_id: RegionId, kind: InspectionKind
    ) -> tuple[Sequence[InspectionRow], Sequence[ProblemRow]]:
        """What a row of the weekly push is counted from, oldest first: the records submitted in the week, and of the
        problems of departments those that may count: changed since the week began, or still unfed-back."""
        ...


@dataclass(frozen=True, slots=True)
class OnlineRates:
    """How much of the video and of the sensors of a region was on line, in percent from 0 to 100, as of a moment.

    None: that kind is not connected there, which is not the same as 0.
    """

    video: Decimal | None
    sensors: Decimal | None
    as_of: datetime


class MonitoringSource(Protocol):
    """A platform that watches the enterprises' video and sensors; an installation may have none."""

    def online_rates(self, region_id: RegionId, at: datetime) -> OnlineRates | None:
        """Of the region, everything below it included, at this moment; called with no transaction open.

        Has a total deadline and never raises: None where no usable answer came, and the log says why.
        """
        ...
