"""Tables of the twin: immutable rows, shared between states by copy-on-write."""

from __future__ import annotations

import json
from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

from ...application.ports.exchange import Attempt
from ...application.ports.inbox import UsedNonce
from ...application.ports.operations import AuditEntry, Slot
from ...domain.alert.alert import Alert
from ...domain.commitment.commitment import Commitment
from ...domain.commitment.report import Report
from ...domain.directory.certificate import Certificate
from ...domain.directory.enterprise import Enterprise
from ...domain.directory.events import EnterpriseViewed
from ...domain.directory.organisation import Department, Level, Person, Region
from ...domain.directory.shutdown import ShutdownPeriod
from ...domain.exchange.duty import Duty
from ...domain.exchange.inbound import InboxMessage, InboxRecord
from ...domain.export.job import ExportJob
from ...domain.files.attachment import Attachment
from ...domain.files.ticket import FileTicket
from ...domain.identity.account import Account, Session
from ...domain.identity.events import LoggedIn, LogInFailed
from ...domain.identity.known_address import KnownAddress
from ...domain.inspection.inspection import Inspection
from ...domain.inspection.week import Week, WeeklyRow
from ...domain.notice.notice import Message, Sms
from ...domain.policy import Setting, SettingKey
from ...domain.problem.problem import Problem
from ...domain.report.report import RegionReport
from ...domain.restore import Restore
from ...domain.supervision import SettingChange, SettingLock
from ...domain.values import (
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
    aware,
)

K = TypeVar("K")
V = TypeVar("V")


class Table(Mapping[K, V], Generic[K, V]):
    """A mapping with copy-on-write: a fork copies the rows at its first write."""

    __slots__ = ("_own", "_rows")

    def __init__(self, rows: dict[K, V] | None = None) -> None:
        self._rows: dict[K, V] = {} if rows is None else rows
        self._own = rows is None

    def fork(self) -> Table[K, V]:
        """A table with the same rows; writing to it does not change this one."""
        return Table(self._rows)

    def put(self, key: K, row: V) -> None:
        self._writable()[key] = row

    def remove(self, key: K) -> None:
        del self._writable()[key]

    def _writable(self) -> dict[K, V]:
        if not self._own:
            self._rows, self._own = dict(self._rows), True
        return self._rows

    # The mixins of Mapping would answer all of these, by one call of a Python function per row.

    def keys(self) -> KeysView[K]:
        return self._rows.keys()

    def values(self) -> ValuesView[V]:
        return self._rows.values()

    def items(self) -> ItemsView[K, V]:
        return self._rows.items()

    def __contains__(self, key: object) -> bool:
        return key in self._rows

    def __getitem__(self, key: K) -> V:
        return self._rows[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


@dataclass(frozen=True, slots=True)
class KeptEnterprise:
    """An enterprise and when its directory entry was last changed."""

    enterprise: Enterprise
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class KeptInspection:
    """An inspection; `replaced` is true for an automatic record that a manual one replaces."""

    inspection: Inspection
    replaced: bool


@dataclass(frozen=True, slots=True)
class KeptDuty:
    """A duty with its lease (None: not leased) and the fence of the newest claim."""

    duty: Duty
    leased_until: datetime | None = None
    fence: int = 0


@dataclass(frozen=True, slots=True)
class KeptSlot:
    """A slot of the schedule, not claimable before `closed_until`.

    `held` is true while a worker has the lease, false during a pause before a retry.
    """

    slot: Slot
    closed_until: datetime | None = None
    held: bool = False
    fence: int = 0


@dataclass(frozen=True, slots=True)
class Seal:
    """One link of the audit chain; its hash includes the previous hash."""

    entry_id: UUID
    hash: str
    sealed_at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of a mutation that had an idempotency key of the client."""

    fingerprint: str
    reference: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StrayAttempt:
    """How many attempts of a slot counted towards no lock, and when the last one was."""

    attempts: int
    at: datetime


@dataclass(slots=True)
class State:
    """All tables of the twin. A committed state never changes; a unit of work writes to a fork of it."""

    regions: Table[RegionId, Region] = field(default_factory=Table)
    departments: Table[DepartmentId, Department] = field(default_factory=Table)
    people: Table[PersonId, Person] = field(default_factory=Table)
    enterprises: Table[EnterpriseId, KeptEnterprise] = field(default_factory=Table)
    certificates: Table[CertificateId, Certificate] = field(default_factory=Table)
    certificate_watch: Table[CertificateId, date | None] = field(default_factory=Table)
    shutdown_periods: Table[ShutdownPeriodId, ShutdownPeriod] = field(default_factory=Table)
    settings: Table[tuple[RegionId, SettingKey, date, Level], Setting] = field(default_factory=Table)
    setting_locks: Table[tuple[RegionId, SettingKey], SettingLock] = field(default_factory=Table)
    setting_changes: Table[UUID, SettingChange] = field(default_factory=Table)
    commitments: Table[CommitmentId, Commitment] = field(default_factory=Table)
    reports: Table[CommitmentId, tuple[Report, ...]] = field(default_factory=Table)
    inspections: Table[InspectionId, KeptInspection] = field(default_factory=Table)
    problems: Table[ProblemId, Problem] = field(default_factory=Table)
    problem_reminders: Table[ProblemId, datetime] = field(default_factory=Table)
    problem_reviews: Table[ProblemId, datetime] = field(default_factory=Table)
    problem_review_dues: Table[ProblemId, datetime] = field(default_factory=Table)
    alerts: Table[AlertId, Alert] = field(default_factory=Table)
    alert_reminders: Table[AlertId, datetime] = field(default_factory=Table)
    alert_reviews: Table[AlertId, datetime] = field(default_factory=Table)
    alert_review_dues: Table[AlertId, datetime] = field(default_factory=Table)
    attachments: Table[AttachmentId, Attachment] = field(default_factory=Table)
    file_tickets: Table[str, FileTicket] = field(default_factory=Table)
    region_reports: Table[RegionReportId, RegionReport] = field(default_factory=Table)
    exports: Table[ExportId, ExportJob] = field(default_factory=Table)
    weeks: Table[datetime, tuple[Week, tuple[WeeklyRow, ...], datetime]] = field(default_factory=Table)
    duties: Table[UUID, KeptDuty] = field(default_factory=Table)
    attempts: Table[UUID, Attempt] = field(default_factory=Table)
    inbox_messages: Table[UUID, InboxMessage] = field(default_factory=Table)
    inbox_nonces: Table[str, tuple[UsedNonce, datetime]] = field(default_factory=Table)
    inbox_records: Table[UUID, InboxRecord] = field(default_factory=Table)
    messages: Table[MessageId, Message] = field(default_factory=Table)
    texts: Table[UUID, Sms] = field(default_factory=Table)
    accounts: Table[AccountId, Account] = field(default_factory=Table)
    sessions: Table[UUID, Session] = field(default_factory=Table)
    known_addresses: Table[tuple[AccountId, str], KnownAddress] = field(default_factory=Table)
    stray_attempts: Table[int, StrayAttempt] = field(default_factory=Table)
    log_ins: Table[int, LoggedIn] = field(default_factory=Table)
    failed_log_ins: Table[int, LogInFailed] = field(default_factory=Table)
    views: Table[int, EnterpriseViewed] = field(default_factory=Table)
    slots: Table[tuple[str, datetime], KeptSlot] = field(default_factory=Table)
    audit: Table[UUID, AuditEntry] = field(default_factory=Table)
    chain: Table[int, Seal] = field(default_factory=Table)
    answers: Table[tuple[AccountId, str], Answer] = field(default_factory=Table)
    restores: Table[datetime, Restore] = field(default_factory=Table)
    home: Table[str, str] = field(default_factory=Table)

    def fork(self) -> State:
        return State(**{entry.name: getattr(self, entry.name).fork() for entry in fields(self)})


def utc(moment: datetime) -> datetime:
    """The moment in UTC, as all times are stored; raises InvalidValue for a naive one."""
    return aware(moment).astimezone(UTC)


def kept(value: V) -> V:
    """A value as the database would return it: times in UTC, JSON as plain JSON, no shared mutable parts."""
    return cast(V, _kept(value))


def _kept(value: Any) -> Any:
    if isinstance(value, datetime):
        return utc(value)
    if isinstance(value, Mapping):
        return json.loads(json.dumps(dict(value)))
    if isinstance(value, tuple):
        return tuple(_kept(part) for part in value) if value else value
    if is_dataclass(value) and not isinstance(value, type):
        changed = {}
        for entry in fields(value):
            before = getattr(value, entry.name)
            after = [] if entry.name == "events" else _kept(before)
            if after is not before:
                changed[entry.name] = after
        return replace(value, **changed) if changed else value
    return value
