"""Ports for reading the directory: the reader, its rows, filters and orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Protocol

from ...domain.directory.certificate import CertificateKind, Trade
from ...domain.directory.enterprise import EnterpriseKind, StopReason, Warehouse, Workshop
from ...domain.directory.organisation import Level, Role
from ...domain.directory.shutdown import PeriodSource, ShutdownPeriod
from ...domain.policy import Setting, SettingKey
from ...domain.supervision import SettingChange, SettingLock
from ...domain.values import (
    CertificateId,
    DepartmentId,
    EnterpriseId,
    PersonId,
    RegionId,
    ShutdownPeriodId,
)
from ..access import Scope
from .paging import Page, Slice
from .rows import row


@row
class RegionRow:
    """A region; `gb_code` is its code at the ministry, if that differs."""

    id: RegionId
    name: str
    level: Level
    parent_id: RegionId | None
    local: bool
    gb_code: str | None


@dataclass(frozen=True, slots=True)
class DepartmentRow:
    """A department; `jurisdiction` is sorted by region code."""

    id: DepartmentId
    name: str
    level: Level
    parent_id: DepartmentId | None
    jurisdiction: tuple[RegionId, ...]


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person; `phone` is the whole number, whoever shows it must mask it.

    `region_id` is that of the enterprise, or the smallest code of the department's jurisdiction. Only lists
    set it.
    """

    id: PersonId
    name: str
    phone: str
    role: Role
    department_id: DepartmentId | None
    enterprise_id: EnterpriseId | None
    active: bool
    region_id: RegionId | None = field(default=None, compare=False)


@row
class EnterpriseRow:
    """An enterprise with its totals; workshops and warehouses are read separately.

    kg and boxes are decimals as text. `region` is set if the reader had loaded it anyway.
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
    approved_powder_kg: Decimal
    approved_boxes: Decimal
    approved_stock_kg: Decimal
    updated_at: datetime
    region: RegionRow | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """A certificate of an enterprise or of one of its people; both `issued_on` and `expires_on` are valid.

    `region_id` is that of the enterprise.
    """

    id: CertificateId
    kind: CertificateKind
    number: str
    enterprise_id: EnterpriseId
    region_id: RegionId
    person_id: PersonId | None
    issued_on: date
    expires_on: date
    review_due_on: date | None
    trade: Trade | None


@dataclass(frozen=True, slots=True)
class EnterpriseFilter:
    """`text` is searched in name and credit code; None or empty: no restriction."""

    text: str | None = None
    region_id: RegionId | None = None
    kinds: tuple[EnterpriseKind, ...] = ()
    active: bool | None = True


class EnterpriseOrder(Enum):
    """How enterprises are sorted: REGION by region code, then credit code; CREDIT_CODE by that alone.

    UPDATED: the entry that was changed last first, then by id.
    """

    REGION = "REGION"
    CREDIT_CODE = "CREDIT_CODE"
    UPDATED = "UPDATED"


@dataclass(frozen=True, slots=True)
class PersonFilter:
    """None or empty: no restriction. `text` is searched in the name; phone numbers are not searched.

    `region_id`: the enterprise, or a part of the department's jurisdiction, is there or below.
    """

    text: str | None = None
    roles: tuple[Role, ...] = ()
    department_id: DepartmentId | None = None
    enterprise_id: EnterpriseId | None = None
    region_id: RegionId | None = None
    active: bool | None = True


class PersonOrder(Enum):
    """How people are sorted; names by code point, because each database sorts Chinese in its own way.

    REGION: by `region_id`, departments before enterprises, one employer after the other, then as ROLE.
    ROLE: in the order of `Role` (heads first), then as NAME. NAME: by name, then by id.
    """

    REGION = "REGION"
    ROLE = "ROLE"
    NAME = "NAME"


@dataclass(frozen=True, slots=True)
class DepartmentFilter:
    """None or empty: no restriction. `text` is searched in the name; `parent_id` is the direct superior.

    `region_id`: a part of the jurisdiction is this region or lies below it.
    """

    text: str | None = None
    levels: tuple[Level, ...] = ()
    parent_id: DepartmentId | None = None
    region_id: RegionId | None = None


class DepartmentOrder(Enum):
    """How departments are sorted; `region` is the smallest code of the jurisdiction, the last resort the id.

    LEVEL: by level (province first), then by region. REGION: by region, then by level, so that a city is
    followed by its counties.
    """

    LEVEL = "LEVEL"
    REGION = "REGION"


@dataclass(frozen=True, slots=True)
class CertificateFilter:
    """None or empty: no restriction. All days are included; `text` is searched in number and enterprise name.

    `renewed` False leaves out a certificate that another one renews (`Certificate.renewed_by`).
    """

    kinds: tuple[CertificateKind, ...] = ()
    trades: tuple[Trade, ...] = ()
    enterprise_id: EnterpriseId | None = None
    person_id: PersonId | None = None
    region_id: RegionId | None = None
    first_expiry: date | None = None
    last_expiry: date | None = None
    first_review: date | None = None
    last_review: date | None = None
    text: str | None = None
    renewed: bool = False


class CertificateOrder(Enum):
    """How certificates are sorted, the last resort is always the id.

    EXPIRY: the next to expire first. LATEST_EXPIRY: the last to expire first. REGION: by region code, then
    as EXPIRY.
    """

    EXPIRY = "EXPIRY"
    LATEST_EXPIRY = "LATEST_EXPIRY"
    REGION = "REGION"


@dataclass(frozen=True, slots=True)
class ShutdownPeriodFilter:
    """None: no restriction. `region_id`: periods of this region or of one below it, and of enterprises there.

    `enterprise_id`: periods that apply to it. `kind`: periods that may apply to enterprises of this kind.
    """

    enterprise_id: EnterpriseId | None = None
    region_id: RegionId | None = None
    covering: date | None = None
    source: PeriodSource | None = None
    reason: StopReason | None = None
    kind: EnterpriseKind | None = None
    cancelled: bool | None = None


class ShutdownPeriodOrder(Enum):
    """How shutdown periods are sorted, the last resort is the id.

    NEWEST and OLDEST by first day. ENDING by last day, the next to end first.
    """

    NEWEST = "NEWEST"
    OLDEST = "OLDEST"
    ENDING = "ENDING"


class SettingChangeOrder(Enum):
    """How the history of settings is sorted, by the instant of the change: NEWEST or OLDEST first, then by id."""

    NEWEST = "NEWEST"
    OLDEST = "OLDEST"


class DirectoryReader(Protocol):
    """Reads regions, departments, people and enterprises. Regions are not secret: they need no scope."""

    def regions(self) -> Sequence[RegionRow]:
        """All regions, by code."""
        ...

    def regions_by_id(self, ids: Sequence[RegionId]) -> Mapping[RegionId, RegionRow]:
        """Those regions that exist."""
        ...

    def departments(
        self, ids: Sequence[DepartmentId], scope: Scope
    ) -> Mapping[DepartmentId, DepartmentRow]: ...

    def department_page(
        self,
        where: DepartmentFilter,
        scope: Scope,
        page: Page,
        order: DepartmentOrder = DepartmentOrder.LEVEL,
    ) -> Slice[DepartmentRow]: ...

    def department_count(self, where: DepartmentFilter, scope: Scope) -> int: ...

    def departments_below(self, id: DepartmentId, scope: Scope) -> Sequence[DepartmentRow]:
        """Every department below this one, however deep, by region; ends even if the tree has a cycle."""
        ...

    def people(self, ids: Sequence[PersonId], scope: Scope) -> Mapping[PersonId, PersonRow]: ...

    def person_page(
        self, where: PersonFilter, scope: Scope, page: Page, order: PersonOrder = PersonOrder.REGION
    ) -> Slice[PersonRow]:
        """People of the departments and enterprises in scope."""
        ...

    def person_count(self, where: PersonFilter, scope: Scope) -> int: ...

    def people_of_departments(
        self, ids: Sequence[DepartmentId], scope: Scope
    ) -> Mapping[DepartmentId, Sequence[PersonRow]]:
        """Those in office first, then by role in the order of `Role` (heads first), name and id."""
        ...

    def people_of_enterprises(
        self, ids: Sequence[EnterpriseId], scope: Scope
    ) -> Mapping[EnterpriseId, Sequence[PersonRow]]:
        """In the same order."""
        ...

    def enterprises(
        self, ids: Sequence[EnterpriseId], scope: Scope
    ) -> Mapping[EnterpriseId, EnterpriseRow]: ...

    def enterprise_page(
        self,
        where: EnterpriseFilter,
        scope: Scope,
        page: Page,
        order: EnterpriseOrder = EnterpriseOrder.REGION,
    ) -> Slice[EnterpriseRow]: ...

    def enterprise_count(self, where: EnterpriseFilter, scope: Scope) -> int: ...

    def workshops(self, ids: Sequence[EnterpriseId]) -> Mapping[EnterpriseId, Sequence[Workshop]]:
        """By number. Here and in the next two methods, ask only for ids that a scoped reader returned."""
        ...

    def warehouses(self, ids: Sequence[EnterpriseId]) -> Mapping[EnterpriseId, Sequence[Warehouse]]: ...

    def certificates_of(self, ids: Sequence[EnterpriseId]) -> Mapping[EnterpriseId, Sequence[CertificateRow]]:
        """Newest expiry first."""
        ...

    def certificates(
        self, ids: Sequence[CertificateId], scope: Scope
    ) -> Mapping[CertificateId, CertificateRow]: ...

    def certificate_page(
        self,
        where: CertificateFilter,
        scope: Scope,
        page: Page,
        order: CertificateOrder = CertificateOrder.EXPIRY,
    ) -> Slice[CertificateRow]:
        """Certificates of the enterprises in scope that are active."""
        ...

    def certificate_count(self, where: CertificateFilter, scope: Scope) -> int: ...

    def shutdown_page(
        self,
        where: ShutdownPeriodFilter,
        scope: Scope,
        page: Page,
        order: ShutdownPeriodOrder = ShutdownPeriodOrder.NEWEST,
    ) -> Slice[ShutdownPeriod]:
        """With cancelled periods. An enterprise sees its own and its region's."""
        ...

    def shutdown_count(self, where: ShutdownPeriodFilter, scope: Scope) -> int: ...

    def shutdown_periods(
        self, ids: Sequence[ShutdownPeriodId], scope: Scope
    ) -> Mapping[ShutdownPeriodId, ShutdownPeriod]: ...

    def settings(self, region_id: RegionId) -> Sequence[Setting]:
        """All settings of the region and its ancestors, newest first."""
        ...

    def setting_locks(self, region_id: RegionId) -> Sequence[SettingLock]:
        """The locks of the region and its ancestors, by region and key."""
        ...

    def setting_changes(
        self,
        region_id: RegionId,
        key: SettingKey | None,
        scope: Scope,
        page: Page,
        order: SettingChangeOrder = SettingChangeOrder.NEWEST,
    ) -> Slice[SettingChange]:
        """The history of the region and its ancestors, and of the regions below it in scope.

        `key` None: of all settings.
        """
        ...
