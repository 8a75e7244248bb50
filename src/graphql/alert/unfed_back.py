"""Count the alerts that the viewer's enterprise has not fed back."""

from __future__ import annotations

import strawberry

from ...application.access import Actor
from ...domain.alert.form import AlertKind
from ..context import RequestContext, in_thread


@strawberry.type(description="未反馈的预警数。Alerts of the viewer's enterprise; 0 for departments.")
class UnfedBackAlerts:
    certificate: int = strawberry.field(description="未反馈的证书报警数。")
    risk: int = strawberry.field(description="未反馈的风险报警数。")


async def unfed_back_alerts_of(context: RequestContext, actor: Actor) -> UnfedBackAlerts:
    """Count the alerts that the actor's enterprise must still feed back, by kind."""
    found = await in_thread(context.app.alerts.unfed_back, actor)
    return UnfedBackAlerts(certificate=found.get(AlertKind.CERTIFICATE, 0), risk=found.get(AlertKind.RISK, 0))
