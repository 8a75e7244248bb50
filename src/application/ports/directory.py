"""Ports of the directory: their collections, their reader and its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from ...domain.directory.certificate import Certificate, CertificateKind
from ...domain.directory.enterprise import Enterprise, EnterpriseKind, ShutdownPeriod, Warehouse, Workshop
from ...domain.directory.organisation import Department, Level, Person, Region, Role
from ...domain.policy import Setting
from ...domain.values import (
    CertificateId,
    CreditCode,
    DepartmentId,
    EnterpriseId,
    PersonId,
    RegionId,
    ShutdownPeriodId,
)
from ..access import Scope
from .paging import Page, Slice


class Regions(Protocol):
    """The tree of regions, with its closure."""

    def save(self, region: Region) -> None:
        """Add or change; a new parent moves the whole subtree. The parent must exist."""
        ...

    def find(self, id: RegionId) -> Region | None: ...

    def lineage(self, id: RegionId) -> tuple[RegionId, ...]:
        """The region and its ancestors, nearest first; empty for an unknown one."""
        ...

    def lineages(self) -> Mapping[RegionId, tuple[RegionId, ...]]:
        """Of every region at once."""
        ...

    def within(self, id: RegionId, scope: Scope) -> bool:
        """Whether the region lies in the scope's subtrees."""
        ...


class Departments(Protocol):
    """The tree of departments. In scope is a department whose whole jurisdiction lies in the scope's subtrees."""

    def save(self, department: Department) -> None: ...

    def get(self, id: DepartmentId, *, within: Scope) -> Department: ...

    def by_name(self, name: str) -> Department | None: ...

    def answering_for(self, region_id: RegionId) -> Department | None:
        """The one whose jurisdiction has the region, or else the nearest region above it; the lowest level, then id."""
        ...

    def above(self, id: DepartmentId) -> frozenset[DepartmentId]:
        """Its parent, the parent's parent and so on, however the tree was tied; itself not included."""
        ...

    def directly_below(self, id: DepartmentId) -> Sequence[Department]:
        """Those whose parent it is, by id, wherever their jurisdictions lie."""
        ...


class People(Protocol):
    """People of departments and enterprises; in scope with their department or enterprise."""

    def save(self, person: Person) -> None: ...

    def get(self, id: PersonId, *, within: Scope) -> Person: ...

    def find_in(
        self, *, name: str, phone: str, department_id: DepartmentId | None, enterprise_id: EnterpriseId | None
    ) -> Person | None:
        """The person of that employer with that name and phone number, so that an import updates and never doubles."""
        ...

    def find_all(self, ids: Sequence[PersonId]) -> Mapping[PersonId, Person]:
        """Those of them that are known, wherever they belong, the ones that have left included."""
        ...

    def heads_of(self, enterprise_ids: Sequence[EnterpriseId]) -> Mapping[EnterpriseId, tuple[Person, ...]]:
        """The active heads (ENTERPRISE_HEAD) of each enterprise; an enterprise without one is missing."""
        ...

    def covering(
        self, regions: Sequence[RegionId], level: Level, role: Role
    ) -> Mapping[RegionId, tuple[Person, ...]]:
        """For each region the active people of this role in the departments of that level whose jurisdiction covers it.

        A department covers a region when the region or an ancestor of it is in its jurisdiction.
        """
        ...

    def in_department(self, department_id: DepartmentId) -> tuple[Person, ...]: ...


class Enterprises(Protocol):
    """Enterprises with their workshops and warehouses."""

    def save(self, enterprise: Enterprise, *, at: datetime) -> None:
        """Add or change; `at` is kept as the directory's date. Raises Conflict when another one has the credit code."""
        ...

    def get(self, id: EnterpriseId, *, within: Scope) -> Enterprise: ...

    def by_credit_code(self, code: CreditCode) -> Enterprise | None: ...

    def owing(self, day: date, *, limit: int) -> Sequence[tuple[EnterpriseId, RegionId, EnterpriseKind]]:
        """Active enterprises that have no commitment for the day yet, at most `limit`, in the order of their ids."""
        ...


class Certificates(Protocol):
    """Certificates; in scope with their enterprise."""

    def save(self, certificate: Certificate) -> None: ...

    def get(self, id: CertificateId, *, within: Scope) -> Certificate: ...

    def find(self, enterprise_id: EnterpriseId, number: str) -> Certificate | None: ...


class ShutdownPeriods(Protocol):
    """Shutdown periods; in scope with their enterprise or region."""

    def save(self, period: ShutdownPeriod) -> None: ...

    def get(self, id: ShutdownPeriodId, *, within: Scope) -> ShutdownPeriod: ...


class Settings(Protocol):
    """Settings per region with the day from which they hold."""

    def save(self, setting: Setting, *, at: datetime, by: PersonId | None) -> None:
        """Add; one for the same region, key and day takes the earlier one's place."""
        ...

    def all(self) -> Sequence[Setting]: ...

    def on_path(self, region: RegionId) -> Sequence[Setting]:
        """Those of the region and its ancestors."""
        ...


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
