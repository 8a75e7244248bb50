"""Ports to the database, read side: rows with plain attributes, in batches, always within a scope.

A reader answers a list of keys or a page with a number of statements that does not grow with it. Rows are frozen and
carry exactly what their columns carry; nothing is loaded behind an attribute. Times are aware and in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from ...domain.certificate import CertificateKind
from ...domain.commitment import CommitmentState, Origin, Report
from ...domain.commitment_form import ProductionStatus
from ...domain.duty import DutyState, Topic
from ...domain.enterprise import EnterpriseKind, ShutdownPeriod, StopReason, Warehouse, Workshop
from ...domain.events import Client
from ...domain.notice import Message, SmsState
from ...domain.organisation import Level, Role
from ...domain.policy import Setting
from ...domain.values import (
    AccountId,
    CertificateId,
    CommitmentId,
    DepartmentId,
    EnterpriseId,
    PersonId,
    RegionId,
    ShutdownPeriodId,
)
from ..access import Actor, Scope
from .storage import Attempt, AuditEntry, Slot

Row = TypeVar("Row")

Key = tuple[str, ...]
"""A position in a list: the order columns of a row as text, ending in a unique one."""


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list: the first `first` rows after the position `after` (None: from the beginning)."""

    first: int
    after: Key | None = None


@dataclass(frozen=True, slots=True)
class Slice(Generic[Row]):
    """One page of rows, the position of each, and whether there are more behind them."""

    rows: Sequence[Row]
    keys: Sequence[Key]
    has_next: bool


@dataclass(frozen=True, slots=True)
class RegionRow:
    id: RegionId
    name: str
    level: Level
    parent_id: RegionId | None
    local: bool
    gb_code: str | None


@dataclass(frozen=True, slots=True)
class DepartmentRow:
    """`jurisdiction` is sorted by code."""

    id: DepartmentId
    name: str
    level: Level
    parent_id: DepartmentId | None
    jurisdiction: tuple[RegionId, ...]


@dataclass(frozen=True, slots=True)
class PersonRow:
    """`phone` is whole; who shows it masks it."""

    id: PersonId
    name: str
    phone: str
    role: Role
    department_id: DepartmentId | None
    enterprise_id: EnterpriseId | None
    active: bool


@dataclass(frozen=True, slots=True)
class EnterpriseRow:
    """An enterprise with its totals; workshops and warehouses are asked for apart. kg and boxes as decimals in text."""

    id: EnterpriseId
    credit_code: str
    name: str
    kind: EnterpriseKind
    region_id: RegionId
    region_name: str
    address: str
    active: bool
    workshops_total: int
    powder_workshops_total: int
    warehouses_total: int
    approved_persons: int
    approved_powder_kg: str
    approved_boxes: str
    approved_stock_kg: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class CertificateRow:
    id: CertificateId
    kind: CertificateKind
    number: str
    enterprise_id: EnterpriseId
    person_id: PersonId | None
    issued_on: date
    expires_on: date
    review_due_on: date | None


@dataclass(frozen=True, slots=True)
class EnterpriseFilter:
    """`text` is looked for in name and credit code; None or empty: no restriction."""

    text: str | None = None
    region_id: RegionId | None = None
    kinds: tuple[EnterpriseKind, ...] = ()
    active: bool | None = True


class DirectoryReader(Protocol):
    """Regions, departments, people, enterprises and what belongs to them. Regions are not secret: they have no scope."""

    def regions(self) -> Sequence[RegionRow]:
        """All of them, by code."""
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


@dataclass(frozen=True, slots=True)
class CommitmentRow:
    """One owed day of one enterprise, reported or not, with what lists show; the full report is asked for apart.

    `revision` is 0 and everything about the report None while nothing is reported. `excess` says that a figure lies
    above what is approved.
    """

    id: CommitmentId
    enterprise_id: EnterpriseId
    enterprise_name: str
    credit_code: str
    kind: EnterpriseKind
    region_id: RegionId
    region_name: str
    business_date: date
    due_at: datetime
    state: CommitmentState
    revision: int
    status: ProductionStatus | None
    origin: Origin | None
    late: bool | None
    reported_at: datetime | None
    reported_by: str | None
    risk_grade: int | None
    excess: bool | None
    stop_reason: StopReason | None
    reopened_at: datetime | None


@dataclass(frozen=True, slots=True)
class CommitmentFilter:
    """Both days included. `reported`: True only committed days, False only those not committed, None both.

    `text` is looked for in the enterprise's name and credit code. `directly` leaves out what lies below the region.
    """

    first_day: date
    last_day: date
    region_id: RegionId | None = None
    enterprise_id: EnterpriseId | None = None
    kinds: tuple[EnterpriseKind, ...] = ()
    statuses: tuple[ProductionStatus, ...] = ()
    origins: tuple[Origin, ...] = ()
    late: bool | None = None
    reported: bool | None = None
    excess: bool | None = None
    text: str | None = None
    directly: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """How the owed commitments of some enterprises and days stand; `in_production + stopped + unreported == expected`.

    `automatic` counts among the stopped, `on_time + late == reported == expected - unreported`.
    """

    expected: int = 0
    in_production: int = 0
    stopped: int = 0
    unreported: int = 0
    on_time: int = 0
    late: int = 0
    automatic: int = 0

    @property
    def reported(self) -> int:
        return self.expected - self.unreported


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


@dataclass(frozen=True, slots=True)
class DutyRow:
    """One outbox entry in the exchange ledger. `on_lease` while a worker has it."""

    id: UUID
    topic: Topic
    object_key: str
    revision: int
    business_date: date
    state: DutyState
    attempts: int
    created_at: datetime
    due_at: datetime
    sent_at: datetime | None
    settled_at: datetime | None
    answer_code: str
    answer: str
    message_id: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DutyFilter:
    topic: Topic | None = None
    states: tuple[DutyState, ...] = ()
    business_date: date | None = None


@dataclass(frozen=True, slots=True)
class DutyCounts:
    """How many entries of a topic and business date stand in each state."""

    topic: Topic
    business_date: date
    counts: Mapping[DutyState, int]


class ExchangeReader(Protocol):
    """The exchange ledger: what was sent when, the answer, what is pending."""

    def duties(self, where: DutyFilter, page: Page) -> Slice[DutyRow]:
        """Newest first by (created_at, id)."""
        ...

    def duty_counts(self, topic: Topic, first_day: date, last_day: date) -> Sequence[DutyCounts]: ...

    def attempts(self, topic: Topic | None, page: Page) -> Slice[Attempt]:
        """Newest first by (at, id)."""
        ...

    def overdue(self, topic: Topic, now: datetime) -> int:
        """How many PENDING duties are due by now."""
        ...


@dataclass(frozen=True, slots=True)
class SmsRow:
    id: UUID
    receiver_id: PersonId
    receiver_name: str
    phone: str
    state: SmsState
    text: str | None
    created_at: datetime
    changed_at: datetime | None
    note: str
    business_date: date
    stage: int


class NoticeReader(Protocol):
    """What people were told."""

    def messages(self, receiver_id: PersonId, page: Page, *, unread_only: bool = False) -> Slice[Message]:
        """Newest first by (created_at, id)."""
        ...

    def unread(self, receiver_id: PersonId) -> int: ...

    def texts(self, scope: Scope, page: Page, *, business_date: date | None = None) -> Slice[SmsRow]:
        """SMS to people in scope, newest first by (created_at, id)."""
        ...

    def text_counts(self, business_date: date) -> Mapping[SmsState, int]: ...


@dataclass(frozen=True, slots=True)
class LogInRow:
    """A log-in, as a business event."""

    at: datetime
    person_id: PersonId
    person_name: str
    client: Client


@dataclass(frozen=True, slots=True)
class AccountRow:
    id: AccountId
    username: str
    person_id: PersonId
    person_name: str
    role: Role
    locked_until: datetime | None
    disabled: bool
    must_change_password: bool


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """A session as a request finds it, with the actor it stands for."""

    session_id: UUID
    actor: Actor
    created_at: datetime
    last_seen_at: datetime
    revoked_at: datetime | None
    account_disabled: bool
    must_change_password: bool
    password_set_at: datetime


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
