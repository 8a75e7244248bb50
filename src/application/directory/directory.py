"""The directory: regions, departments, people, enterprises and certificates."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID, uuid4

from ...domain.directory.certificate import Certificate, CertificateKind, Trade
from ...domain.directory.enterprise import (
    Enterprise,
    EnterpriseKind,
    Warehouse,
    WarehouseForm,
    Workshop,
    WorkshopForm,
)
from ...domain.directory.events import EnterpriseViewed
from ...domain.directory.organisation import Department, Level, Person, Region, Role
from ...domain.faults import Faults
from ...domain.refusals import NotFound
from ...domain.values import (
    CertificateId,
    CreditCode,
    DepartmentId,
    EnterpriseId,
    PersonId,
    RegionId,
    parse_region_code,
)
from ..access import Actor, Permission, check
from ..ports.directory import EnterpriseRow
from ..ports.readers import Readers
from ..ports.signals import Clock
from ..ports.unavailable import WritesRefused
from ..ports.work import Storage, UnitOfWork
from ..postponed import PostponedViews
from .changing import change_entry, note_change
from .rules import (
    check_certificate_owner,
    check_credit_code,
    check_employer,
    check_region_level,
    check_role,
    free_enterprise_id,
    parse_department,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SaveRegion:
    """Add a region or change one. Its level can change only while no region lies below it."""

    code: str
    name: str
    level: Level
    parent_id: RegionId | None
    local: bool = False
    gb_code: str | None = None


@dataclass(frozen=True, slots=True)
class SaveDepartment:
    """Add a department (`id` None) or change one."""

    id: DepartmentId | None
    name: str
    level: Level
    parent_id: DepartmentId | None
    jurisdiction: frozenset[RegionId]


@dataclass(frozen=True, slots=True)
class SavePerson:
    """Add a person (`id` None) or change one; a person's employer cannot change."""

    id: PersonId | None
    name: str
    phone: str
    role: Role
    department_id: DepartmentId | None
    enterprise_id: EnterpriseId | None
    active: bool = True


@dataclass(frozen=True, slots=True)
class SaveEnterprise:
    """Add an enterprise (`id` None) or change one, with all its workshops and warehouses."""

    id: EnterpriseId | None
    credit_code: str
    name: str
    kind: EnterpriseKind
    region_id: RegionId
    address: str
    workshops: tuple[Workshop | WorkshopForm, ...] = ()
    warehouses: tuple[Warehouse | WarehouseForm, ...] = ()
    active: bool = True


@dataclass(frozen=True, slots=True)
class SaveCertificate:
    """Add a certificate (`id` None) or change one. A renewal is a new certificate."""

    id: CertificateId | None
    kind: CertificateKind
    number: str
    enterprise_id: EnterpriseId
    person_id: PersonId | None
    issued_on: date
    expires_on: date
    review_due_on: date | None = None
    trade: Trade | None = None


class Directory:
    """Use cases that change the directory. What lies outside the actor's scope is not found."""

    def __init__(self, storage: Storage, readers: Readers, clock: Clock) -> None:
        self._storage = storage
        self._readers = readers
        self._clock = clock
        self._views = PostponedViews()

    # ------------------------------------------------------------ looking

    def view_enterprise(self, actor: Actor, id: EnterpriseId) -> EnterpriseRow:
        """One enterprise's page. If people of a department look at it, that is kept as a business event.

        While the database refuses writes, this process remembers the view and stores it with a later one.
        """
        check(actor, Permission.VIEW_ENTERPRISE)
        row = self._readers.directory.enterprises([id], actor.scope).get(id)
        if row is None:
            raise NotFound("企业")
        if actor.department_id is not None and actor.account_id is not None and actor.person_id is not None:
            view = EnterpriseViewed(
                account_id=actor.account_id,
                person_id=actor.person_id,
                department_id=actor.department_id,
                enterprise_id=id,
                client=actor.client,
                at=self._clock.now(),
            )
            self._keep_views(actor, (*self._views.take(), view))
        return row

    def _keep_views(self, actor: Actor, views: Sequence[EnterpriseViewed]) -> None:
        try:
            with self._storage.work(actor) as work:
                for view in views:
                    work.note(view)
                work.commit()
        except WritesRefused:
            self._views.keep(views)
            log.warning("%d views of enterprise pages wait until the database stores again", len(views))
        except BaseException:
            self._views.keep(
                views[:-1]
            )  # The view of this call has failed with it; the earlier ones have not.
            raise

    # ------------------------------------------------------------ changing

    def save_region(self, actor: Actor, command: SaveRegion, *, key: str | None = None) -> RegionId:
        check(actor, Permission.SAVE_REGION)

        def act(work: UnitOfWork, now: datetime) -> str:
            parent = None if command.parent_id is None else work.regions.find(command.parent_id)
            faults = Faults()
            with faults:
                if command.parent_id is not None and parent is None:
                    raise NotFound("上级区域", field="parentId")
            with faults:
                region = Region.parse(
                    command.code, command.name, command.level, parent, command.local, command.gb_code
                )
            if not faults.at("code"):
                with faults:
                    check_region_level(work, parse_region_code(command.code), command.level)
            faults.raise_together()
            work.regions.save(region)
            return self._changed(work, "Region", region.id, region.name, now)

        return RegionId(self._run(actor, command, key, act))

    def save_department(
        self, actor: Actor, command: SaveDepartment, *, key: str | None = None
    ) -> DepartmentId:
        check(actor, Permission.SAVE_DEPARTMENT)

        def act(work: UnitOfWork, now: datetime) -> str:
            faults = Faults()
            with faults:
                if not all(work.regions.within(region, actor.scope) for region in command.jurisdiction):
                    raise NotFound("管辖区域", field="jurisdiction")
            parent = before = None
            with faults.under("parentId"):
                if command.parent_id is not None:
                    parent = work.departments.get(command.parent_id, within=actor.scope)
            with faults.under("id"):
                if command.id is not None:
                    before = work.departments.get(command.id, within=actor.scope)
            stated = Department(
                id=command.id or DepartmentId(uuid4()),
                name=command.name,
                level=command.level,
                parent_id=command.parent_id,
                jurisdiction=command.jurisdiction,
            )
            with faults:
                department = parse_department(work, stated, parent, before)
            faults.raise_together()
            work.departments.save(department)
            return self._changed(work, "Department", department.id, department.name, now)

        return DepartmentId(UUID(self._run(actor, command, key, act)))

    def save_person(self, actor: Actor, command: SavePerson, *, key: str | None = None) -> PersonId:
        check(actor, Permission.SAVE_PERSON)

        def act(work: UnitOfWork, now: datetime) -> str:
            faults, known = Faults(), None
            with faults.under("departmentId"):
                if command.department_id is not None:
                    work.departments.get(command.department_id, within=actor.scope)
            with faults.under("enterpriseId"):
                if command.enterprise_id is not None:
                    work.enterprises.get(command.enterprise_id, within=actor.scope)
            with faults.under("id"):
                known = None if command.id is None else work.people.get(command.id, within=actor.scope)
            if not faults.found:  # Neither depends on the values, and both on who is meant.
                with faults:
                    check_role(work, actor, known, command.role, command.department_id)
                with faults:
                    check_employer(known, command.department_id, command.enterprise_id)
            with faults:
                person = Person.parse(
                    id=command.id or PersonId(uuid4()),
                    name=command.name,
                    phone=command.phone,
                    role=command.role,
                    department_id=command.department_id,
                    enterprise_id=command.enterprise_id,
                    active=command.active,
                )
            faults.raise_together()
            work.people.save(person)
            return self._changed(work, "Person", person.id, person.role.value, now)

        return PersonId(UUID(self._run(actor, command, key, act)))

    def save_enterprise(
        self, actor: Actor, command: SaveEnterprise, *, key: str | None = None
    ) -> EnterpriseId:
        check(actor, Permission.SAVE_ENTERPRISE)

        def act(work: UnitOfWork, now: datetime) -> str:
            faults = Faults()
            with faults:
                if not work.regions.within(command.region_id, actor.scope):
                    raise NotFound("区域", field="regionId")
            with faults.under("id"):
                if command.id is not None:
                    work.enterprises.get(command.id, within=actor.scope)
            with faults:
                enterprise = Enterprise.parse(
                    id=command.id or EnterpriseId(UUID(int=0)),  # Until its credit code is known to be one.
                    credit_code=command.credit_code,
                    name=command.name,
                    kind=command.kind,
                    region_id=command.region_id,
                    address=command.address,
                    workshops=command.workshops,
                    warehouses=command.warehouses,
                    active=command.active,
                )
            if not faults.at("creditCode", "id"):
                with faults:
                    check_credit_code(work, CreditCode.parse(command.credit_code), command.id)
            faults.raise_together()
            id = command.id or free_enterprise_id(work, enterprise.credit_code)
            enterprise = replace(enterprise, id=id)
            work.enterprises.save(enterprise, at=now)
            return self._changed(work, "Enterprise", enterprise.id, enterprise.name, now)

        return EnterpriseId(UUID(self._run(actor, command, key, act)))

    def save_certificate(
        self, actor: Actor, command: SaveCertificate, *, key: str | None = None
    ) -> CertificateId:
        check(actor, Permission.SAVE_CERTIFICATE)

        def act(work: UnitOfWork, now: datetime) -> str:
            faults, holder, known = Faults(), None, None
            with faults.under("enterpriseId"):
                work.enterprises.get(command.enterprise_id, within=actor.scope)
            with faults.under("personId"):
                if command.person_id is not None:
                    holder = work.people.get(command.person_id, within=actor.scope)
            with faults.under("id"):
                if command.id is not None:
                    known = work.certificates.get(command.id, within=actor.scope)
            with faults:
                check_certificate_owner(command.enterprise_id, holder, known)
            with faults:
                certificate = Certificate.parse(
                    id=command.id or CertificateId(uuid4()),
                    kind=command.kind,
                    number=command.number,
                    enterprise_id=command.enterprise_id,
                    person_id=command.person_id,
                    issued_on=command.issued_on,
                    expires_on=command.expires_on,
                    review_due_on=command.review_due_on,
                    trade=command.trade,
                )
            faults.raise_together()
            work.certificates.save(certificate)
            return self._changed(work, "Certificate", certificate.id, certificate.kind.value, now)

        return CertificateId(UUID(self._run(actor, command, key, act)))

    def _run(
        self, actor: Actor, command: object, key: str | None, act: Callable[[UnitOfWork, datetime], str]
    ) -> str:
        return change_entry(self._storage, self._clock, actor, command, key, act)

    @staticmethod
    def _changed(work: UnitOfWork, what: str, id: object, summary: str, now: datetime) -> str:
        return note_change(work, what, id, summary, now)
