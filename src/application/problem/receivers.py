"""The people behind the table of who is told of a problem: see `src/domain/problem/told.py`."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Final

from ...domain.directory.organisation import Level, Person, Role
from ...domain.handling.told import Told
from ...domain.problem.problem import Problem
from ...domain.values import DepartmentId, EnterpriseId, PersonId, RegionId
from ..access import EVERYTHING
from ..ports.work import UnitOfWork

log = logging.getLogger(__name__)

FROM_BELOW: Final = (Level.COUNTY, Level.CITY, Level.PROVINCE)
STANDING_IN: Final = (Role.DUTY_PERSON, Role.DEPARTMENT_HEAD)


class Receivers:
    """Who is told of some problems, looked up for all of them at once; only people who still work where they did.

    Where a department has no head its duty persons stand in, and the other way round; where it has neither, the
    department above. Nobody at the party that is to be told: the department above is.
    """

    def __init__(self, work: UnitOfWork, problems: Sequence[Problem]) -> None:
        self._work = work
        self._problems = problems
        self._people_of: dict[DepartmentId, Sequence[Person]] = {}
        self._parents: dict[DepartmentId, DepartmentId | None] = {}
        self._by_region: dict[tuple[Level, Role], Mapping[RegionId, tuple[Person, ...]]] = {}

    def of(self, problem: Problem, told: Collection[Told]) -> tuple[Person, ...]:
        """Each person once, in the order of the table."""
        found = [person for who in Told if who in told for person in self._people(problem, who)]
        if not found:
            found = list(self._superior(problem))
        if not found:
            log.warning("nobody to tell of a problem", extra={"problem": str(problem.id)})
        return tuple(dict.fromkeys(found))

    def _people(self, problem: Problem, who: Told) -> Sequence[Person]:
        match who:
            case Told.RESPONSIBLE:
                named = [self._named.get(id) for id in problem.statement.responsible]
                return [p for p in named if p and p.active and _of_party(p, problem)] or self._heads(problem)
            case Told.ENTERPRISE_HEAD:
                return self._heads(problem)
            case Told.PROVINCE_HEADS:
                return self._leading(problem.issuer.id, Role.DEPARTMENT_HEAD)
            case Told.SUPERIOR:
                return self._superior(problem)
            case Told.REVIEWER:
                issued_by = problem.issued.by
                inspector = [person for person in self._staff(problem.issuer.id) if person.id == issued_by]
                return inspector or self._leading(problem.issuer.id, Role.DEPARTMENT_HEAD)

    def _heads(self, problem: Problem) -> Sequence[Person]:
        """Of the inspected party."""
        addressee = problem.addressee
        if addressee.department_id is not None:
            return self._leading(addressee.department_id, Role.DEPARTMENT_HEAD)
        assert addressee.enterprise_id is not None  # An addressee is one or the other.
        return self._enterprise_heads.get(addressee.enterprise_id, ())

    def _superior(self, problem: Problem) -> Sequence[Person]:
        """The duty persons one level up; further up where there is nobody."""
        addressee = problem.addressee
        if addressee.department_id is None:
            covering = (self._covering(level, addressee.region_id) for level in FROM_BELOW)
            return next((people for people in covering if people), ())
        department: DepartmentId | None = addressee.department_id
        for _ in Level:
            department = None if department is None else self._parent(department)
            people = () if department is None else self._leading(department, Role.DUTY_PERSON)
            if people:
                return people
        return ()

    def _leading(self, department_id: DepartmentId, role: Role) -> Sequence[Person]:
        """The department's heads or its duty persons, whichever are asked for; the others where there are none."""
        other = Role.DUTY_PERSON if role is Role.DEPARTMENT_HEAD else Role.DEPARTMENT_HEAD
        staff = self._staff(department_id)
        return [p for p in staff if p.role is role] or [p for p in staff if p.role is other]

    # ------------------------------------------------------------ what is looked up once

    @cached_property
    def _named(self) -> Mapping[PersonId, Person]:
        return self._work.people.find_all(
            [id for problem in self._problems for id in problem.statement.responsible]
        )

    @cached_property
    def _enterprise_heads(self) -> Mapping[EnterpriseId, tuple[Person, ...]]:
        enterprises = (problem.addressee.enterprise_id for problem in self._problems)
        return self._work.people.heads_of([id for id in enterprises if id is not None])

    def _covering(self, level: Level, region_id: RegionId) -> Sequence[Person]:
        """The region's duty persons at that level, or the heads where it has none."""
        found = (self._answering(level, role).get(region_id, ()) for role in STANDING_IN)
        return next((people for people in found if people), ())

    def _answering(self, level: Level, role: Role) -> Mapping[RegionId, tuple[Person, ...]]:
        if (level, role) not in self._by_region:
            regions = list(dict.fromkeys(problem.addressee.region_id for problem in self._problems))
            self._by_region[level, role] = self._work.people.covering(regions, level, role)
        return self._by_region[level, role]

    def _staff(self, department_id: DepartmentId) -> Sequence[Person]:
        if department_id not in self._people_of:
            people = self._work.people.in_department(department_id)
            self._people_of[department_id] = [person for person in people if person.active]
        return self._people_of[department_id]

    def _parent(self, department_id: DepartmentId) -> DepartmentId | None:
        if department_id not in self._parents:
            found = self._work.departments.get(department_id, within=EVERYTHING)
            self._parents[department_id] = found.parent_id
        return self._parents[department_id]


def _of_party(person: Person, problem: Problem) -> bool:
    """Whether the person works for the inspected party now."""
    addressee = problem.addressee
    return (person.department_id, person.enterprise_id) == (addressee.department_id, addressee.enterprise_id)
