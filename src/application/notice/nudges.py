"""Names the nudges: which an event sends, and which an actor's live client subscribes to."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from ...domain.alert.events import AlertEscalated, AlertEvent
from ...domain.commitment.events import CommitmentReported, CommitmentsOwed
from ...domain.directory.events import DirectoryChanged
from ...domain.events import Event
from ...domain.export.events import ExportJobEvent
from ...domain.identity.events import AccessChanged
from ...domain.notice.events import InboxChanged
from ...domain.problem.events import ProblemEvent, ProblemHandedOver
from ...domain.values import DepartmentId, EnterpriseId, ExportId, PersonId, RegionId
from ..access import Actor

SESSIONS: Final = "sessions"
"""Somebody's session, role or jurisdiction may have changed: every open stream and socket checks its own."""
NEW_DAY: Final = "commitments"
"""Commitments of a day are owed from now on, anywhere."""
_MOVING: Final = frozenset({"Person", "Department", "Region"})
"""Changes of these may change what somebody sees."""


def nudged_by(event: Event) -> frozenset[str]:
    """The nudges an event sends: a message to its receiver, a change of a matter to all of both parties.

    A reported commitment nudges its enterprise, and who watches its region. Whoever has handed a matter on is
    nudged, too: it waits for them no more.
    """
    match event:
        case InboxChanged():
            return _names(event.person_id)
        case CommitmentReported():
            return _names(None, None, event.enterprise_id, event.region_id)
        case CommitmentsOwed():
            return frozenset({NEW_DAY})
        case AccessChanged():
            return frozenset({SESSIONS})
        case DirectoryChanged():
            return frozenset({SESSIONS} if event.what in _MOVING else ())
    if isinstance(event, ExportJobEvent):
        return frozenset({export_nudge(event.export_id)})
    if isinstance(event, ProblemEvent):
        former = event.former_id if isinstance(event, ProblemHandedOver) else None
        parties = _names(None, event.department_id, event.enterprise_id) | _names(None, event.issuer_id)
        return parties | _names(None, former)
    if isinstance(event, AlertEvent):
        former = event.former_id if isinstance(event, AlertEscalated) else None
        return _names(None, event.reviewer_id, event.enterprise_id) | _names(None, former)
    return frozenset()


def export_nudge(id: ExportId) -> str:
    """The nudge of one export; its owner listens to it."""
    return f"export:{id}"


def heard_by(actor: Actor, regions: Collection[RegionId] = ()) -> frozenset[str]:
    """The nudges that concern the actor, as a person, as a member of its party, and for the regions it watches."""
    if actor.is_system:
        return frozenset()
    own = _names(actor.person_id, actor.department_id, actor.enterprise_id)
    return own.union({NEW_DAY}, *(_names(None, region_id=region) for region in regions))


def _names(
    person_id: PersonId | None,
    department_id: DepartmentId | None = None,
    enterprise_id: EnterpriseId | None = None,
    region_id: RegionId | None = None,
) -> frozenset[str]:
    names = {
        "person": person_id,
        "department": department_id,
        "enterprise": enterprise_id,
        "region": region_id,
    }
    return frozenset(f"{what}:{id}" for what, id in names.items() if id is not None)
