"""GraphQL fields for alerts: queries, and one mutation per step of handling and review."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import strawberry

from ...application.alert.commands import (
    AcknowledgeAlert,
    AlertCommand,
    CloseAlert,
    EscalateAlert,
    FeedBackAlert,
    HandleAlert,
    ReportAlertProgress,
    ReturnAlert,
)
from ...application.ports.alert import AlertOrder, AlertRow
from ...domain.alert.form import Verification
from ...domain.values import AlertId
from ..context import AppInfo, in_thread
from ..parts.ids import uuid_of
from ..parts.paging import Connection, CountablePage, page_of
from ..parts.refusals import Refusal, answer, attempt
from ..problem.inputs import FeedbackInput, to_feedback
from .inputs import AlertFilterInput, to_alert_filter
from .types import Alert
from .unfed_back import UnfedBackAlerts, unfed_back_alerts_of


@strawberry.type
class AlertQuery:
    @strawberry.field(graphql_type=Connection[Alert], description="查询预警。Within the viewer's scope.")
    async def alerts(
        self,
        info: AppInfo,
        where: AlertFilterInput,
        first: int,
        after: str | None = None,
        order_by: AlertOrder = AlertOrder.NEWEST,
    ) -> CountablePage[AlertRow]:
        actor = info.context.actor  # Who is not logged in is told so, whatever the filter says.
        alerts, chosen = info.context.app.alerts, to_alert_filter(where)
        if where.overdue:
            chosen = replace(chosen, overdue_at=info.context.app.clock.now())
        page = await in_thread(alerts.page, actor, chosen, page_of(info, first, after, order_by), order_by)
        return CountablePage(page, lambda: alerts.count(actor, chosen), order_by)

    @strawberry.field(description="本单位未反馈的预警数，按证书报警和风险报警分列。")
    async def unfed_back_alerts(self, info: AppInfo) -> UnfedBackAlerts:
        return await unfed_back_alerts_of(info.context, info.context.actor)


@strawberry.type(description="预警已办理。The alert as it stands now.")
class AlertSaved:
    row: strawberry.Private[AlertRow]

    @strawberry.field(graphql_type=Alert, description="预警。")
    def alert(self) -> AlertRow:
        return self.row


AlertAnswer: Final = answer("AlertAnswer", AlertSaved)


async def _do(info: AppInfo, command: Callable[[], AlertCommand], key: str | None) -> AlertSaved | Refusal:
    """Build and run a command. It is built here, so that a malformed id is a refusal, too."""

    async def act() -> AlertSaved:
        actor = info.context.actor
        return AlertSaved(row=await in_thread(info.context.app.alerts.do, actor, command(), key=key))

    return await attempt(act)


def _alert(id: strawberry.ID) -> AlertId:
    return AlertId(uuid_of("Alert", id, field="id"))


@strawberry.type
class AlertMutation:
    @strawberry.mutation(
        graphql_type=AlertAnswer, description="签收预警。By the enterprise; `revision` is the one seen."
    )
    async def acknowledge_alert(
        self, info: AppInfo, id: strawberry.ID, revision: int, client_mutation_key: str | None = None
    ) -> AlertSaved | Refusal:
        return await _do(info, lambda: AcknowledgeAlert(_alert(id), revision), client_mutation_key)

    @strawberry.mutation(
        graphql_type=AlertAnswer,
        description="核实处置预警；处置中再次提交即更正核实结果。A result other than TRUE needs a note.",
    )
    async def handle_alert(
        self,
        info: AppInfo,
        id: strawberry.ID,
        revision: int,
        verification: Verification,
        note: str = "",
        client_mutation_key: str | None = None,
    ) -> AlertSaved | Refusal:
        return await _do(
            info, lambda: HandleAlert(_alert(id), revision, verification, note), client_mutation_key
        )

    @strawberry.mutation(graphql_type=AlertAnswer, description="反馈处置进展（阶段反馈）。Handling goes on.")
    async def report_alert_progress(
        self,
        info: AppInfo,
        id: strawberry.ID,
        revision: int,
        feedback: FeedbackInput,
        client_mutation_key: str | None = None,
    ) -> AlertSaved | Refusal:
        return await _do(
            info,
            lambda: ReportAlertProgress(_alert(id), revision, to_feedback(feedback)),
            client_mutation_key,
        )

    @strawberry.mutation(
        graphql_type=AlertAnswer, description="反馈预警的最终结果，由核查部门核查。The final feedback."
    )
    async def feed_back_alert(
        self,
        info: AppInfo,
        id: strawberry.ID,
        revision: int,
        feedback: FeedbackInput,
        client_mutation_key: str | None = None,
    ) -> AlertSaved | Refusal:
        return await _do(
            info, lambda: FeedBackAlert(_alert(id), revision, to_feedback(feedback)), client_mutation_key
        )

    @strawberry.mutation(
        graphql_type=AlertAnswer, description="核查通过，办结预警。By the reviewing department."
    )
    async def close_alert(
        self,
        info: AppInfo,
        id: strawberry.ID,
        revision: int,
        note: str = "",
        client_mutation_key: str | None = None,
    ) -> AlertSaved | Refusal:
        return await _do(info, lambda: CloseAlert(_alert(id), revision, note), client_mutation_key)

    @strawberry.mutation(
        graphql_type=AlertAnswer,
        description="核查不通过，退回预警反馈。By the reviewing department, with a reason.",
    )
    async def return_alert(
        self,
        info: AppInfo,
        id: strawberry.ID,
        revision: int,
        reason: str,
        client_mutation_key: str | None = None,
    ) -> AlertSaved | Refusal:
        return await _do(info, lambda: ReturnAlert(_alert(id), revision, reason), client_mutation_key)

    @strawberry.mutation(
        graphql_type=AlertAnswer,
        description="提级督办：改由上一级部门核查。By the reviewing department, with a reason.",
    )
    async def escalate_alert(
        self,
        info: AppInfo,
        id: strawberry.ID,
        revision: int,
        reason: str,
        client_mutation_key: str | None = None,
    ) -> AlertSaved | Refusal:
        return await _do(info, lambda: EscalateAlert(_alert(id), revision, reason), client_mutation_key)
