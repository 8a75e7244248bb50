"""Data loaders: collect the single look-ups of one level of a query and read them in one batch."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, TypeAlias, TypeVar
from uuid import UUID

from strawberry.dataloader import DataLoader

from ..application.access import Actor
from ..application.ports.alert import AlertHistory, AlertRow
from ..application.ports.commitment import CommitmentRow
from ..application.ports.directory import CertificateRow, DepartmentRow, EnterpriseRow, PersonRow, RegionRow
from ..application.ports.exchange import DutyRow
from ..application.ports.export import ExportRow
from ..application.ports.identity import AccountRow
from ..application.ports.inbox import InboxMessageRow, InboxRecordRow
from ..application.ports.inspection import InspectionRow
from ..application.ports.notice import SmsRow
from ..application.ports.problem import ProblemHistory, ProblemRow
from ..application.ports.report import RegionReportRow
from ..domain.commitment.report import Report
from ..domain.directory.enterprise import Warehouse, Workshop
from ..domain.directory.shutdown import ShutdownPeriod
from ..domain.files.attachment import Attachment
from ..domain.inspection.form import InspectionForm, Sheet
from ..domain.notice.notice import Message
from ..domain.values import (
    AccountId,
    AlertId,
    AttachmentId,
    CertificateId,
    CommitmentId,
    DepartmentId,
    EnterpriseId,
    ExportId,
    InspectionId,
    MessageId,
    PersonId,
    ProblemId,
    RegionId,
    RegionReportId,
    ShutdownPeriodId,
)
from .threads import run_in_thread

if TYPE_CHECKING:
    from ..application.app import Application

Key = TypeVar("Key", bound=Hashable)
Row = TypeVar("Row")
MaybeRow: TypeAlias = Row | Awaitable[Row | None] | None
"""What a synchronous resolver returns: the row itself, an awaitable of it from a loader, or None."""


def one_by_key(
    read: Callable[[Sequence[Key]], Mapping[Key, Row]],
) -> Callable[[list[Key]], Awaitable[list[Row | None]]]:
    """Make a batch function from `read`, which returns a mapping; a key that is missing there gives None."""

    async def load(keys: list[Key]) -> list[Row | None]:
        found = await run_in_thread(lambda: read(keys))
        return [found.get(key) for key in keys]

    return load


def many_by_key(
    read: Callable[[Sequence[Key]], Mapping[Key, Sequence[Row]]],
) -> Callable[[list[Key]], Awaitable[list[Sequence[Row]]]]:
    """Make a batch function for lists; a key that is missing in the mapping gives an empty list."""

    async def load(keys: list[Key]) -> list[Sequence[Row]]:
        found = await run_in_thread(lambda: read(keys))
        return [found.get(key, ()) for key in keys]

    return load


class Loaders:
    """Loaders of one operation. They read as the actor; what lies outside its scope is None or empty."""

    def __init__(self, app: Application, actor: Callable[[], Actor]) -> None:
        browsing, commitments, inspections = app.browsing, app.commitments, app.inspections
        self.regions: DataLoader[RegionId, RegionRow | None] = DataLoader(
            one_by_key(lambda keys: browsing.regions_by_id(actor(), keys))
        )
        self.departments: DataLoader[DepartmentId, DepartmentRow | None] = DataLoader(
            one_by_key(lambda keys: browsing.departments(actor(), keys))
        )
        self.people: DataLoader[PersonId, PersonRow | None] = DataLoader(
            one_by_key(lambda keys: browsing.people(actor(), keys))
        )
        self.people_of_departments: DataLoader[DepartmentId, Sequence[PersonRow]] = DataLoader(
            many_by_key(lambda keys: browsing.people_of_departments(actor(), keys))
        )
        self.people_of_enterprises: DataLoader[EnterpriseId, Sequence[PersonRow]] = DataLoader(
            many_by_key(lambda keys: browsing.people_of_enterprises(actor(), keys))
        )
        self.enterprises: DataLoader[EnterpriseId, EnterpriseRow | None] = DataLoader(
            one_by_key(lambda keys: browsing.enterprises(actor(), keys))
        )
        self.workshops: DataLoader[EnterpriseId, Sequence[Workshop]] = DataLoader(
            many_by_key(lambda keys: browsing.workshops(actor(), keys))
        )
        self.warehouses: DataLoader[EnterpriseId, Sequence[Warehouse]] = DataLoader(
            many_by_key(lambda keys: browsing.warehouses(actor(), keys))
        )
        self.certificates_of: DataLoader[EnterpriseId, Sequence[CertificateRow]] = DataLoader(
            many_by_key(lambda keys: browsing.certificates_of(actor(), keys))
        )
        self.commitments: DataLoader[CommitmentId, CommitmentRow | None] = DataLoader(
            one_by_key(lambda keys: commitments.rows(actor(), keys))
        )
        self.problems: DataLoader[ProblemId, ProblemRow | None] = DataLoader(
            one_by_key(lambda keys: app.problems.rows(actor(), keys))
        )
        self.responsible: DataLoader[ProblemId, Sequence[PersonId]] = DataLoader(
            many_by_key(lambda keys: app.problems.responsible(actor(), keys))
        )
        self.texts: DataLoader[UUID, SmsRow | None] = DataLoader(
            one_by_key(lambda keys: app.notices.texts_by_id(actor(), keys))
        )
        self.phone_numbers: DataLoader[PersonId, str | None] = DataLoader(
            one_by_key(lambda keys: app.contacts.phone_numbers(actor(), keys))
        )
        self.duty_phone_numbers: DataLoader[CommitmentId, str | None] = DataLoader(
            one_by_key(lambda keys: app.contacts.duty_phone_numbers(actor(), keys))
        )
        self.problem_histories: DataLoader[ProblemId, ProblemHistory | None] = DataLoader(
            one_by_key(lambda keys: app.problems.histories(actor(), keys))
        )
        self.alerts: DataLoader[AlertId, AlertRow | None] = DataLoader(
            one_by_key(lambda keys: app.alerts.rows(actor(), keys))
        )
        self.alerts_of_certificates: DataLoader[CertificateId, Sequence[AlertRow]] = DataLoader(
            many_by_key(lambda keys: app.alerts.of_certificates(actor(), keys))
        )
        self.alert_histories: DataLoader[AlertId, AlertHistory | None] = DataLoader(
            one_by_key(lambda keys: app.alerts.histories(actor(), keys))
        )
        self.reports: DataLoader[CommitmentId, Report | None] = DataLoader(
            one_by_key(lambda keys: commitments.reports(actor(), keys))
        )
        self.inspections: DataLoader[InspectionId, InspectionRow | None] = DataLoader(
            one_by_key(lambda keys: inspections.rows(actor(), keys))
        )
        self.inspection_contents: DataLoader[InspectionId, tuple[Sheet, InspectionForm] | None] = DataLoader(
            one_by_key(lambda keys: inspections.contents(actor(), keys))
        )
        self.problems_of_inspections: DataLoader[InspectionId, Sequence[ProblemRow]] = DataLoader(
            many_by_key(lambda keys: app.problems.of_inspections(actor(), keys))
        )
        self.certificates: DataLoader[CertificateId, CertificateRow | None] = DataLoader(
            one_by_key(lambda keys: browsing.certificates(actor(), keys))
        )
        self.shutdown_periods: DataLoader[ShutdownPeriodId, ShutdownPeriod | None] = DataLoader(
            one_by_key(lambda keys: browsing.shutdown_periods(actor(), keys))
        )
        self.messages: DataLoader[MessageId, Message | None] = DataLoader(
            one_by_key(lambda keys: app.notices.messages_by_id(actor(), keys))
        )
        self.accounts: DataLoader[AccountId, AccountRow | None] = DataLoader(
            one_by_key(lambda keys: app.identity.accounts_by_id(actor(), keys))
        )
        self.duties: DataLoader[UUID, DutyRow | None] = DataLoader(
            one_by_key(lambda keys: app.exchange.duties_by_id(actor(), keys))
        )
        self.reported: DataLoader[UUID, Sequence[DutyRow]] = DataLoader(
            many_by_key(lambda keys: app.exchange.reported(actor(), keys))
        )
        self.inbox_messages: DataLoader[UUID, InboxMessageRow | None] = DataLoader(
            one_by_key(lambda keys: app.inbox.messages_by_id(actor(), keys))
        )
        self.inbox_records: DataLoader[UUID, InboxRecordRow | None] = DataLoader(
            one_by_key(lambda keys: app.inbox.records_by_id(actor(), keys))
        )
        self.attachments: DataLoader[AttachmentId, Attachment | None] = DataLoader(
            one_by_key(lambda keys: app.files.attachments(actor(), keys))
        )

        self.region_reports: DataLoader[RegionReportId, RegionReportRow | None] = DataLoader(
            one_by_key(lambda keys: app.reports.reports(actor(), keys))
        )
        self.exports: DataLoader[ExportId, ExportRow | None] = DataLoader(
            one_by_key(lambda keys: app.exports.rows(actor(), keys))
        )

        def on_days(
            keys: Sequence[tuple[EnterpriseId, date]],
        ) -> dict[tuple[EnterpriseId, date], CommitmentRow]:
            found: dict[tuple[EnterpriseId, date], CommitmentRow] = {}
            for day in sorted({day for _, day in keys}):
                rows = commitments.on_day(actor(), [id for id, asked in keys if asked == day], day)
                found |= {(id, day): row for id, row in rows.items()}
            return found

        self.on_day: DataLoader[tuple[EnterpriseId, date], CommitmentRow | None] = DataLoader(
            one_by_key(on_days)
        )
