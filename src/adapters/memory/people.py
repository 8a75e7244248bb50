"""Keeps people of departments and enterprises in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...application.access import Scope
from ...domain.directory.organisation import Level, Person, Role
from ...domain.refusals import NotFound
from ...domain.values import DepartmentId, EnterpriseId, PersonId, RegionId
from .sight import Sight, lineage
from .unit import Unit


class MemoryPeople:
    """People; in scope when their department or enterprise is."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def save(self, person: Person) -> None:
        state = self._unit.to_write()
        if person.department_id is not None and person.department_id not in state.departments:
            raise NotFound("部门", field="departmentId")
        if person.enterprise_id is not None and person.enterprise_id not in state.enterprises:
            raise NotFound("企业", field="enterpriseId")
        state.people.put(person.id, person)

    def get(self, id: PersonId, *, within: Scope) -> Person:
        state = self._unit.reading()
        person = state.people.get(id)
        if person is None or not Sight(state, within).person(person):
            raise NotFound("人员")
        return person

    def find_in(
        self, *, name: str, phone: str, department_id: DepartmentId | None, enterprise_id: EnterpriseId | None
    ) -> Person | None:
        wanted = (name, phone, department_id, enterprise_id)
        found = (
            p
            for p in self._unit.reading().people.values()
            if (p.name, p.phone.text, p.department_id, p.enterprise_id) == wanted
        )
        return min(found, key=lambda p: p.id, default=None)

    def find_all(self, ids: Sequence[PersonId]) -> Mapping[PersonId, Person]:
        people = self._unit.reading().people
        return {id: people[id] for id in ids if id in people}

    def heads_of(self, enterprise_ids: Sequence[EnterpriseId]) -> Mapping[EnterpriseId, tuple[Person, ...]]:
        wanted = set(enterprise_ids)
        heads: dict[EnterpriseId, tuple[Person, ...]] = {}
        active = (p for p in self._ordered() if p.active and p.role is Role.ENTERPRISE_HEAD)
        for person in active:
            employer = person.enterprise_id
            if employer is not None and employer in wanted:
                heads[employer] = (*heads.get(employer, ()), person)
        return heads

    def covering(
        self, regions: Sequence[RegionId], level: Level, role: Role
    ) -> Mapping[RegionId, tuple[Person, ...]]:
        state = self._unit.reading()
        departments = {d.id: d for d in state.departments.values() if d.level is level}
        answering = [
            (person, departments[person.department_id].jurisdiction)
            for person in self._ordered()
            if person.active and person.role is role and person.department_id in departments
        ]
        covering = {region: set(lineage(state, region)) for region in regions}
        return {
            region: tuple(person for person, jurisdiction in answering if jurisdiction & path)
            for region, path in covering.items()
        }

    def in_departments(self, ids: Sequence[DepartmentId]) -> Mapping[DepartmentId, tuple[Person, ...]]:
        wanted = set(ids)
        found: dict[DepartmentId, tuple[Person, ...]] = {}
        for person in self._ordered():
            if (employer := person.department_id) is not None and employer in wanted:
                found[employer] = (*found.get(employer, ()), person)
        return found

    def _ordered(self) -> list[Person]:
        return sorted(self._unit.reading().people.values(), key=lambda p: p.id)
