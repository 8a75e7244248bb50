"""Reads the directory. Each method checks access and passes the actor's scope to a reader, which filters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from ...domain.directory.enterprise import Warehouse, Workshop
from ...domain.directory.shutdown import PeriodSource, ShutdownPeriod
from ...domain.refusals import InvalidValue, NotFound
from ...domain.values import CertificateId, DepartmentId, EnterpriseId, PersonId, RegionId, ShutdownPeriodId
from ..access import Actor, Permission, check
from ..ports.directory import (
    CertificateRow,
    DepartmentRow,
    EnterpriseFilter,
    EnterpriseRow,
    PersonRow,
    RegionRow,
)
from ..ports.identity import LogInRow
from ..ports.paging import Page, Slice
from ..ports.readers import Readers

LONGEST_VIEWING: Final = timedelta(days=31)


class Browsing:
    """The directory as an actor may see it. Keys without an answer are missing from the returned mappings."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers
        self._directory = readers.directory

    def regions(self, actor: Actor) -> Sequence[RegionRow]:
        """All regions: names and codes of regions are public."""
        check(actor, Permission.READ_OWN)
        return self._directory.regions()

    def regions_by_id(self, actor: Actor, ids: Sequence[RegionId]) -> Mapping[RegionId, RegionRow]:
        check(actor, Permission.READ_OWN)
        return self._directory.regions_by_id(ids)

    def departments(self, actor: Actor, ids: Sequence[DepartmentId]) -> Mapping[DepartmentId, DepartmentRow]:
        check(actor, _reading(ids, own=actor.department_id))
        return self._directory.departments(ids, actor.scope)

    def department_page(self, actor: Actor, page: Page) -> Slice[DepartmentRow]:
        check(actor, Permission.READ_DIRECTORY)
        return self._directory.department_page(actor.scope, page)

    def people(self, actor: Actor, ids: Sequence[PersonId]) -> Mapping[PersonId, PersonRow]:
        check(actor, _reading(ids, own=actor.person_id))
        return self._directory.people(ids, actor.scope)

    def people_of_departments(
        self, actor: Actor, ids: Sequence[DepartmentId]
    ) -> Mapping[DepartmentId, Sequence[PersonRow]]:
        check(actor, Permission.READ_DIRECTORY)
        return self._directory.people_of_departments(ids, actor.scope)

    def people_of_enterprises(
        self, actor: Actor, ids: Sequence[EnterpriseId]
    ) -> Mapping[EnterpriseId, Sequence[PersonRow]]:
        check(actor, Permission.READ_DIRECTORY)
        return self._directory.people_of_enterprises(ids, actor.scope)

    def enterprises(self, actor: Actor, ids: Sequence[EnterpriseId]) -> Mapping[EnterpriseId, EnterpriseRow]:
        check(actor, Permission.READ_DIRECTORY)
        return self._directory.enterprises(ids, actor.scope)

    def enterprise_page(self, actor: Actor, where: EnterpriseFilter, page: Page) -> Slice[EnterpriseRow]:
        check(actor, Permission.READ_DIRECTORY)
        return self._directory.enterprise_page(where, actor.scope, page)

    def enterprise_count(self, actor: Actor, where: EnterpriseFilter) -> int:
        check(actor, Permission.READ_DIRECTORY)
        return self._directory.enterprise_count(where, actor.scope)

    def workshops(
        self, actor: Actor, ids: Sequence[EnterpriseId]
    ) -> Mapping[EnterpriseId, Sequence[Workshop]]:
        """The ids must come from rows that this actor was given; so for warehouses and `certificates_of`."""
        check(actor, Permission.READ_DIRECTORY)
        return self._directory.workshops(ids)

    def warehouses(
        self, actor: Actor, ids: Sequence[EnterpriseId]
    ) -> Mapping[EnterpriseId, Sequence[Warehouse]]:
        check(actor, Permission.READ_DIRECTORY)
        return self._directory.warehouses(ids)

    def certificates_of(
        self, actor: Actor, ids: Sequence[EnterpriseId]
    ) -> Mapping[EnterpriseId, Sequence[CertificateRow]]:
        check(actor, Permission.READ_DIRECTORY)
        return self._directory.certificates_of(ids)

    def certificates(
        self, actor: Actor, ids: Sequence[CertificateId]
    ) -> Mapping[CertificateId, CertificateRow]:
        check(actor, Permission.READ_DIRECTORY)
        return self._directory.certificates(ids, actor.scope)

    def shutdown_page(
        self,
        actor: Actor,
        page: Page,
        *,
        enterprise_id: EnterpriseId | None = None,
        covering: date | None = None,
        source: PeriodSource | None = None,
    ) -> Slice[ShutdownPeriod]:
        check(actor, Permission.READ_DIRECTORY)
        return self._directory.shutdown_page(
            actor.scope, page, enterprise_id=enterprise_id, covering=covering, source=source
        )

    def shutdown_periods(
        self, actor: Actor, ids: Sequence[ShutdownPeriodId]
    ) -> Mapping[ShutdownPeriodId, ShutdownPeriod]:
        check(actor, Permission.READ_DIRECTORY)
        return self._directory.shutdown_periods(ids, actor.scope)

    def enterprise_views(
        self, actor: Actor, enterprise_id: EnterpriseId, first: datetime, until: datetime
    ) -> Sequence[LogInRow]:
        """Who looked at an enterprise's page in [first, until), at most 31 days."""
        check(actor, Permission.READ_DIRECTORY)
        if not timedelta(0) <= until - first <= LONGEST_VIEWING:
            raise InvalidValue("一次最多查询31天，且结束时间不得早于开始时间。", field="until")
        if enterprise_id not in self._directory.enterprises([enterprise_id], actor.scope):
            raise NotFound("企业")
        return self._readers.access.enterprise_views(enterprise_id, first, until)


def _reading(ids: Sequence[object], *, own: object) -> Permission:
    """The permission needed: everybody, administrators too, may read themselves and their own department."""
    return Permission.READ_OWN if list(ids) == [own] else Permission.READ_DIRECTORY
