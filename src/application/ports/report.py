"""Ports of written reports: the document and its writer, the collection, the reader and its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Protocol

from ...domain.report.report import RegionReport, ReportFile, ReportKind
from ...domain.values import DepartmentId, RegionId, RegionReportId
from ..access import Scope
from .paging import Page, Slice

# ---------------------------------------------------------------- the document


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a section; `level` 1 or 2. Its number is part of the text."""

    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of the body."""

    text: str


@dataclass(frozen=True, slots=True)
class Note:
    """A small line under a table: what its columns mean."""

    text: str


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column of a table; `weight` is its share of the width, in any unit.

    `left`: the text stands on the left, else in the middle.
    """

    title: str
    weight: int
    left: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a caption. `rows` have as many cells as there are columns; `total` is a last row below them."""

    caption: str
    columns: Sequence[TableColumn]
    rows: Sequence[Sequence[str]]
    total: Sequence[str] | None = None


Block = Heading | Paragraph | Note | Table


@dataclass(frozen=True, slots=True)
class Document:
    """An official document as its reader sees it, from the title to the date.

    The title is broken into its lines. `addressee` is empty where there is none.
    """

    title: Sequence[str]
    addressee: str
    blocks: Sequence[Block]
    signed_by: str
    signed_on: date
    made_at: datetime


class ReportWriter(Protocol):
    """Writes a document as a file that people can edit."""

    def write(self, document: Document) -> bytes:
        """The .docx file; the same document always gives the same bytes."""
        ...


# ---------------------------------------------------------------- write side


class RegionReports(Protocol):
    """The written reports with their frozen figures."""

    def freeze(self, report: RegionReport) -> RegionReport:
        """Store the report without a document, unless its period and region have one; return what is stored."""
        ...

    def find(self, id: RegionReportId) -> RegionReport | None: ...

    def keep_file(self, id: RegionReportId, file: ReportFile) -> bool:
        """Say that the document is stored; False, and nothing changes, where that was said before."""
        ...


# ---------------------------------------------------------------- read side


@dataclass(frozen=True, slots=True)
class RegionReportRow:
    """A written report as lists show it. Only reports whose document is stored have a row."""

    id: RegionReportId
    kind: ReportKind
    region_id: RegionId
    region_name: str
    department_id: DepartmentId
    department_name: str
    first_day: date
    last_day: date
    as_of: datetime
    made_at: datetime
    title: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class RegionReportFilter:
    """None: no restriction. `region_id`: reports of this region itself, not of those below it."""

    kind: ReportKind | None = None
    region_id: RegionId | None = None


class RegionReportOrder(Enum):
    """How a list of written reports is sorted, by the last day of the period; then by region code and id."""

    NEWEST = "NEWEST"
    OLDEST = "OLDEST"


class RegionReportReader(Protocol):
    """Reads written reports for lists; a report is in scope if its region is."""

    def page(
        self,
        where: RegionReportFilter,
        scope: Scope,
        page: Page,
        order: RegionReportOrder = RegionReportOrder.NEWEST,
    ) -> Slice[RegionReportRow]: ...

    def count(self, where: RegionReportFilter, scope: Scope) -> int: ...

    def reports(
        self, ids: Sequence[RegionReportId], scope: Scope
    ) -> Mapping[RegionReportId, RegionReportRow]: ...
