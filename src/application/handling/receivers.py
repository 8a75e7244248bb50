"""Finds the people behind the kinds of recipients: who is told of a matter that somebody has to handle."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from ...domain.directory.organisation import Level, Person, Role
from ...domain.handling.feedback import Addressee
from ...domain.handling.recipients import Recipient
from ...domain.values import DepartmentId, EnterpriseId, PersonId, RegionId
from ..access import EVERYTHING
from ..ports.work import UnitOfWork

log = logging.getLogger(__name__)

FROM_BELOW: Final = (Level.COUNTY, Level.CITY, Level.PROVINCE)
STANDING_IN: Final = (Role.DUTY_PERSON, Role.DEPARTMENT_HEAD)


@dataclass(frozen=True, slots=True)
class Concern:
    """Whom a matter concerns. `subject` is its type and id, for the log.

    `reviewer_id` is the department that reviews it. `issued_by` is the person who issued it (None: the
    ministry or the system). `responsible` are the people named in it.
    """

    subject: str
    addressee: Addressee
    reviewer_id: DepartmentId
    issued_by: PersonId | None
    responsible: tuple[PersonId, ...]


class Receivers:
    """Finds who is told of some matters, with look-ups for all of them at once. Skips people who have left.

    If a department has no head, its duty persons stand in, and the other way round.
    If no receiver of a matter is found at all, the department above its addressee is told.
    """

    def __init__(self, work: UnitOfWork, concerns: Sequence[Concern]) -> None:
        self._work = work
        self._concerns = concerns
        self._people_of: dict[DepartmentId, Sequence[Person]] = {}
        self._parents: dict[DepartmentId, DepartmentId | None] = {}
        self._by_region: dict[tuple[Level, Role], Mapping[RegionId, tuple[Person, ...]]] = {}

    def of(self, concern: Concern, recipients: Collection[Recipient]) -> tuple[Person, ...]:
        """Each person once, in the order of `Recipient`. Logs a warning when nobody is found."""
        found = [p for who in Recipient if who in recipients for p in self._people(concern, who)]
        if not found:
            found = list(self._superior(concern))
        if not found:
            log.warning("nobody to tell", extra={"subject": concern.subject})
        return tuple(dict.fromkeys(found))

    def _people(self, concern: Concern, who: Recipient) -> Sequence[Person]:
        match who:
            case Recipient.RESPONSIBLE:
                named = [self._named.get(id) for id in concern.responsible]
                return [
                    p for p in named if p and p.active and works_for(p, concern.addressee)
                ] or self._heads(concern)
            case Recipient.ENTERPRISE_HEAD:
                return self._heads(concern)
            case Recipient.PROVINCE_HEADS:
                return self._of_the_province(concern.addressee.region_id)
            case Recipient.SUPERIOR:
                return self._superior(concern)
            case Recipient.REVIEWER:
                issued_by = concern.issued_by
                inspector = [person for person in self._staff(concern.reviewer_id) if person.id == issued_by]
                return inspector or self._leading(concern.reviewer_id, Role.DEPARTMENT_HEAD)
            case Recipient.REVIEWER_DUTY:
                return self._leading(concern.reviewer_id, Role.DUTY_PERSON)

    def _heads(self, concern: Concern) -> Sequence[Person]:
        """The heads of the inspected party."""
        addressee = concern.addressee
        if addressee.department_id is not None:
            return self._leading(addressee.department_id, Role.DEPARTMENT_HEAD)
        assert addressee.enterprise_id is not None  # An addressee is either a department or an enterprise.
        return self._enterprise_heads.get(addressee.enterprise_id, ())

    def _of_the_province(self, region_id: RegionId) -> Sequence[Person]:
        """The heads of the province's department, or its duty persons if it has none."""
        found = (self._answering(Level.PROVINCE, role).get(region_id, ()) for role in reversed(STANDING_IN))
        return next((people for people in found if people), ())

    def _superior(self, concern: Concern) -> Sequence[Person]:
        """The duty persons one level up; further up if that level has nobody."""
        addressee = concern.addressee
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
        """The department's heads or duty persons, as asked for by `role`; the others if there are none."""
        other = Role.DUTY_PERSON if role is Role.DEPARTMENT_HEAD else Role.DEPARTMENT_HEAD
        staff = self._staff(department_id)
        return [p for p in staff if p.role is role] or [p for p in staff if p.role is other]

    # ------------------------------------------------------------ look-ups, each made once

    @cached_property
    def _named(self) -> Mapping[PersonId, Person]:
        return self._work.people.find_all([id for concern in self._concerns for id in concern.responsible])

    @cached_property
    def _enterprise_heads(self) -> Mapping[EnterpriseId, tuple[Person, ...]]:
        enterprises = (concern.addressee.enterprise_id for concern in self._concerns)
        return self._work.people.heads_of([id for id in enterprises if id is not None])

    def _covering(self, level: Level, region_id: RegionId) -> Sequence[Person]:
        """The region's duty persons at that level, or the heads if it has none."""
        found = (self._answering(level, role).get(region_id, ()) for role in STANDING_IN)
        return next((people for people in found if people), ())

    def _answering(self, level: Level, role: Role) -> Mapping[RegionId, tuple[Person, ...]]:
        if (level, role) not in self._by_region:
            regions = list(dict.fromkeys(concern.addressee.region_id for concern in self._concerns))
            self._by_region[level, role] = self._work.people.covering(regions, level, role)
        return self._by_region[level, role]

    def _staff(self, department_id: DepartmentId) -> Sequence[Person]:
        if department_id not in self._people_of:
            asked = {department_id, *(concern.reviewer_id for concern in self._concerns)}
            asked |= {c.addressee.department_id for c in self._concerns if c.addressee.department_id}
            ids = [id for id in asked if id not in self._people_of]
            found = self._work.people.in_departments(ids)
            self._people_of |= {id: [person for person in found.get(id, ()) if person.active] for id in ids}
        return self._people_of[department_id]

    def _parent(self, department_id: DepartmentId) -> DepartmentId | None:
        if department_id not in self._parents:
            found = self._work.departments.get(department_id, within=EVERYTHING)
            self._parents[department_id] = found.parent_id
        return self._parents[department_id]


def works_for(person: Person, addressee: Addressee) -> bool:
    """Whether the person works for the inspected party now."""
    return (person.department_id, person.enterprise_id) == (addressee.department_id, addressee.enterprise_id)
