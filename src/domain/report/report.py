"""Written reports (通报): 日报, 周报 and 月报 of a region, made by the schedule from frozen figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Final

from ..deadlines import business_date
from ..values import DepartmentId, RegionId, RegionReportId, fact_id
from .figures import ReportFigures


class ReportKind(Enum):
    """How long a period a written report covers."""

    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"


REPORT_KIND_NAMES: Final = {
    ReportKind.DAILY: "日报",
    ReportKind.WEEKLY: "周报",
    ReportKind.MONTHLY: "月报",
}
_ABOUT: Final = {
    ReportKind.DAILY: "烟花爆竹安全承诺日报",
    ReportKind.WEEKLY: "烟花爆竹巡查抽查周报",
    ReportKind.MONTHLY: "烟花爆竹安全生产月报",
}


@dataclass(frozen=True, slots=True)
class ReportFile:
    """The document of a written report as it was stored; `size` in bytes."""

    size: int
    sha256: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class RegionReport:
    """One per kind, period and region. The figures never change, so the document can be written again unchanged.

    The period is [first_day, last_day]; a weekly one ends on the closing day of its week. The figures are as of
    `as_of`. The department signs, under the name that it had. `file` is None until the document is stored.
    """

    id: RegionReportId
    kind: ReportKind
    region_id: RegionId
    region_name: str
    department_id: DepartmentId
    department_name: str
    first_day: date
    last_day: date
    as_of: datetime
    figures: ReportFigures
    frozen_at: datetime
    file: ReportFile | None = None

    @property
    def title(self) -> str:
        """As lists and messages name it."""
        return report_title(self.kind, self.region_name, self.last_day)

    @property
    def signed_on(self) -> date:
        """The date under the document: the business date on which the period was over."""
        return business_date(self.as_of)


def report_id(kind: ReportKind, last_day: date, region_id: RegionId) -> RegionReportId:
    """The same period and region always have the same report."""
    return RegionReportId(fact_id("report", kind.value, last_day.isoformat(), region_id))


def report_title(kind: ReportKind, region_name: str, last_day: date) -> str:
    """The title, such as 西安市烟花爆竹安全承诺日报（2026年11月24日）."""
    when = f"{last_day.year}年{last_day.month}月"
    when += "" if kind is ReportKind.MONTHLY else f"{last_day.day}日"
    return f"{region_name}{_ABOUT[kind]}（{when}）"


def file_name(title: str) -> str:
    """The name under which the document is downloaded."""
    return f"{title}.docx"


def report_key(id: RegionReportId) -> str:
    """The storage key of the document. It is no key of an attachment, so nobody takes it for an orphan."""
    return f"reported-{id.hex}"
