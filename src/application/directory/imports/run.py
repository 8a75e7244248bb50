"""The import itself: check the table and every row, then write everything in one transaction, or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from ....domain.directory.events import DirectoryChanged
from ...access import Actor, Permission, check
from ...ports.signals import Clock
from ...ports.work import Storage
from .certificates import check_certificates
from .columns import ImportKind
from .departments import check_departments
from .enterprises import check_enterprises
from .lookups import Change, Fate, Lookups
from .people import check_people
from .rows import Rows, recognise
from .shutdowns import check_shutdown_periods
from .tables import ImportResult, RefusedRow, Table

Progress = Callable[[int, int], None]
_STEP: Final = 200

COMMANDS: Final = {
    ImportKind.ENTERPRISES: Permission.SAVE_ENTERPRISE,
    ImportKind.DEPARTMENTS: Permission.SAVE_DEPARTMENT,
    ImportKind.PEOPLE: Permission.SAVE_PERSON,
    ImportKind.CERTIFICATES: Permission.SAVE_CERTIFICATE,
    ImportKind.SHUTDOWN_PERIODS: Permission.SAVE_SHUTDOWN_PERIOD,
}
"""The permission that an import needs: the same as for saving a single entry."""
CHECKS: Final[Mapping[ImportKind, Callable[[Rows, Lookups], Iterator[Change]]]] = {
    ImportKind.ENTERPRISES: check_enterprises,
    ImportKind.DEPARTMENTS: check_departments,
    ImportKind.PEOPLE: check_people,
    ImportKind.CERTIFICATES: check_certificates,
    ImportKind.SHUTDOWN_PERIODS: check_shutdown_periods,
}


class ImportDirectory:
    """The use case. Importing the same table twice leaves everything unchanged the second time."""

    def __init__(self, storage: Storage, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock

    def run(
        self,
        actor: Actor,
        kind: ImportKind,
        table: Table,
        valid_only: bool = False,
        progress: Progress | None = None,
    ) -> ImportResult:
        """Import the table. If a row is wrong, import nothing, or with `valid_only` all other rows.

        Raises BadTable when the table as a whole does not fit the kind, FileTooLarge for too many rows, and
        Forbidden when the actor may not. `progress` is called with (done, total) now and then.
        """
        check(actor, COMMANDS[kind])
        placed = recognise(kind, table)
        total = sum(len(sheet.sheet.rows) for sheet in placed)
        steps = _Steps(progress, 2 * total)
        rows = Rows(placed, steps.one)
        with self._storage.work(actor) as work:
            lookups = Lookups(work, actor, self._clock.now())
            changes = list(CHECKS[kind](rows, lookups))
            wrong = any(reading.errors for reading in rows.readings)
            imported = valid_only or not wrong
            if imported:
                for change in changes:
                    self._write(lookups, change)
                    steps.one()
                work.commit()
        steps.finish()
        fates = Counter(change.fate for change in changes) if imported else Counter[Fate]()
        return ImportResult(
            kind=kind,
            rows=total,
            imported=imported,
            added=fates["ADDED"],
            updated=fates["UPDATED"],
            unchanged=fates["UNCHANGED"],
            refused=sum(bool(reading.errors) for reading in rows.readings),
            refused_rows=tuple(
                RefusedRow(
                    sheet=reading.sheet,
                    row=reading.row.number,
                    headers=rows.headers_of(reading),
                    cells=reading.row.cells,
                    reason=" ".join(f"{error.column}：{error.reason}" for error in reading.errors),
                )
                for reading in rows.readings
                if reading.errors
            ),
            errors=tuple(error for reading in rows.readings for error in reading.errors),
            warnings=tuple(warning for reading in rows.readings for warning in reading.warnings),
        )

    @staticmethod
    def _write(lookups: Lookups, change: Change) -> None:
        if change.fate == "UNCHANGED":
            return
        change.save()
        lookups.work.note(
            DirectoryChanged(change.what, str(change.subject), f"import: {change.summary}", lookups.now)
        )


class _Steps:
    """Counts rows, and calls `progress` after every 200 and at the end."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress = progress
        self._total = total
        self._done = 0

    def one(self) -> None:
        self._done += 1
        if self._progress is not None and self._done % _STEP == 0:
            self._progress(min(self._done, self._total), self._total)

    def finish(self) -> None:
        if self._progress is not None:
            self._progress(self._total, self._total)
