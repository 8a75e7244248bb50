"""Ports of commitments: the collection, the facts of the directory, the reader and its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
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


class FactSource(Protocol):
    """The automatic figures of the commitment form, from the directory."""

    def take(
        self, enterprise_ids: Sequence[EnterpriseId], day: date, *, at: datetime
    ) -> Mapping[EnterpriseId, Facts]:
        """Facts for each known enterprise, in a number of statements that does not grow with their number.

        The permit is of the enterprise's own kind: the newest of those that cover `day`, else the newest, which is
        not valid then. `shutdown` is the reason of the period covering the day (the enterprise's own before its
        region's), `shutdown_until` the day after it ends.
        """
        ...


class Commitments(Protocol):
    """Commitments, each with its current report; earlier reports are kept as versions and never change."""

    def owe(self, commitments: Sequence[Commitment]) -> int:
        """Add the duties that are not there yet; says how many were new. Repeating it is harmless."""
        ...

    def find(self, enterprise_id: EnterpriseId, day: date) -> Commitment | None: ...

    def get(self, id: CommitmentId, *, within: Scope) -> Commitment: ...

    def save(self, commitment: Commitment) -> None:
        """Store a change; a new report becomes the next version, and the day's tallies follow.

        Raises Conflict when somebody else has changed it since it was read.
        """
        ...

    def unreported(self, day: date, *, due_at: datetime | None = None) -> Sequence[Commitment]:
        """Those without a report, of a day, with exactly that deadline when one is given; by region, then id."""
        ...

    def in_shutdown(self, day: date) -> Sequence[Commitment]:
        """Those without a report whose enterprise is in a shutdown period on the day."""
        ...

    def still_owed(self, enterprise_ids: Sequence[EnterpriseId], day: date) -> frozenset[EnterpriseId]:
        """Which of them have no report for the day."""
        ...

    def due_times(self, day: date) -> Sequence[tuple[datetime, RegionId]]:
        """The distinct (deadline, region) of the day's commitments."""
        ...


@dataclass(frozen=True, slots=True)
class CommitmentRow:
    """One owed day of one enterprise, reported or not, with what lists show; the full report is asked for apart.

    `revision` is 0 and everything about the report None while nothing is reported. `excess` says that a figure lies
    above what is approved. `enterprise` and `region` come along where the reader had them at hand anyway; None says
    nothing, they are then to be asked for.
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


@dataclass(frozen=True, slots=True)
class CommitmentFilter:
    """Both days included. `reported`: True only committed days, False only those not committed, None both.

    `text` is looked for in the enterprise's name and credit code. `directly` leaves out what lies below the region.
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
    text: str | None = None
    directly: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """How the owed commitments of some enterprises and days stand; `in_production + stopped + unreported == expected`.

    `automatic` counts among the stopped, `on_time + late == reported == expected - unreported`.
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


class CommitmentReader(Protocol):
    """Commitments for lists, pages and figures."""

    def commitments(
        self, ids: Sequence[CommitmentId], scope: Scope
    ) -> Mapping[CommitmentId, CommitmentRow]: ...

    def page(self, where: CommitmentFilter, scope: Scope, page: Page) -> Slice[CommitmentRow]:
        """Newest day first, within a day by id; keyset over (business date, id)."""
        ...

    def count(self, where: CommitmentFilter, scope: Scope) -> int: ...

    def on_day(
        self, enterprise_ids: Sequence[EnterpriseId], day: date, scope: Scope
    ) -> Mapping[EnterpriseId, CommitmentRow]: ...

    def reports(self, ids: Sequence[CommitmentId]) -> Mapping[CommitmentId, Report]:
        """The current report of each; asked only for commitments that a scoped reader has returned; so is the next."""
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

        Empty when there is no such region. Whether it may be seen is for the caller to say; what is counted lies in
        the scope.
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
        """For each region the sum over its whole subtree and the days; from the kept roll-up, not from the rows.

        Only what lies in the scope is counted; a region with nothing owed has a Tally of zeros.
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
