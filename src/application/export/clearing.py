"""Removes what is no longer kept: files a day after they were complete, left-overs, and old rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from ...domain.export.job import EXPORT_KEPT, export_of
from ..access import SYSTEM, Permission, check
from ..ports.files import FileStore
from ..ports.readers import Readers
from ..ports.signals import Clock
from ..ports.work import Storage
from ..ports.workbook import WorkbookWriter

CHUNK: Final = 200
LEFT_OVER_AFTER: Final = timedelta(hours=24)
"""A file that no export has is kept this long: its export may be about to be recorded."""
ROWS_KEPT: Final = timedelta(days=30)
"""So long the owner sees what became of an export."""


class ExportClearing:
    """The jobs of exports. Every method is safe to repeat, and to run on several nodes."""

    def __init__(
        self, storage: Storage, readers: Readers, clock: Clock, store: FileStore, writer: WorkbookWriter
    ) -> None:
        self._storage = storage
        self._readers = readers
        self._clock = clock
        self._store = store
        self._writer = writer

    def expire(self) -> int:
        """Remove the files that are kept for long enough; return how many. Raises FileStoreFailed.

        The file goes first: an export never claims to have none while its file is still there. Nobody can
        download it by then.
        """
        check(SYSTEM, Permission.RUN_SYSTEM_JOB)
        expired = 0
        while True:
            now = self._clock.now()
            with self._storage.work(SYSTEM) as work:
                jobs = work.exports.to_expire(now - EXPORT_KEPT, limit=CHUNK)
            for job in jobs:
                assert job.file is not None, "a READY export has a file"
                self._store.delete(job.file.key)
            with self._storage.work(SYSTEM) as work:
                for job in jobs:
                    job.expire(at=now)
                    work.exports.save(job)
                work.commit()
            expired += len(jobs)
            if len(jobs) < CHUNK:
                return expired

    def clean_up(self) -> tuple[int, int, int]:
        """Remove files that belong to no export, old rows, and unfinished workbooks; return how many of each.

        Raises FileStoreFailed.
        """
        check(SYSTEM, Permission.RUN_SYSTEM_JOB)
        unfinished = self._writer.clear()
        removed = 0
        for keys in _in_chunks(self._store.older_than(LEFT_OVER_AFTER)):
            owners = {key: id for key in keys if (id := export_of(key)) is not None}
            rightful = set(self._readers.exports.keys(list(dict.fromkeys(owners.values()))).values())
            for key in owners.keys() - rightful:
                self._store.delete(key)
                removed += 1
        return removed, self._forget(self._clock.now() - ROWS_KEPT), unfinished

    def _forget(self, before: datetime) -> int:
        forgotten = 0
        while True:
            with self._storage.work(SYSTEM) as work:
                found = work.exports.remove_ended(before, limit=CHUNK)
                work.commit()
            forgotten += found
            if found < CHUNK:
                return forgotten


def _in_chunks(keys: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(keys)
    while chunk := list(islice(remaining, CHUNK)):
        yield chunk
