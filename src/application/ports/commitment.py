"""Ports of commitments: the collection, the facts of the directory, the reader and its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Protocol

from ...domain.commitment.commitment import Commitment, CommitmentState
from ...domain.commitment.form import Facts, ProductionStatus
from ...domain.commitment.report import Report
from ...domain.directory.enterprise import EnterpriseKind, StopReason
from ...domain.signed import Origin
from ...domain.values import CommitmentId, EnterpriseId, RegionId
from ..access import Scope
from .directory import EnterpriseRow, RegionRow
from .paging import Page, Slice
from .rows import row
from .waiting import Waiting


class FactSource(Protocol):
    """The automatic figures of the commitment form, from the directory."""

    def take(
        self, enterprise_ids: Sequence[EnterpriseId], day: date, *, at: datetime
    ) -> Mapping[EnterpriseId, Facts]:
        """Facts for each known enterprise; the number of SQL statements does not grow with the ids.

        The permit has the enterprise's own kind: the newest that covers `day`, else the newest of all, as not
        valid. `shutdown` is the reason of the period that covers the day; the enterprise's own goes before
        its region's. `shutdown_until` is the day after that period ends. `open_problems` counts the problems
        addressed to the enterprise that have not ended, at `at`.
        """
        ...


class Commitments(Protocol):
    """Commitments, each with its current report; earlier reports are kept as versions and never change."""

    def owe(self, commitments: Sequence[Commitment]) -> int:
        """Add the commitments that are not stored yet; return how many were new. Repeating it is harmless."""
        ...

    def find(self, enterprise_id: EnterpriseId, day: date) -> Commitment | None: ...

    def get(self, id: CommitmentId, *, within: Scope) -> Commitment: ...

    def with_facts(
        self, enterprise_id: EnterpriseId, day: date, *, within: Scope, at: datetime
    ) -> tuple[Commitment, Facts]:
        """The commitment of the day, and what `FactSource.take` gives for it: all that a report needs."""
        ...

    def save(self, commitment: Commitment) -> None:
        """Store a change; a new report becomes the next version, and the day's tallies are updated.

        Raises Conflict when somebody else has changed it since it was read. This may come as late as the commit.
        """
        ...

    def unreported(self, day: date, *, due_at: datetime | None = None) -> Sequence[Commitment]:
        """The day's commitments without a report, due exactly at `due_at` if given; by region, then id."""
        ...

    def in_shutdown(self, day: date) -> Sequence[Commitment]:
        """The day's commitments without a report whose enterprise is in a shutdown period on that day."""
        ...

    def take_unreported(self, enterprise_ids: Sequence[EnterpriseId], day: date) -> Sequence[Commitment]:
        """Lock and return the commitments of these enterprises without a report for the day, by id.

        One that another transaction is changing is left out: somebody else is reporting it.
        """
        ...

    def still_owed(self, enterprise_ids: Sequence[EnterpriseId], day: date) -> frozenset[EnterpriseId]:
        """Which of the enterprises have a commitment without a report for the day."""
        ...

    def resumed(
        self, enterprise_ids: Sequence[EnterpriseId], since: date, before: date
    ) -> Mapping[EnterpriseId, date]:
        """The day of each enterprise's newest report by a person, of days in [since, before).

        Only of those that state production in it; the others are absent.
        """
        ...

    def due_times(self, day: date) -> Sequence[tuple[datetime, RegionId]]:
        """The distinct (deadline, region) of the day's commitments."""
        ...


@row
class CommitmentRow:
    """One owed day of one enterprise, reported or not, as lists show it; the full report is read separately.

    While nothing is reported, `revision` is 0 and everything about the report is None.
    `excess`: a figure lies above what is approved.
    `enterprise` and `region` are set if the reader had loaded them anyway; None means they must be read.
    """

    id: CommitmentId
    enterprise_id: EnterpriseId
    enterprise_name: str
    credit_code: str
    kind: EnterpriseKind
    region_id: RegionId
    region_name: str
    business_date: date
    due_at: datetime
    state: CommitmentState
    revision: int
    status: ProductionStatus | None
    origin: Origin | None
    late: bool | None
    reported_at: datetime | None
    reported_by: str | None
    risk_grade: int | None
    excess: bool | None
    stop_reason: StopReason | None
    reopened_at: datetime | None
    enterprise: EnterpriseRow | None = field(default=None, compare=False)
    region: RegionRow | None = field(default=None, compare=False)


def seconds_late(row: CommitmentRow) -> int:
    """How long after the deadline it was reported, in whole seconds; negative before it, 0 while unreported."""
    if row.reported_at is None:
        return 0
    late = row.reported_at.replace(microsecond=0) - row.due_at.replace(microsecond=0)
    return int(late.total_seconds())


@dataclass(frozen=True, slots=True)
class CommitmentAsOf:
    """One owed day of one enterprise as it stood at an instant; names are those of now.

    While nothing was reported, `status`, `origin`, `late` and `first_reported_at` are None.
    """

    enterprise_id: EnterpriseId
    enterprise_name: str
    kind: EnterpriseKind
    region_id: RegionId
    region_name: str
    due_at: datetime
    status: ProductionStatus | None
    origin: Origin | None
    late: bool | None
    first_reported_at: datetime | None


@dataclass(frozen=True, slots=True)
class CommitmentFilter:
    """Both days included. `reported`: True only reported days, False only unreported ones, None both.

    `text` is searched in the enterprise's name and credit code. `directly` leaves out regions below
    `region_id`.
    """

    first_day: date
    last_day: date
    region_id: RegionId | None = None
    enterprise_id: EnterpriseId | None = None
    kinds: tuple[EnterpriseKind, ...] = ()
    statuses: tuple[ProductionStatus, ...] = ()
    origins: tuple[Origin, ...] = ()
    late: bool | None = None
    reported: bool | None = None
    excess: bool | None = None
    reasons: tuple[StopReason, ...] = ()
    """Why it stands still, as reported; empty: no restriction."""
    risk_grade: int | None = None
    text: str | None = None
    directly: bool = False

    @property
    def of_a_figure(self) -> bool:
        """Whether a tally has the figure that counts exactly this list; such a list is found by indices."""
        asked = (self.statuses, self.origins, self.late is not None, self.reported is not None)
        beside = (self.enterprise_id, self.reasons, (self.text or "").strip())
        return (
            sum(map(bool, asked)) <= 1
            and self.origins in ((), (Origin.AUTO,))
            and not any(beside)
            and self.excess is None
            and self.risk_grade is None
        )


class CommitmentOrder(Enum):
    """How a list of commitments is sorted; the last resort is always the id.

    NEWEST: newest day first, within a day the latest first: by the instant of the report, or by the deadline
    while nothing is reported. REGION: by region code, then as NEWEST. REPORTED: by the instant of the report,
    the latest first; unreported ones are last. LATENESS: unreported ones first, then by how long after the
    deadline they were reported, the longest first.
    """

    NEWEST = "NEWEST"
    REGION = "REGION"
    REPORTED = "REPORTED"
    LATENESS = "LATENESS"


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of owed commitments of some enterprises and days.

    `in_production + stopped + unreported == expected`; `on_time + late == reported == expected - unreported`.
    `automatic` is part of `stopped`.
    """

    expected: int = 0
    in_production: int = 0
    stopped: int = 0
    unreported: int = 0
    on_time: int = 0
    late: int = 0
    automatic: int = 0

    @property
    def reported(self) -> int:
        return self.expected - self.unreported

    @property
    def rate(self) -> float | None:
        """The reported of the expected, from 0 to 1, to four places; None when nothing was expected."""
        return round(self.reported / self.expected, 4) if self.expected else None

    @property
    def on_time_rate(self) -> float | None:
        """The same for what was reported on time."""
        return round(self.on_time / self.expected, 4) if self.expected else None


class CommitmentReader(Protocol):
    """Reads commitments for lists, pages and figures."""

    def commitments(
        self, ids: Sequence[CommitmentId], scope: Scope
    ) -> Mapping[CommitmentId, CommitmentRow]: ...

    def page(
        self,
        where: CommitmentFilter,
        scope: Scope,
        page: Page,
        order: CommitmentOrder = CommitmentOrder.NEWEST,
    ) -> Slice[CommitmentRow]: ...

    def count(self, where: CommitmentFilter, scope: Scope) -> int: ...

    def on_day(
        self, enterprise_ids: Sequence[EnterpriseId], day: date, scope: Scope
    ) -> Mapping[EnterpriseId, CommitmentRow]: ...

    def unreported(self, day: date, scope: Scope) -> Waiting:
        """How many of the day's commitments in scope have no report, and the earliest deadline of these."""
        ...

    def day_as_of(self, day: date, at: datetime, scope: Scope) -> Sequence[CommitmentAsOf]:
        """All commitments of the day as they stood just before `at`, by region, then enterprise name and id.

        Reports signed at or after `at` are left out. So the answer never changes once everything signed before
        `at` is stored or refused.
        """
        ...

    def reports(self, ids: Sequence[CommitmentId]) -> Mapping[CommitmentId, Report]:
        """The current report of each. Here and in `versions`, ask only for ids from a scoped reader."""
        ...

    def versions(self, id: CommitmentId) -> Sequence[Report]:
        """All reports of one commitment, newest first."""
        ...

    def last_report(self, enterprise_id: EnterpriseId, before: date) -> Report | None:
        """The newest manual report of the enterprise before the day, to pre-fill from."""
        ...

    def overview(
        self,
        region_id: RegionId,
        first_day: date,
        last_day: date,
        scope: Scope,
        kinds: Sequence[EnterpriseKind] = (),
    ) -> Sequence[tuple[RegionRow, Tally]]:
        """The region itself, then those directly below it by code, each with its tally as `tallies` gives it.

        Empty when there is no such region. The caller checks whether the region may be seen; only commitments
        in the scope are counted.
        """
        ...

    def tallies(
        self,
        regions: Sequence[RegionId],
        first_day: date,
        last_day: date,
        scope: Scope,
        kinds: Sequence[EnterpriseKind] = (),
    ) -> Mapping[RegionId, Tally]:
        """For each region the sum over its whole subtree and the days; reads stored tallies, not the rows.

        Only commitments in the scope are counted; a region with nothing owed has a Tally of zeros.
        """
        ...

    def daily_tallies(
        self,
        region_id: RegionId,
        first_day: date,
        last_day: date,
        scope: Scope,
        kinds: Sequence[EnterpriseKind] = (),
    ) -> Mapping[date, Tally]:
        """The same per day for one region; days with nothing owed are missing."""
        ...
