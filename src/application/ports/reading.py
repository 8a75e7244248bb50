"""Ports to the database, read side: readers that answer a list of keys or a page, always within a scope.

The number of statements does not grow with the keys or the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from ...domain.commitment.report import Report
from ...domain.directory.enterprise import EnterpriseKind, ShutdownPeriod, Warehouse, Workshop
from ...domain.exchange.duty import Topic
from ...domain.notice.notice import Message, SmsState
from ...domain.policy import Setting
from ...domain.values import (
    AccountId,
    CertificateId,
    CommitmentId,
    DepartmentId,
    EnterpriseId,
    MessageId,
    PersonId,
    RegionId,
    ShutdownPeriodId,
)
from ..access import Actor, Scope
from .files import AttachmentReader as AttachmentReader
from .inspections import InspectionReader as InspectionReader
from .inspections import ProblemReader as ProblemReader
from .rows import AccountRow as AccountRow
from .rows import CertificateRow as CertificateRow
from .rows import CommitmentFilter as CommitmentFilter
from .rows import CommitmentRow as CommitmentRow
from .rows import DepartmentRow as DepartmentRow
from .rows import DutyCounts as DutyCounts
from .rows import DutyFilter as DutyFilter
from .rows import DutyRow as DutyRow
from .rows import EnterpriseFilter as EnterpriseFilter
from .rows import EnterpriseRow as EnterpriseRow
from .rows import Key as Key
from .rows import LogInRow as LogInRow
from .rows import Page as Page
from .rows import PersonRow as PersonRow
from .rows import RegionRow as RegionRow
from .rows import Row as Row
from .rows import SessionFacts as SessionFacts
from .rows import Slice as Slice
from .rows import SmsRow as SmsRow
from .rows import Tally as Tally
from .storage import Attempt, AuditEntry, Slot


class DirectoryReader(Protocol):
    """Regions, departments, people, enterprises and what belongs to them. Regions are not secret: they have no scope."""

    def regions(self) -> Sequence[RegionRow]:
        """All of them, by code."""
        ...

    def regions_by_id(self, ids: Sequence[RegionId]) -> Mapping[RegionId, RegionRow]:
        """Those of them that are known."""
        ...

    def departments(
        self, ids: Sequence[DepartmentId], scope: Scope
    ) -> Mapping[DepartmentId, DepartmentRow]: ...

    def department_page(self, scope: Scope, page: Page) -> Slice[DepartmentRow]:
        """Ordered by level (province first), then the smallest region code of the jurisdiction, then id."""
        ...

    def people(self, ids: Sequence[PersonId], scope: Scope) -> Mapping[PersonId, PersonRow]: ...

    def people_of_departments(
        self, ids: Sequence[DepartmentId], scope: Scope
    ) -> Mapping[DepartmentId, Sequence[PersonRow]]: ...

    def people_of_enterprises(
        self, ids: Sequence[EnterpriseId], scope: Scope
    ) -> Mapping[EnterpriseId, Sequence[PersonRow]]: ...

    def enterprises(
        self, ids: Sequence[EnterpriseId], scope: Scope
    ) -> Mapping[EnterpriseId, EnterpriseRow]: ...

    def enterprise_page(self, where: EnterpriseFilter, scope: Scope, page: Page) -> Slice[EnterpriseRow]:
        """Ordered by region code, then credit code."""
        ...

    def enterprise_count(self, where: EnterpriseFilter, scope: Scope) -> int: ...

    def workshops(self, ids: Sequence[EnterpriseId]) -> Mapping[EnterpriseId, Sequence[Workshop]]:
        """By number. Asked only for enterprises that a scoped reader has returned; so are the next two."""
        ...

    def warehouses(self, ids: Sequence[EnterpriseId]) -> Mapping[EnterpriseId, Sequence[Warehouse]]: ...

    def certificates_of(self, ids: Sequence[EnterpriseId]) -> Mapping[EnterpriseId, Sequence[CertificateRow]]:
        """Newest expiry first."""
        ...

    def certificates(
        self, ids: Sequence[CertificateId], scope: Scope
    ) -> Mapping[CertificateId, CertificateRow]: ...

    def shutdown_page(
        self,
        scope: Scope,
        page: Page,
        *,
        enterprise_id: EnterpriseId | None = None,
        covering: date | None = None,
    ) -> Slice[ShutdownPeriod]:
        """Newest first day first. To an enterprise its own and its region's; cancelled ones are included."""
        ...

    def shutdown_periods(
        self, ids: Sequence[ShutdownPeriodId], scope: Scope
    ) -> Mapping[ShutdownPeriodId, ShutdownPeriod]: ...

    def settings(self, region_id: RegionId) -> Sequence[Setting]:
        """All settings of the region and its ancestors, newest first."""
        ...


class CommitmentReader(Protocol):
    """Commitments for lists, pages and figures."""

    def commitments(
        self, ids: Sequence[CommitmentId], scope: Scope
    ) -> Mapping[CommitmentId, CommitmentRow]: ...

    def page(self, where: CommitmentFilter, scope: Scope, page: Page) -> Slice[CommitmentRow]:
        """Newest day first, within a day by id; keyset over (business date, id)."""
        ...

    def count(self, where: CommitmentFilter, scope: Scope) -> int: ...

    def on_day(
        self, enterprise_ids: Sequence[EnterpriseId], day: date, scope: Scope
    ) -> Mapping[EnterpriseId, CommitmentRow]: ...

    def reports(self, ids: Sequence[CommitmentId]) -> Mapping[CommitmentId, Report]:
        """The current report of each; asked only for commitments that a scoped reader has returned; so is the next."""
        ...

    def versions(self, id: CommitmentId) -> Sequence[Report]:
        """All reports of one commitment, newest first."""
        ...

    def last_report(self, enterprise_id: EnterpriseId, before: date) -> Report | None:
        """The newest manual report of the enterprise before the day, to pre-fill from."""
        ...

    def overview(
        self,
        region_id: RegionId,
        first_day: date,
        last_day: date,
        scope: Scope,
        kinds: Sequence[EnterpriseKind] = (),
    ) -> Sequence[tuple[RegionRow, Tally]]:
        """The region itself, then those directly below it by code, each with its tally as `tallies` gives it.

        Empty when there is no such region. Whether it may be seen is for the caller to say; what is counted lies in
        the scope.
        """
        ...

    def tallies(
        self,
        regions: Sequence[RegionId],
        first_day: date,
        last_day: date,
        scope: Scope,
        kinds: Sequence[EnterpriseKind] = (),
    ) -> Mapping[RegionId, Tally]:
        """For each region the sum over its whole subtree and the days; from the kept roll-up, not from the rows.

        Only what lies in the scope is counted; a region with nothing owed has a Tally of zeros.
        """
        ...

    def daily_tallies(
        self,
        region_id: RegionId,
        first_day: date,
        last_day: date,
        scope: Scope,
        kinds: Sequence[EnterpriseKind] = (),
    ) -> Mapping[date, Tally]:
        """The same per day for one region; days with nothing owed are missing."""
        ...


class ExchangeReader(Protocol):
    """The exchange ledger: what was sent when, the answer, what is pending."""

    def duties(self, where: DutyFilter, page: Page) -> Slice[DutyRow]:
        """Newest first by (created_at, id)."""
        ...

    def duties_by_id(self, ids: Sequence[UUID]) -> Mapping[UUID, DutyRow]: ...

    def duty_counts(self, topic: Topic, first_day: date, last_day: date) -> Sequence[DutyCounts]: ...

    def attempts(self, topic: Topic | None, page: Page) -> Slice[Attempt]:
        """Newest first by (at, id)."""
        ...

    def overdue(self, topic: Topic, now: datetime) -> int:
        """How many PENDING duties are due by now."""
        ...


class NoticeReader(Protocol):
    """What people were told."""

    def messages_by_id(self, ids: Sequence[MessageId], receiver_id: PersonId) -> Mapping[MessageId, Message]:
        """The receiver's own of them."""
        ...

    def messages(self, receiver_id: PersonId, page: Page, *, unread_only: bool = False) -> Slice[Message]:
        """Newest first by (created_at, id)."""
        ...

    def unread(self, receiver_id: PersonId) -> int: ...

    def texts(self, scope: Scope, page: Page, *, business_date: date | None = None) -> Slice[SmsRow]:
        """SMS to people in scope, newest first by (created_at, id)."""
        ...

    def text_counts(self, business_date: date) -> Mapping[SmsState, int]: ...


class AccessReader(Protocol):
    """Who is asking, and who may log in."""

    def session(self, token_digest: str) -> SessionFacts | None:
        """In one statement: it is asked on every request. `actor.must_change_password` is left False."""
        ...

    def actor(self, person_id: PersonId) -> Actor | None:
        """The actor that a person is, with the scope of its department or enterprise; None when it has left."""
        ...

    def accounts(self, page: Page, *, text: str | None = None) -> Slice[AccountRow]:
        """By user name."""
        ...

    def accounts_by_id(self, ids: Sequence[AccountId]) -> Mapping[AccountId, AccountRow]: ...

    def failed_log_ins(self, address: str, limit: int) -> Sequence[datetime]:
        """When the newest log-ins from an address failed, at most `limit`, newest first."""
        ...

    def log_ins(
        self, department_ids: Sequence[DepartmentId], first: datetime, until: datetime
    ) -> Mapping[DepartmentId, Sequence[LogInRow]]:
        """[first, until), newest first."""
        ...

    def enterprise_views(
        self, enterprise_id: EnterpriseId, first: datetime, until: datetime
    ) -> Sequence[LogInRow]:
        """Who looked at the enterprise's page in [first, until), newest first."""
        ...


class OperationsReader(Protocol):
    """For administrators: the schedule and the audit trail."""

    def slots(self, page: Page, *, job: str | None = None) -> Slice[Slot]:
        """Newest slot first, by (slot_at, job)."""
        ...

    def audit_entries(self, page: Page, *, text: str | None = None) -> Slice[AuditEntry]:
        """Newest first by (at, id); `text` is looked for in action, subject and actor."""
        ...


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
    attachments: AttachmentReader
