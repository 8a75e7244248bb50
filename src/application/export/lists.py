"""Every list that can be exported, by its kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...domain.export.kind import ExportKind
from ..alert.alerts import Alerts
from ..commitment.commitments import Commitments
from ..directory.browsing import Browsing
from ..exchange.exchange import Exchange
from ..exchange.inbox import InboxLedger
from ..inspection.inspections import Inspections
from ..inspection.weekly import Weekly
from ..notice.notices import Notices
from ..operations.audit import AuditTrail
from ..ports.readers import Readers
from ..problem.problems import Problems
from .commitments import list_commitments
from .directory import (
    list_certificates,
    list_departments,
    list_enterprises,
    list_people,
    list_shutdown_periods,
)
from .exchange import list_audit_entries, list_duties, list_messages, list_records, list_texts
from .inspections import list_inspections, list_weekly_figures
from .listing import AnyListing
from .problems import list_alerts, list_problems


@dataclass(frozen=True, slots=True)
class Areas:
    """The use cases behind the lists."""

    commitments: Commitments
    inspections: Inspections
    weekly: Weekly
    problems: Problems
    alerts: Alerts
    browsing: Browsing
    notices: Notices
    exchange: Exchange
    inbox: InboxLedger
    audit: AuditTrail


def all_lists(areas: Areas, readers: Readers) -> Mapping[ExportKind, AnyListing]:
    """The listings of all lists."""
    browsing = areas.browsing
    return {
        ExportKind.COMMITMENTS: list_commitments(areas.commitments, readers),
        ExportKind.INSPECTIONS: list_inspections(areas.inspections, readers),
        ExportKind.WEEKLY_FIGURES: list_weekly_figures(areas.weekly),
        ExportKind.PROBLEMS: list_problems(areas.problems, readers),
        ExportKind.ALERTS: list_alerts(areas.alerts, readers),
        ExportKind.ENTERPRISES: list_enterprises(browsing, readers),
        ExportKind.CERTIFICATES: list_certificates(browsing, readers),
        ExportKind.SHUTDOWN_PERIODS: list_shutdown_periods(browsing, readers),
        ExportKind.DEPARTMENTS: list_departments(browsing, readers),
        ExportKind.PEOPLE: list_people(browsing, readers),
        ExportKind.SMS_RECORDS: list_texts(areas.notices),
        ExportKind.EXCHANGE_ENTRIES: list_duties(areas.exchange),
        ExportKind.INBOX_MESSAGES: list_messages(areas.inbox),
        ExportKind.INBOX_RECORDS: list_records(areas.inbox),
        ExportKind.AUDIT_ENTRIES: list_audit_entries(areas.audit),
    }
