"""Ports to the database, read side: all readers of one storage.

A reader method takes a list of keys or a page, and where needed a scope. The number of its SQL statements
does not grow with the keys or the page. Rows are frozen dataclasses with plain values; no attribute loads
anything lazily. Times are aware and in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass

from .alert import AlertReader
from .commitment import CommitmentReader
from .directory import DirectoryReader
from .exchange import ExchangeReader
from .export import ExportReader
from .files import AttachmentReader
from .identity import AccessReader
from .inbox import InboxReader
from .inspection import InspectionReader
from .notice import NoticeReader
from .operations import OperationsReader
from .problem import ProblemReader
from .report import RegionReportReader
from .statistics import RollUpReader, StatisticsReader
from .wall import WallReader


@dataclass(frozen=True, slots=True)
class Readers:
    """All readers of one storage."""

    directory: DirectoryReader
    commitments: CommitmentReader
    exchange: ExchangeReader
    notices: NoticeReader
    access: AccessReader
    operations: OperationsReader
    inspections: InspectionReader
    problems: ProblemReader
    alerts: AlertReader
    inbox: InboxReader
    attachments: AttachmentReader
    statistics: StatisticsReader
    roll_ups: RollUpReader
    region_reports: RegionReportReader
    exports: ExportReader
    wall: WallReader
