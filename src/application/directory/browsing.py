"""Reads the directory. Each method checks access and passes the actor's scope to a reader, which filters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar

from ...domain.directory.enterprise import Warehouse, Workshop
from ...domain.directory.shutdown import ShutdownPeriod
from ...domain.refusals import InvalidValue, NotFound
from ...domain.values import CertificateId, DepartmentId, EnterpriseId, PersonId, RegionId, ShutdownPeriodId
from ..access import Actor, Permission, check, may
from ..day_range import check_order
from ..ports.directory import (
    CertificateFilter,
    CertificateOrder,
    CertificateRow,
    DepartmentFilter,
    DepartmentOrder,
    DepartmentRow,
    EnterpriseFilter,
    EnterpriseOrder,
    EnterpriseRow,
    PersonFilter,
    PersonOrder,
    PersonRow,
    RegionRow,
    ShutdownPeriodFilter,
    ShutdownPeriodOrder,
)
from ..ports.identity import LogInRow
from ..ports.paging import Page, Slice
from ..ports.readers import Readers
from ..within import check_department, check_enterprise, check_person, check_region

Key = TypeVar("Key")

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
        return self._directory.departments(_readable(actor, ids, own=actor.department_id), actor.scope)

    def department_page(
        self,
        actor: Actor,
        where: DepartmentFilter,
        page: Page,
        order: DepartmentOrder = DepartmentOrder.LEVEL,
    ) -> Slice[DepartmentRow]:
        """Raises NotFound for a parent or region outside the scope; so does `department_count`."""
        check(actor, Permission.READ_ORGANISATION)
        self._check_departments(actor, where)
        return self._directory.department_page(where, actor.scope, page, order)

    def department_count(self, actor: Actor, where: DepartmentFilter) -> int:
        check(actor, Permission.READ_ORGANISATION)
        self._check_departments(actor, where)
        return self._directory.department_count(where, actor.scope)

    def _check_departments(self, actor: Actor, where: DepartmentFilter) -> None:
        check_department(self._directory, actor, where.parent_id, field="parentId")
        check_region(self._directory, actor, where.region_id)

    def people(self, actor: Actor, ids: Sequence[PersonId]) -> Mapping[PersonId, PersonRow]:
        return self._directory.people(_readable(actor, ids, own=actor.person_id), actor.scope)

    def person_page(
        self, actor: Actor, where: PersonFilter, page: Page, order: PersonOrder = PersonOrder.REGION
    ) -> Slice[PersonRow]:
        """Raises NotFound for a department, enterprise or region outside the scope; so does `person_count`."""
        check(actor, Permission.READ_ORGANISATION)
        self._check_people(actor, where)
        return self._directory.person_page(where, actor.scope, page, order)

    def person_count(self, actor: Actor, where: PersonFilter) -> int:
        check(actor, Permission.READ_ORGANISATION)
        self._check_people(actor, where)
        return self._directory.person_count(where, actor.scope)

    def _check_people(self, actor: Actor, where: PersonFilter) -> None:
        check_department(self._directory, actor, where.department_id)
        check_enterprise(self._directory, actor, where.enterprise_id)
        check_region(self._directory, actor, where.region_id)

    def people_of_departments(
        self, actor: Actor, ids: Sequence[DepartmentId]
    ) -> Mapping[DepartmentId, Sequence[PersonRow]]:
        check(actor, Permission.READ_ORGANISATION)
        return self._directory.people_of_departments(ids, actor.scope)

    def people_of_enterprises(
        self, actor: Actor, ids: Sequence[EnterpriseId]
    ) -> Mapping[EnterpriseId, Sequence[PersonRow]]:
        check(actor, Permission.READ_DIRECTORY)
        return self._directory.people_of_enterprises(ids, actor.scope)

    def enterprises(self, actor: Actor, ids: Sequence[EnterpriseId]) -> Mapping[EnterpriseId, EnterpriseRow]:
        check(actor, Permission.READ_DIRECTORY)
        return self._directory.enterprises(ids, actor.scope)

    def enterprise_page(
        self,
        actor: Actor,
        where: EnterpriseFilter,
        page: Page,
        order: EnterpriseOrder = EnterpriseOrder.REGION,
    ) -> Slice[EnterpriseRow]:
        check(actor, Permission.READ_DIRECTORY)
        check_region(self._directory, actor, where.region_id)
        return self._directory.enterprise_page(where, actor.scope, page, order)

    def enterprise_count(self, actor: Actor, where: EnterpriseFilter) -> int:
        check(actor, Permission.READ_DIRECTORY)
        check_region(self._directory, actor, where.region_id)
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

    def certificate_page(
        self,
        actor: Actor,
        where: CertificateFilter,
        page: Page,
        order: CertificateOrder = CertificateOrder.EXPIRY,
    ) -> Slice[CertificateRow]:
        """Raises NotFound for an enterprise or region outside the scope; so does `certificate_count`."""
        check(actor, Permission.READ_DIRECTORY)
        self._check_certificates(actor, where)
        return self._directory.certificate_page(where, actor.scope, page, order)

    def certificate_count(self, actor: Actor, where: CertificateFilter) -> int:
        check(actor, Permission.READ_DIRECTORY)
        self._check_certificates(actor, where)
        return self._directory.certificate_count(where, actor.scope)

    def _check_certificates(self, actor: Actor, where: CertificateFilter) -> None:
        if where.first_expiry is not None and where.last_expiry is not None:
            check_order(where.first_expiry, where.last_expiry, field="lastExpiry")
        if where.first_review is not None and where.last_review is not None:
            check_order(where.first_review, where.last_review, field="lastReview")
        check_enterprise(self._directory, actor, where.enterprise_id)
        check_person(self._directory, actor, where.person_id)
        check_region(self._directory, actor, where.region_id)

    def shutdown_page(
        self,
        actor: Actor,
        where: ShutdownPeriodFilter,
        page: Page,
        order: ShutdownPeriodOrder = ShutdownPeriodOrder.NEWEST,
    ) -> Slice[ShutdownPeriod]:
        """Raises NotFound for an enterprise or region outside the scope; so does `shutdown_count`."""
        check(actor, Permission.READ_DIRECTORY)
        self._check_shutdowns(actor, where)
        return self._directory.shutdown_page(where, actor.scope, page, order)

    def shutdown_count(self, actor: Actor, where: ShutdownPeriodFilter) -> int:
        check(actor, Permission.READ_DIRECTORY)
        self._check_shutdowns(actor, where)
        return self._directory.shutdown_count(where, actor.scope)

    def _check_shutdowns(self, actor: Actor, where: ShutdownPeriodFilter) -> None:
        check_enterprise(self._directory, actor, where.enterprise_id)
        check_region(self._directory, actor, where.region_id)

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


def _readable(actor: Actor, ids: Sequence[Key], *, own: Key | None) -> Sequence[Key]:
    """Those of the ids that the actor's role may read.

    Everybody, administrators too, may read themselves and their own department. Raises Forbidden if none is
    left.
    """
    mine = [id for id in ids if id == own]
    if mine and (len(mine) == len(ids) or not may(actor, Permission.READ_ORGANISATION)):
        check(actor, Permission.READ_OWN)
        return mine
    check(actor, Permission.READ_ORGANISATION)
    return ids
