"""The markers of the viewer's menus: how many items wait, until when, and the list of exactly these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import strawberry

from ..application import markers as application
from ..application.access import Actor
from ..application.ports.alert import AlertOrder, AlertRow
from ..application.ports.commitment import CommitmentOrder, CommitmentRow
from ..application.ports.problem import ProblemOrder, ProblemRow
from ..domain.deadlines import business_date, day_end
from .alert.types import Alert
from .alert.unfed_back import UnfedBackAlerts
from .commitment.types import Commitment
from .context import AppInfo, RequestContext, in_thread
from .parts.node import shows
from .parts.paging import Connection, CountablePage, page_of
from .problem.types import Problem
from .problem.unfed_back import UnfedBack


@strawberry.type(description="一个菜单的标记，所计的是问题。")
class ProblemMarker:
    is_type_of = shows(application.ProblemMarker)

    count: int = strawberry.field(description="待办的问题数。")
    due: datetime | None = strawberry.field(description="其中最紧迫的时限；没有时限的为空。")
    overdue: bool = strawberry.field(description="最紧迫的时限是否已过。")

    @strawberry.field(
        graphql_type=Connection[Problem], description="所计的问题的清单。Exactly what `count` counts."
    )
    async def problems(
        root: strawberry.Parent[application.ProblemMarker],
        info: AppInfo,
        first: int,
        after: str | None = None,
        order_by: ProblemOrder = ProblemOrder.NEWEST,
    ) -> CountablePage[ProblemRow]:
        problems, actor = info.context.app.problems, info.context.actor
        asked = page_of(info, first, after, order_by)
        page = await in_thread(problems.page, actor, root.where, asked, order_by)
        return CountablePage(page, lambda: problems.count(actor, root.where), order_by)


@strawberry.type(description="一个菜单的标记，所计的是预警。")
class AlertMarker:
    is_type_of = shows(application.AlertMarker)

    count: int = strawberry.field(description="待办的预警数。")
    due: datetime | None = strawberry.field(description="其中最紧迫的时限；没有时限的为空。")
    overdue: bool = strawberry.field(description="最紧迫的时限是否已过。")

    @strawberry.field(
        graphql_type=Connection[Alert], description="所计的预警的清单。Exactly what `count` counts."
    )
    async def alerts(
        root: strawberry.Parent[application.AlertMarker],
        info: AppInfo,
        first: int,
        after: str | None = None,
        order_by: AlertOrder = AlertOrder.NEWEST,
    ) -> CountablePage[AlertRow]:
        alerts, actor = info.context.app.alerts, info.context.actor
        asked = page_of(info, first, after, order_by)
        page = await in_thread(alerts.page, actor, root.where, asked, order_by)
        return CountablePage(page, lambda: alerts.count(actor, root.where), order_by)


@strawberry.type(description="一个菜单的标记，所计的是安全承诺。")
class CommitmentMarker:
    is_type_of = shows(application.CommitmentMarker)

    count: int = strawberry.field(description="今日未上报的承诺数。")
    due: datetime | None = strawberry.field(description="其中最早的上报时限；全部已上报的为空。")
    overdue: bool = strawberry.field(description="最早的上报时限是否已过。")

    @strawberry.field(
        graphql_type=Connection[Commitment], description="所计的承诺的清单。Exactly what `count` counts."
    )
    async def commitments(
        root: strawberry.Parent[application.CommitmentMarker],
        info: AppInfo,
        first: int,
        after: str | None = None,
        order_by: CommitmentOrder = CommitmentOrder.NEWEST,
    ) -> CountablePage[CommitmentRow]:
        commitments, actor = info.context.app.commitments, info.context.actor
        asked = page_of(info, first, after, order_by)
        page = await in_thread(commitments.page, actor, root.where, asked, order_by)
        return CountablePage(page, lambda: commitments.count(actor, root.where), order_by)


@dataclass(frozen=True, slots=True)
class Shown:
    """The markers of the viewer's party and its unread messages; `unread` is None where nobody asks for them."""

    party: application.Markers
    unread: int | None


@strawberry.type(
    description="当前登录者各菜单的标记；没有该菜单的为空。The same for the query and the subscription."
)
class Markers:
    is_type_of = shows(Shown)

    @strawberry.field(description="未读应用消息数。清单：viewer { messages(unreadOnly: true) }。")
    async def unread_count(root: strawberry.Parent[Shown], info: AppInfo) -> int:
        if root.unread is not None:
            return root.unread
        return await in_thread(info.context.app.notices.unread, info.context.actor)

    @strawberry.field(
        description="本单位未反馈的问题数。Like patrolProblems and spotCheckProblems, and 0 for null."
    )
    def unfed_back(root: strawberry.Parent[Shown]) -> UnfedBack:
        patrol, spot_check = root.party.patrol_problems, root.party.spot_check_problems
        return UnfedBack(
            patrol=patrol.count if patrol else 0, spot_check=spot_check.count if spot_check else 0
        )

    @strawberry.field(
        description="本单位未反馈的预警数。Like certificateAlerts and riskAlerts, and 0 for null."
    )
    def unfed_back_alerts(root: strawberry.Parent[Shown]) -> UnfedBackAlerts:
        certificate, risk = root.party.certificate_alerts, root.party.risk_alerts
        return UnfedBackAlerts(
            certificate=certificate.count if certificate else 0, risk=risk.count if risk else 0
        )

    @strawberry.field(
        graphql_type=ProblemMarker | None, description="巡查问题：下发给本部门、未反馈的；企业人员为空。"
    )
    def patrol_problems(root: strawberry.Parent[Shown]) -> application.ProblemMarker | None:
        return root.party.patrol_problems

    @strawberry.field(
        graphql_type=ProblemMarker | None, description="抽查问题：下发给本企业、未反馈的；部门人员为空。"
    )
    def spot_check_problems(root: strawberry.Parent[Shown]) -> application.ProblemMarker | None:
        return root.party.spot_check_problems

    @strawberry.field(graphql_type=AlertMarker | None, description="证书报警：本企业未反馈的；部门人员为空。")
    def certificate_alerts(root: strawberry.Parent[Shown]) -> application.AlertMarker | None:
        return root.party.certificate_alerts

    @strawberry.field(graphql_type=AlertMarker | None, description="风险报警：本企业未反馈的；部门人员为空。")
    def risk_alerts(root: strawberry.Parent[Shown]) -> application.AlertMarker | None:
        return root.party.risk_alerts

    @strawberry.field(
        graphql_type=ProblemMarker | None,
        description="待核查的问题：已反馈、由本部门核查的；不能核查的为空。The deadline is when somebody should have looked.",
    )
    def problem_reviews(root: strawberry.Parent[Shown]) -> application.ProblemMarker | None:
        return root.party.problem_reviews

    @strawberry.field(
        graphql_type=AlertMarker | None,
        description="待核查的预警：已反馈、由本部门核查的；不能核查的为空。The deadline is when somebody should have looked.",
    )
    def alert_reviews(root: strawberry.Parent[Shown]) -> application.AlertMarker | None:
        return root.party.alert_reviews

    @strawberry.field(
        graphql_type=ProblemMarker | None,
        description="待审批的延期申请：由本部门审批的；不能审批的为空。The deadline is when somebody should have looked.",
    )
    def extension_requests(root: strawberry.Parent[Shown]) -> application.ProblemMarker | None:
        return root.party.extension_requests

    @strawberry.field(
        graphql_type=CommitmentMarker | None,
        description="今日未上报的承诺：本辖区的，或本企业的；不能查看的为空。",
    )
    def unreported_commitments(root: strawberry.Parent[Shown]) -> application.CommitmentMarker | None:
        return root.party.unreported_commitments


def reader_of_markers(
    context: RequestContext, actor: Actor, *, unread: bool
) -> Callable[[], tuple[Shown, datetime]]:
    """How to read the actor's markers; it returns them with the instant at which they next change by themselves."""

    def read() -> tuple[Shown, datetime]:
        midnight = day_end(business_date(context.app.clock.now()))
        found = context.app.markers.of(actor)
        shown = Shown(found, context.app.notices.unread(actor) if unread else None)
        return shown, min(found.next_due or midnight, midnight)

    return read
