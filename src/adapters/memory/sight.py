"""Decides what is within a scope; all access rules of the twin are in this module."""

from __future__ import annotations

from collections.abc import Iterable

from ...application.access import Scope
from ...domain.alert.alert import Alert
from ...domain.alert.workflow import ALERT_OPEN
from ...domain.commitment.commitment import Commitment
from ...domain.directory.enterprise import Enterprise
from ...domain.directory.organisation import Department, Person
from ...domain.directory.shutdown import ShutdownPeriod
from ...domain.inspection.inspection import Inspection, InspectionState
from ...domain.problem.problem import Problem
from ...domain.problem.workflow import OPEN
from ...domain.values import DepartmentId, EnterpriseId, PersonId, RegionId
from .tables import State


def lineage(state: State, id: RegionId) -> tuple[RegionId, ...]:
    """The region and its ancestors, nearest first; empty for an unknown region."""
    path: list[RegionId] = []
    region = state.regions.get(id)
    while region is not None:
        path.append(region.id)
        region = None if region.parent_id is None else state.regions.get(region.parent_id)
    return tuple(path)


def subtree(state: State, roots: Iterable[RegionId]) -> frozenset[RegionId]:
    """The regions and everything below them."""
    children: dict[RegionId, list[RegionId]] = {}
    for region in state.regions.values():
        if region.parent_id is not None:
            children.setdefault(region.parent_id, []).append(region.id)
    found: set[RegionId] = set()
    waiting = [root for root in roots if root in state.regions]
    while waiting:
        region_id = waiting.pop()
        if region_id not in found:
            found.add(region_id)
            waiting.extend(children.get(region_id, ()))
    return frozenset(found)


def applies_to(state: State, period: ShutdownPeriod, enterprise: Enterprise) -> bool:
    """The period is the enterprise's own, or one of its region or an ancestor that fits its kind."""
    if period.enterprise_id is not None:
        return period.enterprise_id == enterprise.id
    fits = period.kind is None or period.kind is enterprise.kind
    return fits and period.region_id in lineage(state, enterprise.region_id)


def open_problems(state: State, enterprise_id: EnterpriseId) -> int:
    """Count the problems addressed to the enterprise that have not ended."""
    addressed = (p for p in state.problems.values() if p.addressee.enterprise_id == enterprise_id)
    return sum(problem.state in OPEN for problem in addressed)


def open_alerts(state: State, enterprise_id: EnterpriseId) -> list[Alert]:
    """The alerts of the enterprise that have neither been closed nor ended."""
    own = (a for a in state.alerts.values() if a.addressee.enterprise_id == enterprise_id)
    return [alert for alert in own if alert.state in ALERT_OPEN]


class Sight:
    """A scope, resolved against one state; each method tells whether something is within the scope."""

    def __init__(self, state: State, scope: Scope) -> None:
        self._state = state
        self._scope = scope
        self._regions = subtree(state, scope.regions)

    def region(self, id: RegionId) -> bool:
        return self._scope.everything or id in self._regions

    def enterprise_id(self, id: EnterpriseId) -> bool:
        found = self._state.enterprises.get(id)
        return found is not None and self.enterprise(found.enterprise)

    def enterprise(self, enterprise: Enterprise) -> bool:
        return self.region(enterprise.region_id) or enterprise.id == self._scope.enterprise_id

    def department(self, department: Department) -> bool:
        return self._scope.everything or department.jurisdiction <= self._regions

    def department_id(self, id: DepartmentId) -> bool:
        found = self._state.departments.get(id)
        return found is not None and self.department(found)

    def person(self, person: Person) -> bool:
        if person.enterprise_id is not None:
            return self.enterprise_id(person.enterprise_id)
        return person.department_id is not None and self.department_id(person.department_id)

    def commitment(self, commitment: Commitment) -> bool:
        """By the region in which the commitment was owed, or by its enterprise."""
        return self.region(commitment.region_id) or commitment.enterprise_id == self._scope.enterprise_id

    def inspection(self, inspection: Inspection, person_id: PersonId | None) -> bool:
        """A submitted record by the region of its department then; also by the person who opened it."""
        inspector = inspection.inspector
        if person_id is not None and inspector.person_id == person_id:
            return True
        record = inspection.state is InspectionState.SUBMITTED
        return record and self.region(inspector.department.region_id)

    def problem(self, problem: Problem) -> bool:
        """By the region the addressee had then, or as the addressee or the issuer."""
        department = self._scope.department_id
        parties = (problem.addressee.department_id, problem.issuer.id)
        return (department is not None and department in parties) or self.problem_from_above(problem)

    def problem_from_above(self, problem: Problem) -> bool:
        """As in a list of a region's problems: by the addressee's region, or as the addressed enterprise."""
        own = self._scope.enterprise_id
        mine = own is not None and problem.addressee.enterprise_id == own
        return mine or self.region(problem.addressee.region_id)

    def alert(self, alert: Alert) -> bool:
        """By the region the enterprise had then, or as the enterprise or the reviewer."""
        department = self._scope.department_id
        mine = department is not None and department == alert.reviewer.id
        return mine or self.alert_from_above(alert)

    def alert_from_above(self, alert: Alert) -> bool:
        """As in a list of a region's alerts: by the enterprise's region, or as the enterprise."""
        own = self._scope.enterprise_id
        mine = own is not None and alert.addressee.enterprise_id == own
        return mine or self.region(alert.addressee.region_id)

    def shutdown(self, period: ShutdownPeriod) -> bool:
        """By the period's enterprise or region; an enterprise sees all periods that apply to it."""
        own = None
        if self._scope.enterprise_id is not None:
            own = self._state.enterprises.get(self._scope.enterprise_id)
        if own is not None and applies_to(self._state, period, own.enterprise):
            return True
        if period.enterprise_id is not None:
            return self.enterprise_id(period.enterprise_id)
        return period.region_id is not None and self.region(period.region_id)
