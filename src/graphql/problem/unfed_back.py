"""Count the problems that the viewer's department or enterprise has not fed back."""

from __future__ import annotations

import strawberry

from ...application.access import Actor
from ...domain.inspection.form import InspectionKind
from ..context import RequestContext, in_thread


@strawberry.type(description="未反馈数。Problems addressed to the viewer's department or enterprise.")
class UnfedBack:
    patrol: int = strawberry.field(description="未反馈的巡查问题数。")
    spot_check: int = strawberry.field(description="未反馈的抽查问题数。")


async def unfed_back_of(context: RequestContext, actor: Actor) -> UnfedBack:
    """Count the problems that the actor's department or enterprise must still feed back, by kind."""
    found = await in_thread(context.app.problems.unfed_back, actor)
    return UnfedBack(
        patrol=found.get(InspectionKind.PATROL, 0), spot_check=found.get(InspectionKind.SPOT_CHECK, 0)
    )
