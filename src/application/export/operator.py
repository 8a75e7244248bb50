"""Exports of an operator on the command line: straight to a file, audited under the operator's name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from os import SEEK_END
from typing import BinaryIO

from ...domain.export.events import ExportedByOperator
from ...domain.export.job import check_rows
from ..access import SYSTEM, Permission, check
from ..files.files import sha256_of
from ..ports.export import Catalogue
from ..ports.signals import Clock
from ..ports.work import Storage
from ..ports.workbook import WorkbookWriter
from .exports import RequestExport


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: rows of data, bytes, and the SHA-256 of the file."""

    rows: int
    size: int
    sha256: str


class OperatorExports:
    """Whoever has a shell on the machine sees the whole province; that they looked is in the audit trail."""

    def __init__(self, storage: Storage, clock: Clock, catalogue: Catalogue, writer: WorkbookWriter) -> None:
        self._storage = storage
        self._clock = clock
        self._catalogue = catalogue
        self._writer = writer

    def count(self, command: RequestExport) -> int:
        """How many rows it would have. Raises ExportTooLarge, InvalidValue or NotFound."""
        check(SYSTEM, Permission.EXPORT)
        selection = self._catalogue.selection_of(command.kind, command.where)
        rows = self._catalogue.count(SYSTEM, command.kind, selection)
        check_rows(rows)
        return rows

    def write(
        self, command: RequestExport, file: BinaryIO, *, operator: str, progress: Callable[[int], None]
    ) -> Written:
        """Write the workbook to an open file; `progress` is told the rows written so far.

        Raises the same as `count`. It is in the audit trail before this returns.
        """
        self.count(command)
        selection = self._catalogue.selection_of(command.kind, command.where)
        book = self._catalogue.book(SYSTEM, command.kind, selection, at=self._clock.now())
        rows = 0

        def advance(written: int) -> None:
            nonlocal rows
            rows = written
            progress(written)

        self._writer.write(book, file, advance)
        size = file.seek(0, SEEK_END)
        digest = sha256_of(file)
        with self._storage.work(SYSTEM) as work:
            work.note(
                ExportedByOperator(
                    operator=operator,
                    kind=command.kind,
                    selection=selection,
                    rows=rows,
                    size=size,
                    sha256=digest,
                    at=self._clock.now(),
                )
            )
            work.commit()
        return Written(rows, size, digest)
