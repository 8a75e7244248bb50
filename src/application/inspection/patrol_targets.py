"""The departments that an inspector may patrol, with what was done there today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...domain.deadlines import business_date
from ...domain.inspection.inspection import InspectionState
from ..access import Actor, Permission, check
from ..ports.directory import DepartmentRow
from ..ports.inspection import InspectionRow
from ..ports.readers import Readers
from ..ports.signals import Clock


@dataclass(frozen=True, slots=True)
class PatrolTarget:
    """A department below the actor's, today's patrols by the actor's department, and the actor's own drafts."""

    department: DepartmentRow
    patrols: tuple[InspectionRow, ...]
    drafts: tuple[InspectionRow, ...]


class PatrolTargets:
    """Reads what may be patrolled."""

    def __init__(self, readers: Readers, clock: Clock) -> None:
        self._readers = readers
        self._clock = clock

    def today(self, actor: Actor) -> Sequence[PatrolTarget]:
        """Every department below the actor's whose jurisdiction lies within the actor's, by region.

        `Inspections.open_patrol` accepts each region of such a department that no lower one answers for.
        """
        check(actor, Permission.DRAFT_INSPECTION)
        if actor.department_id is None:
            return ()
        day = business_date(self._clock.now())
        done = self._readers.inspections.patrols_on(actor.department_id, day, actor.person_id)
        of_each: dict[object, list[InspectionRow]] = {}
        for row in done:
            of_each.setdefault((row.target_department_id, row.state), []).append(row)
        return [
            PatrolTarget(
                department,
                tuple(of_each.get((department.id, InspectionState.SUBMITTED), ())),
                tuple(of_each.get((department.id, InspectionState.DRAFT), ())),
            )
            for department in self._readers.directory.departments_below(actor.department_id, actor.scope)
        ]
