"""Writes automatic patrol and spot-check records at the end of a day, where departments wrote none."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, TypeVar

from ...domain.deadlines import business_date, instant
from ...domain.directory.organisation import DepartmentSnapshot
from ...domain.inspection.form import Inspector, Sheet, Target
from ...domain.inspection.inspection import Inspection
from ...domain.inspection.week import closing_on
from ...domain.values import DepartmentId, EnterpriseId
from ..access import EVERYTHING, SYSTEM, Permission, check
from ..policies import PolicyBook
from ..ports.directory import DepartmentRow
from ..ports.readers import Readers
from ..ports.signals import Clock
from ..ports.work import LONGEST_STEP, Storage, UnitOfWork
from .sheet import Sheets
from .targets import Places

CHUNK: Final = 50

log = logging.getLogger(__name__)

Whom = TypeVar("Whom", DepartmentId, EnterpriseId)
Pair = tuple[DepartmentId, Whom]


class RecordsMissing(Exception):
    """Some records could not be written: repeat the run for them. Says how many, in English."""


@dataclass(frozen=True, slots=True)
class RecordCounts:
    """How many records a run has written."""

    patrols: int
    spot_checks: int


@dataclass(frozen=True, slots=True)
class _Draft:
    """A record without the instant at which it is signed."""

    department: DepartmentSnapshot
    target: Target
    day: date
    sheet: Sheet

    def signed(self, at: datetime) -> Inspection:
        return Inspection.record_automatically(
            department=self.department, target=self.target, day=self.day, sheet=self.sheet, at=at
        )


class AutomaticInspections:
    """Writes the records that `unrecorded_patrols` and `unrecorded_spot_checks` say are missing.

    The setting of a department's region says when its day ends. Each record is made once: a run may be
    repeated.
    """

    def __init__(
        self, storage: Storage, readers: Readers, clock: Clock, policies: PolicyBook, sheets: Sheets
    ) -> None:
        self._storage = storage
        self._readers = readers
        self._clock = clock
        self._policies = policies
        self._sheets = sheets

    def instants(self, day: date) -> Sequence[datetime]:
        """Every instant at which the day ends for some region, in order."""
        now = self._clock.now()
        with self._storage.work(SYSTEM) as work:
            ends = {
                self._policies.policy(work, region, day, now=now).auto_inspection_at
                for region in self._policies.all_regions(work, now=now)
            }
        return [instant(day, end) for end in sorted(ends)]

    def record(self, slot_at: datetime) -> RecordCounts:
        """Write the records of the day for the departments whose day has ended by this instant.

        Each record is signed at `slot_at`, also in a later run, unless a week has closed since: see
        `_signed_at`. The figures are those of the moment at which they are taken, and say so. Raises
        RecordsMissing at the end when one or more could not be written.
        """
        check(SYSTEM, Permission.RUN_SYSTEM_JOB)
        day = business_date(slot_at)
        places = Places(self._readers.directory.regions())
        reader = self._readers.inspections

        def patrolled(ids: Sequence[DepartmentId]) -> dict[DepartmentId, Target]:
            rows = self._readers.directory.departments(ids, EVERYTHING)
            return {id: places.patrol(_snapshot(row)) for id, row in rows.items()}

        def checked(ids: Sequence[EnterpriseId]) -> dict[EnterpriseId, Target]:
            rows = self._readers.directory.enterprises(ids, EVERYTHING)
            return {id: places.spot_check(row) for id, row in rows.items()}

        # Spot checks first: a patrol's figures count them.
        failed = 0
        spot_checks, lost = self._record(slot_at, places, lambda: reader.unrecorded_spot_checks(day), checked)
        failed += lost
        patrols, lost = self._record(slot_at, places, lambda: reader.unrecorded_patrols(day), patrolled)
        failed += lost
        if failed:
            raise RecordsMissing(
                f"{failed} records of {day} are missing, {patrols + spot_checks} were written"
            )
        return RecordCounts(patrols, spot_checks)

    def _record(
        self,
        slot_at: datetime,
        places: Places,
        unrecorded: Callable[[], Sequence[Pair[Whom]]],
        targets_of: Callable[[Sequence[Whom]], dict[Whom, Target]],
    ) -> tuple[int, int]:
        """Return (written, failed). Asks again before each chunk: people keep writing records themselves."""
        tried: set[Pair[Whom]] = set()
        written = failed = 0
        while chunk := [pair for pair in unrecorded() if pair not in tried][:CHUNK]:
            tried.update(chunk)
            departments = self._ended(slot_at, {inspecting for inspecting, _ in chunk})
            due = [pair for pair in chunk if pair[0] in departments]
            targets = targets_of([whom for _, whom in due])
            drafts: list[_Draft] = []
            for inspecting, whom in due:
                try:
                    drafts.append(self._draft(departments[inspecting], targets[whom], slot_at, places))
                except Exception:
                    # One failure does not stop the others; RecordsMissing then makes the run repeat.
                    log.exception("no automatic record", extra={"department": inspecting, "target": whom})
                    failed += 1
            kept = self._save(drafts, slot_at)
            written += kept[0]
            failed += kept[1]
        return written, failed

    def _draft(
        self, department: DepartmentSnapshot, target: Target, slot_at: datetime, places: Places
    ) -> _Draft:
        day = business_date(slot_at)
        rank = places.get(target.region_id).level
        sheet = self._sheets.take(
            Inspector(department, None, SYSTEM.name), target, rank=rank, day=day, at=self._clock.now()
        )
        return _Draft(department, target, day, sheet)

    def _ended(
        self, slot_at: datetime, ids: Iterable[DepartmentId]
    ) -> dict[DepartmentId, DepartmentSnapshot]:
        """The departments among `ids` whose day has ended by `slot_at`."""
        day, now = business_date(slot_at), self._clock.now()
        rows = self._readers.directory.departments(sorted(ids), EVERYTHING)
        snapshots = (_snapshot(row) for row in rows.values())
        with self._storage.work(SYSTEM) as work:
            return {
                snapshot.id: snapshot
                for snapshot in snapshots
                if instant(
                    day, self._policies.policy(work, snapshot.region_id, day, now=now).auto_inspection_at
                )
                <= slot_at
            }

    def _save(self, drafts: Sequence[_Draft], slot_at: datetime) -> tuple[int, int]:
        """Return (written, failed). Saves all in one transaction; if that fails, each in its own."""
        try:
            with self._storage.work(SYSTEM) as work:
                at = self._signed_at(work, slot_at)
                records = [draft.signed(at) for draft in drafts]
                new = [record for record in records if work.inspections.find(record.id) is None]
                for record in new:
                    work.inspections.save(record)
                work.commit(within=LONGEST_STEP)
            return len(new), 0
        except Exception:
            if len(drafts) == 1:
                (draft,) = drafts
                log.exception(
                    "no automatic record", extra={"department": draft.department.id, "target": draft.target}
                )
                return 0, 1
        alone = [self._save([draft], slot_at) for draft in drafts]
        return sum(written for written, _ in alone), sum(failed for _, failed in alone)

    def _signed_at(self, work: UnitOfWork, slot_at: datetime) -> datetime:
        """The slot's instant; if a week has closed since, the last closing, so that the next week counts it.

        Compares closings with the clock: like every step, a record must be stored before its week is frozen.
        The last frozen week counts too: a change of the settings may have moved its closing since.
        """
        now, first = self._clock.now(), business_date(slot_at)
        days = [first + timedelta(days=number) for number in range((business_date(now) - first).days + 1)]
        closings = [closing_on(day, self._policies.of_the_province(work, day, now=now)) for day in days]
        frozen = work.weekly_rows.last()
        closed = [closing for closing in closings if closing is not None and closing <= now]
        if frozen is not None:
            closed.append(frozen.until)
        return max([slot_at, *closed])


def _snapshot(row: DepartmentRow) -> DepartmentSnapshot:
    """The department's snapshot, with the first region of its jurisdiction."""
    return DepartmentSnapshot(row.id, row.name, row.level, row.jurisdiction[0])
