"""Rows that readers answer with: frozen, with plain attributes, exactly what their columns carry.

Nothing is loaded behind an attribute. Times are aware and in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from ...domain.commitment.commitment import CommitmentState
from ...domain.commitment.form import ProductionStatus
from ...domain.directory.certificate import CertificateKind
from ...domain.directory.enterprise import EnterpriseKind, StopReason
from ...domain.directory.organisation import Level, Role
from ...domain.exchange.duty import DutyState, Topic
from ...domain.notice.notice import SmsState
from ...domain.signed import Origin
from ...domain.values import (
    AccountId,
    CertificateId,
    Client,
    CommitmentId,
    DepartmentId,
    EnterpriseId,
    PersonId,
    RegionId,
)
from ..access import Actor

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
    """A region; `gb_code` is what the ministry knows it by where that differs."""

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
    """An enterprise with its totals; workshops and warehouses are asked for apart. kg and boxes as decimals in text.

    `region` comes along where the reader had it at hand anyway.
    """

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
    region: RegionRow | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """A certificate of an enterprise or of one of its people; both days are valid days."""

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


@dataclass(frozen=True, slots=True)
class CommitmentRow:
    """One owed day of one enterprise, reported or not, with what lists show; the full report is asked for apart.

    `revision` is 0 and everything about the report None while nothing is reported. `excess` says that a figure lies
    above what is approved. `enterprise` and `region` come along where the reader had them at hand anyway; None says
    nothing, they are then to be asked for.
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
    enterprise: EnterpriseRow | None = field(default=None, compare=False)
    region: RegionRow | None = field(default=None, compare=False)


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


@dataclass(frozen=True, slots=True)
class DutyRow:
    """One outbox entry in the exchange ledger; `facts` as they were frozen."""

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
    """None or empty: no restriction."""

    topic: Topic | None = None
    states: tuple[DutyState, ...] = ()
    business_date: date | None = None


@dataclass(frozen=True, slots=True)
class DutyCounts:
    """How many entries of a topic and business date stand in each state."""

    topic: Topic
    business_date: date
    counts: Mapping[DutyState, int]


@dataclass(frozen=True, slots=True)
class SmsRow:
    """An SMS; `phone` is whole, who shows it masks it. `stage` is None where it is not about unreported commitments."""

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
    stage: int | None


@dataclass(frozen=True, slots=True)
class LogInRow:
    """A log-in, as a business event."""

    at: datetime
    person_id: PersonId
    person_name: str
    client: Client


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account as administrators see it: nothing of its password."""

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
