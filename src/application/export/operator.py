"""Exports of an operator on the command line: straight to a file, audited under the operator's name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, make_dataclass
from os import SEEK_END
from typing import BinaryIO, get_type_hints

from ...domain.export.events import ExportedByOperator
from ...domain.export.job import check_rows
from ...domain.export.kind import ExportKind
from ...domain.refusals import InvalidValue
from ...domain.values import shortened
from ..access import SYSTEM, Permission, check
from ..files.files import sha256_of
from ..ports.export import Catalogue
from ..ports.signals import Clock
from ..ports.work import Storage
from ..ports.workbook import WorkbookWriter
from .exports import RequestExport
from .selections import filter_of


def _only(wanted: type, name: str) -> type:
    """A filter with this field alone, to try its value."""
    return make_dataclass("_Only", [(name, get_type_hints(wanted)[name])])


def _json_of(type_name: str, text: str) -> object:
    """The JSON value that a field of this type is read from."""
    if type_name.startswith("tuple["):
        return [part.strip() for part in text.split(",") if part.strip()]
    if type_name.startswith("bool"):
        return {"true": True, "false": False}[text.lower()]
    return int(text) if type_name.startswith("int") else text


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

    def command(self, kind: ExportKind, conditions: Mapping[str, str]) -> RequestExport:
        """Make the command from texts: `first_day` 2026-11-01, `states` ISSUED,RETURNED, `unfed_back` true.

        Raises InvalidValue for a condition that this list has not, or a value that it does not take.
        """
        wanted = self._catalogue.filter_of(kind)
        known = {entry.name: entry for entry in fields(wanted)}
        if unknown := conditions.keys() - known.keys():
            names = "、".join(name.replace("_", "-") for name in known)
            raise InvalidValue(f"没有条件“{min(unknown)}”，可用的条件：{names}。")
        selection = {}
        for name, text in conditions.items():
            try:
                selection[name] = _json_of(str(known[name].type), text)
                filter_of(_only(wanted, name), {name: selection[name]})
            except (KeyError, TypeError, ValueError):
                raise InvalidValue(f"条件“{name.replace('_', '-')}”不能是“{shortened(text, 40)}”。") from None
        try:
            return RequestExport(kind, filter_of(wanted, selection))
        except TypeError:
            missing = [n for n, e in known.items() if e.default is MISSING and n not in conditions]
            raise InvalidValue(f"缺少条件：{'、'.join(n.replace('_', '-') for n in missing)}。") from None

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
