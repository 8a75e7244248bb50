"""Ports for changing the directory: its collections in a unit of work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from ...domain.directory.certificate import Certificate
from ...domain.directory.enterprise import Enterprise, EnterpriseKind
from ...domain.directory.organisation import Department, Level, Person, Region, Role
from ...domain.directory.shutdown import ShutdownPeriod
from ...domain.policy import Setting, SettingKey
from ...domain.supervision import SettingChange, SettingLock
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


class Regions(Protocol):
    """The tree of regions, with its closure table."""

    def save(self, region: Region) -> None:
        """Add or change; a new parent moves the whole subtree. The parent must exist."""
        ...

    def find(self, id: RegionId) -> Region | None: ...

    def lineage(self, id: RegionId) -> tuple[RegionId, ...]:
        """The region and its ancestors, nearest first; empty for an unknown one."""
        ...

    def of_codes(self, codes: Sequence[str]) -> Mapping[str, RegionId]:
        """The region of each code: its own, or else that of GB/T 2260 of a local region.

        Of several local regions with one code the first by id. Unknown codes are missing.
        """
        ...

    def lineages(self) -> Mapping[RegionId, tuple[RegionId, ...]]:
        """The lineage of every region, in one read."""
        ...

    def of_level(self, level: Level) -> frozenset[RegionId]:
        """The regions of this level."""
        ...

    def within(self, id: RegionId, scope: Scope) -> bool:
        """Whether the region lies in the scope's subtrees."""
        ...


class Departments(Protocol):
    """The tree of departments. In scope: those whose whole jurisdiction lies in the scope's subtrees."""

    def save(self, department: Department) -> None: ...

    def get(self, id: DepartmentId, *, within: Scope) -> Department: ...

    def by_name(self, name: str) -> Department | None: ...

    def answering_for(self, region_id: RegionId) -> Department | None:
        """The department whose jurisdiction has the region or, if there is none, the nearest region above it.

        Of several the one of the lowest level, then by id.
        """
        ...

    def answering_for_each(self, region_ids: Sequence[RegionId]) -> Mapping[RegionId, Department]:
        """For each region what `answering_for` gives; a region for which nobody answers is missing."""
        ...

    def above(self, id: DepartmentId) -> frozenset[DepartmentId]:
        """Its parent, the parent's parent and so on, without itself; ends even if the tree has a cycle."""
        ...

    def directly_below(self, id: DepartmentId) -> Sequence[Department]:
        """Its child departments, by id, wherever their jurisdictions lie."""
        ...


class People(Protocol):
    """People of departments and enterprises; a person is in scope if their department or enterprise is."""

    def save(self, person: Person) -> None: ...

    def get(self, id: PersonId, *, within: Scope) -> Person: ...

    def find_in(
        self, *, name: str, phone: str, department_id: DepartmentId | None, enterprise_id: EnterpriseId | None
    ) -> Person | None:
        """The person of that employer with that name and phone number. Imports use it to add nobody twice."""
        ...

    def find_all(self, ids: Sequence[PersonId]) -> Mapping[PersonId, Person]:
        """Those people that exist, of any department or enterprise, including people who have left."""
        ...

    def heads_of(self, enterprise_ids: Sequence[EnterpriseId]) -> Mapping[EnterpriseId, tuple[Person, ...]]:
        """The active heads (ENTERPRISE_HEAD) of each enterprise; an enterprise without one is missing."""
        ...

    def covering(
        self, regions: Sequence[RegionId], level: Level, role: Role
    ) -> Mapping[RegionId, tuple[Person, ...]]:
        """For each region, the active people of this role in the departments of that level that cover it.

        A department covers a region when the region or an ancestor of it is in its jurisdiction.
        """
        ...

    def in_departments(self, ids: Sequence[DepartmentId]) -> Mapping[DepartmentId, tuple[Person, ...]]:
        """The people of each department, by id, those who have left included; without people it is missing."""
        ...


class Enterprises(Protocol):
    """Enterprises with their workshops and warehouses."""

    def save(self, enterprise: Enterprise, *, at: datetime) -> None:
        """Add or change; `at` becomes `updated_at`. Raises Conflict when the credit code is taken."""
        ...

    def get(self, id: EnterpriseId, *, within: Scope) -> Enterprise: ...

    def places(self, ids: Sequence[EnterpriseId]) -> Mapping[EnterpriseId, tuple[str, RegionId]]:
        """Name and region of those that exist, active or not."""
        ...

    def credit_codes(self, ids: Sequence[EnterpriseId]) -> Mapping[EnterpriseId, CreditCode]:
        """The credit codes of those that exist, active or not."""
        ...

    def by_credit_code(self, code: CreditCode) -> Enterprise | None: ...

    def known_codes(self, codes: Sequence[str]) -> Mapping[str, EnterpriseId]:
        """The enterprise of each credit code; unknown ones are missing."""
        ...

    def owing(self, day: date, *, limit: int) -> Sequence[tuple[EnterpriseId, RegionId, EnterpriseKind]]:
        """Active enterprises that have no commitment for the day yet, at most `limit`, ordered by id."""
        ...


class Certificates(Protocol):
    """Certificates; a certificate is in scope if its enterprise is."""

    def save(self, certificate: Certificate) -> None:
        """Add or change. The watch looks at once at all certificates of its holder, and of the holder before.

        A holder has the certificates of one kind of an enterprise or a person.
        """
        ...

    def get(self, id: CertificateId, *, within: Scope) -> Certificate: ...

    def find_all(self, ids: Sequence[CertificateId]) -> Mapping[CertificateId, Certificate]:
        """Those that exist, of any enterprise."""
        ...

    def of_number(self, enterprise_id: EnterpriseId, number: str) -> Sequence[Certificate]:
        """The enterprise's certificates of this number, by id; a person's cards may all have one number."""
        ...

    def to_watch(self, day: date, *, limit: int) -> Sequence[Certificate]:
        """Certificates of active enterprises at which the watch must look by this day, longest due first.

        Locks the rows.
        """
        ...

    def watch_again(self, days: Mapping[CertificateId, date | None]) -> None:
        """Look at each again on its day, or when it is saved; None: only when it is saved."""
        ...

    def of_same_holders(
        self, certificates: Sequence[Certificate]
    ) -> Mapping[CertificateId, Sequence[Certificate]]:
        """For each, the certificates of its kind that its enterprise, or its person, has; itself included."""
        ...


class ShutdownPeriods(Protocol):
    """Shutdown periods; a period is in scope if its enterprise or region is."""

    def save(self, period: ShutdownPeriod) -> None:
        """Add or change. Raises ShutdownCancelled when the stored one is cancelled: that never changes."""
        ...

    def get(self, id: ShutdownPeriodId, *, within: Scope) -> ShutdownPeriod: ...

    def registered(
        self,
        enterprise_id: EnterpriseId | None,
        region_id: RegionId | None,
        first_day: date,
        last_day: date,
    ) -> Sequence[ShutdownPeriod]:
        """What departments registered for just this target and these days, of any kind; by id.

        Cancelled periods are included.
        """
        ...

    def applying_to(self, enterprise_id: EnterpriseId, *, since: date) -> Sequence[ShutdownPeriod]:
        """The enterprise's own periods and those of its region that end on `since` or later; by day and id.

        Cancelled periods are included.
        """
        ...

    def declared_until(self, day: date) -> Sequence[ShutdownPeriod]:
        """What active enterprises declared with this last day and an earlier first day; by id.

        Cancelled periods are not included.
        """
        ...


class Settings(Protocol):
    """Settings per region, each with the day from which it applies; locks; the history of both."""

    def save(self, setting: Setting, *, at: datetime, by: PersonId | None) -> None:
        """Add the setting; it replaces an earlier one of the same region, key, day and authority."""
        ...

    def all(self) -> Sequence[Setting]: ...

    def on_path(self, region: RegionId) -> Sequence[Setting]:
        """The settings of the region and its ancestors."""
        ...

    def locks(self) -> Sequence[SettingLock]: ...

    def lock(self, lock: SettingLock) -> None:
        """Add the lock; it replaces an earlier one of the same region and key."""
        ...

    def unlock(self, region_id: RegionId, key: SettingKey) -> None:
        """Remove the lock of this region and key."""
        ...

    def keep_change(self, change: SettingChange) -> None:
        """Add an entry to the history."""
        ...
