"""Who acts in the past of the demo: the people of enterprises and departments, and where they work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ....application.access import EVERYTHING, Actor
from ....domain.directory.enterprise import Enterprise
from ....domain.directory.organisation import (
    Department,
    DepartmentSnapshot,
    Level,
    Person,
    Region,
    Role,
)
from ....domain.handling.feedback import Addressee
from ....domain.identity.events import LoggedIn
from ....domain.inspection.form import Inspector, PatrolTarget, SpotCheckTarget
from ....domain.signed import Signed
from ....domain.values import AccountId, Client, DepartmentId, EnterpriseId, PersonId, RegionId, fact_id
from ..province import Province


@dataclass(frozen=True, slots=True)
class Office:
    """A department with its region, the people who act for it, and the offices directly below it.

    `city` is the region that counts it in the weekly figures; `is_area` as in PatrolTarget.
    """

    department: Department
    region: Region
    city: RegionId
    is_area: bool
    inspector: Person
    duty: Person

    @property
    def snapshot(self) -> DepartmentSnapshot:
        return DepartmentSnapshot.of(self.department, self.region.id)

    @property
    def target(self) -> PatrolTarget:
        return PatrolTarget(self.snapshot, self.region.name, self.city, is_area=self.is_area)


class Cast:
    """Looks people and places up in the demo's province."""

    def __init__(self, province: Province) -> None:
        self.enterprises: Sequence[Enterprise] = province.enterprises
        self.regions: Mapping[RegionId, Region] = {region.id: region for region in province.regions}
        self._accounts = {planned.person_id: planned.username for planned in province.accounts}
        staff: dict[DepartmentId | EnterpriseId, list[Person]] = defaultdict(list)
        for person in province.people:
            employer = person.department_id or person.enterprise_id
            assert employer is not None, "everybody of the demo province works somewhere"
            staff[employer].append(person)
        self._staff = staff
        parents = {region.parent_id for region in province.regions}
        self.offices: dict[DepartmentId, Office] = {}
        for department in province.departments:
            region = self.regions[min(department.jurisdiction)]
            self.offices[department.id] = Office(
                department,
                region,
                self.city_of(region.id),
                region.id not in parents,
                self._first(department.id, Role.INSPECTOR),
                self._first(department.id, Role.DUTY_PERSON),
            )
        self.cities = {self.city_of(region) for region in self.regions}
        self._of_region = {office.region.id: office for office in self.offices.values()}

    def city_of(self, id: RegionId) -> RegionId:
        """The region of city rank that contains it; the province for itself."""
        region = self.regions[id]
        parent = region.parent_id
        return parent if region.level is Level.COUNTY and parent is not None else region.id

    def office(self, region: RegionId) -> Office:
        return self._of_region[region]

    def below(self, office: Office) -> Sequence[Office]:
        """The offices directly below."""
        return [one for one in self.offices.values() if one.department.parent_id == office.department.id]

    def head(self, enterprise: EnterpriseId) -> Person:
        return self._first(enterprise, Role.ENTERPRISE_HEAD)

    def people(self, employer: DepartmentId | EnterpriseId) -> frozenset[PersonId]:
        return frozenset(person.id for person in self._staff[employer])

    def target(self, enterprise: Enterprise) -> SpotCheckTarget:
        region = self.regions[enterprise.region_id]
        return SpotCheckTarget(
            *(enterprise.id, enterprise.name, enterprise.kind),
            *(region.id, region.name, self.city_of(region.id)),
        )

    def addressee(self, addressee: Addressee) -> Person:
        """Who acts for the inspected party: an enterprise's head, or a department's duty person."""
        if addressee.enterprise_id is not None:
            return self.head(addressee.enterprise_id)
        assert addressee.department_id is not None, "a party is a department or an enterprise"
        return self.offices[addressee.department_id].duty

    def actor(self, person: Person) -> Actor:
        """The person as the audit trail names it."""
        return Actor(
            person_id=person.id,
            name=person.name,
            role=person.role,
            level=None,
            department_id=person.department_id,
            enterprise_id=person.enterprise_id,
            scope=EVERYTHING,
            account_id=self.account(person),
        )

    def account(self, person: Person) -> AccountId:
        return AccountId(fact_id("account", self._accounts[person.id]))

    def log_in(self, person: Person, at: datetime, client: Client = Client.WEB) -> LoggedIn:
        return LoggedIn(
            *(self.account(person), person.id, person.department_id, person.enterprise_id, client, at)
        )

    def _first(self, employer: DepartmentId | EnterpriseId, role: Role) -> Person:
        return next(person for person in self._staff[employer] if person.role is role)


def signed(person: Person, at: datetime) -> Signed:
    return Signed(person.id, person.name, at)


def inspector_of(office: Office) -> Inspector:
    return Inspector(office.snapshot, office.inspector.id, office.inspector.name)
