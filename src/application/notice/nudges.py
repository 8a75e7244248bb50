"""Names the nudges: which an event sends, and which an actor's live client subscribes to."""

from __future__ import annotations

from ...domain.alert.events import AlertEvent
from ...domain.events import Event
from ...domain.export.events import ExportJobEvent
from ...domain.notice.events import InboxChanged
from ...domain.problem.events import ProblemEvent
from ...domain.values import DepartmentId, EnterpriseId, ExportId, PersonId
from ..access import Actor


def nudged_by(event: Event) -> frozenset[str]:
    """The nudges an event sends: a message to its receiver, a change of a matter to all of both parties."""
    if isinstance(event, ExportJobEvent):
        return frozenset({export_nudge(event.export_id)})
    if isinstance(event, InboxChanged):
        return _names(event.person_id)
    if isinstance(event, ProblemEvent):
        return _names(None, event.department_id, event.enterprise_id) | _names(None, event.issuer_id)
    if isinstance(event, AlertEvent):
        return _names(None, event.reviewer_id, event.enterprise_id)
    return frozenset()


def export_nudge(id: ExportId) -> str:
    """The nudge of one export; its owner listens to it."""
    return f"export:{id}"


def heard_by(actor: Actor) -> frozenset[str]:
    """The nudges that concern the actor, as a person and as a member of a department or an enterprise."""
    return _names(actor.person_id, actor.department_id, actor.enterprise_id)


def _names(
    person_id: PersonId | None,
    department_id: DepartmentId | None = None,
    enterprise_id: EnterpriseId | None = None,
) -> frozenset[str]:
    names = {"person": person_id, "department": department_id, "enterprise": enterprise_id}
    return frozenset(f"{what}:{id}" for what, id in names.items() if id is not None)
