"""Store the people of departments and enterprises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Row, bindparam, select
from sqlalchemy.dialects.postgresql import insert

from ...application.access import Scope
from ...domain.directory.organisation import Level, Person, Role
from ...domain.refusals import NotFound
from ...domain.values import DepartmentId, EnterpriseId, PersonId, Phone, RegionId
from .batches import in_batches
from .scope import person_in
from .tables.directory import department, department_region, person, region_closure
from .transaction import Transaction

_new = insert(person)
_SAVE: Final = _new.on_conflict_do_update(
    index_elements=[person.c.id], set_={c.name: _new.excluded[c.name] for c in person.c if c.name != "id"}
)
_people: Final = select(person).order_by(person.c.id)
_ONE: Final = _people.where(person.c.id == bindparam("id"))
_THESE: Final = _people.where(person.c.id.in_(bindparam("ids", expanding=True)))
_FIND_IN: Final = _people.where(person.c.phone == bindparam("phone"), person.c.name == bindparam("name"))
_HEADS: Final = _people.where(
    person.c.enterprise_id.in_(bindparam("ids", expanding=True)),
    person.c.role == Role.ENTERPRISE_HEAD,
    person.c.active,
)
_COVERING: Final = (
    select(person, region_closure.c.descendant)
    .distinct()
    .select_from(
        region_closure.join(department_region, department_region.c.region_id == region_closure.c.ancestor)
        .join(department, department.c.id == department_region.c.department_id)
        .join(person, person.c.department_id == department.c.id)
    )
    .where(
        region_closure.c.descendant.in_(bindparam("regions", expanding=True)),
        department.c.level == bindparam("level"),
        person.c.role == bindparam("role"),
        person.c.active,
    )
    .order_by(person.c.id)
)
_IN_DEPARTMENTS: Final = _people.where(person.c.department_id.in_(bindparam("ids", expanding=True)))


class SqlPeople:
    """People. A person is in scope when the department or enterprise is."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def save(self, person: Person) -> None:
        of_department = person.department_id is not None
        self._transaction.run(
            _SAVE,
            {
                "id": person.id,
                "name": person.name,
                "phone": person.phone.text,
                "role": person.role,
                "department_id": person.department_id,
                "enterprise_id": person.enterprise_id,
                "active": person.active,
            },
            missing=("部门", "departmentId") if of_department else ("企业", "enterpriseId"),
        )

    def get(self, id: PersonId, *, within: Scope) -> Person:
        statement = _ONE.where(person_in(within, person.c.department_id, person.c.enterprise_id))
        row = self._transaction.run(statement, {"id": id}).first()
        if row is None:
            raise NotFound("人员")
        return person_of(row)

    def find_in(
        self, *, name: str, phone: str, department_id: DepartmentId | None, enterprise_id: EnterpriseId | None
    ) -> Person | None:
        for row in self._transaction.run(_FIND_IN, {"name": name, "phone": phone}):
            if (row.department_id, row.enterprise_id) == (department_id, enterprise_id):
                return person_of(row)
        return None

    def find_all(self, ids: Sequence[PersonId]) -> Mapping[PersonId, Person]:
        found: dict[PersonId, Person] = {}
        for batch in in_batches(ids):
            found |= {row.id: person_of(row) for row in self._transaction.run(_THESE, {"ids": batch})}
        return found

    def heads_of(self, enterprise_ids: Sequence[EnterpriseId]) -> Mapping[EnterpriseId, tuple[Person, ...]]:
        heads: dict[EnterpriseId, tuple[Person, ...]] = {}
        for ids in in_batches(enterprise_ids):
            for row in self._transaction.run(_HEADS, {"ids": ids}):
                heads[row.enterprise_id] = (*heads.get(row.enterprise_id, ()), person_of(row))
        return heads

    def covering(
        self, regions: Sequence[RegionId], level: Level, role: Role
    ) -> Mapping[RegionId, tuple[Person, ...]]:
        found: dict[RegionId, tuple[Person, ...]] = dict.fromkeys(regions, ())
        for batch in in_batches(regions):
            for row in self._transaction.run(_COVERING, {"regions": batch, "level": level, "role": role}):
                found[row.descendant] = (*found[row.descendant], person_of(row))
        return found

    def in_departments(self, ids: Sequence[DepartmentId]) -> Mapping[DepartmentId, tuple[Person, ...]]:
        found: dict[DepartmentId, tuple[Person, ...]] = {}
        for batch in in_batches(ids):
            for row in self._transaction.run(_IN_DEPARTMENTS, {"ids": batch}):
                found[row.department_id] = (*found.get(row.department_id, ()), person_of(row))
        return found


def person_of(row: Row[Any]) -> Person:
    return Person(
        id=row.id,
        name=row.name,
        phone=Phone(row.phone),
        role=row.role,
        department_id=row.department_id,
        enterprise_id=row.enterprise_id,
        active=row.active,
    )
