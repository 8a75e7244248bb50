"""The events of written reports, named in the past tense."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from ..values import RegionId, RegionReportId
from .report import ReportKind


@dataclass(frozen=True, slots=True)
class ReportMade:
    """The document of a period and a region was stored. `sha256` is that of its bytes."""

    report_id: RegionReportId
    kind: ReportKind
    region_id: RegionId
    last_day: date
    size: int
    sha256: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReportDownloaded:
    """Somebody downloaded the document."""

    report_id: RegionReportId
    at: datetime


ReportEvent = ReportMade | ReportDownloaded
