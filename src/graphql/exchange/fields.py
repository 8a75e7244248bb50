"""GraphQL fields for the exchange ledger, the schedule and the audit trail (province and administrators)."""

from __future__ import annotations

import json
from datetime import date, datetime

import strawberry

from ...application.exchange.exchange import ResendDeadLetters
from ...application.ports.exchange import Attempt as AttemptRow
from ...application.ports.exchange import AttemptOrder, DutyCounts, DutyFilter, DutyOrder, DutyRow
from ...application.ports.operations import AuditEntry as AuditRow
from ...application.ports.operations import AuditEntryOrder, SlotOrder, SlotState
from ...application.ports.operations import Slot as SlotRow
from ...domain.exchange.duty import DutyState, Topic
from ..context import AppInfo, in_thread
from ..parts.ids import uuid_of
from ..parts.node import Node, shows
from ..parts.paging import Connection, CountablePage, page_of
from ..parts.refusals import Refusal, answer, attempt


@strawberry.type(description="交换台账的一条。One duty to send: what, when, the answer, what is pending.")
class ExchangeEntry(Node):
    is_type_of = shows(DutyRow)

    topic: Topic = strawberry.field(description="事项。")
    revision: int = strawberry.field(description="版本。")
    business_date: date = strawberry.field(description="业务日期。")
    state: DutyState = strawberry.field(description="状态。")
    attempts: int = strawberry.field(description="已尝试次数。")
    created_at: datetime = strawberry.field(description="产生时间。")
    due_at: datetime = strawberry.field(description="应发送时间。")
    sent_at: datetime | None = strawberry.field(description="最近一次发送时间。")
    settled_at: datetime | None = strawberry.field(description="完成时间。")
    answer_code: str = strawberry.field(description="对方答复代码。")
    answer: str = strawberry.field(description="对方答复内容。")
    message_id: str = strawberry.field(description="最近一次所在报文编号。")

    @strawberry.field(description="所指的企业名称；不涉及企业时为空。")
    def enterprise_name(root: strawberry.Parent[DutyRow]) -> str | None:
        name = root.facts.get("enterprise_name")
        return name if isinstance(name, str) else None

    @strawberry.field(description="每周推送所指的区域名称；其他事项为空。")
    def region_name(root: strawberry.Parent[DutyRow]) -> str | None:
        name = root.facts.get("region_name")
        return name if isinstance(name, str) else None

    @strawberry.field(description="统一社会信用代码；不涉及企业时为空。")
    def credit_code(root: strawberry.Parent[DutyRow]) -> str | None:
        code = root.facts.get("credit_code")
        return code if isinstance(code, str) else None


@strawberry.type(description="一次对外调用。One call to the outside, answered or not.")
class ExchangeAttempt:
    is_type_of = shows(AttemptRow)

    topic: Topic = strawberry.field(description="事项。")
    message_id: str = strawberry.field(description="报文编号；同样的内容重发时不变。")
    at: datetime = strawberry.field(description="发送时间。")
    took_ms: int = strawberry.field(description="耗时（毫秒）。")
    http_status: int | None = strawberry.field(description="HTTP状态；没有答复时为空。")
    code: str = strawberry.field(description="答复代码。")
    sentence: str = strawberry.field(description="答复内容。")
    sent: int = strawberry.field(description="发送条数。")
    accepted: int = strawberry.field(description="接受条数。")
    refused: int = strawberry.field(description="拒绝条数。")


@strawberry.type(description="某日某事项各状态的条数。")
class ExchangeCount:
    topic: Topic = strawberry.field(description="事项。")
    business_date: date = strawberry.field(description="业务日期。")
    state: DutyState = strawberry.field(description="状态。")
    count: int = strawberry.field(description="条数。")


@strawberry.type(description="计划作业的一次运行。One run that the schedule owes.")
class ScheduleSlot:
    is_type_of = shows(SlotRow)

    job: str = strawberry.field(description="作业。")
    slot_at: datetime = strawberry.field(description="应运行的时刻。")
    state: SlotState = strawberry.field(description="状态。")
    attempts: int = strawberry.field(description="已尝试次数。")
    note: str = strawberry.field(description="结果说明。")
    finished_at: datetime | None = strawberry.field(description="完成时间。")


@strawberry.type(description="审计记录。Who did what to what, when.")
class AuditEntry:
    is_type_of = shows(AuditRow)

    at: datetime = strawberry.field(description="时间。")
    actor_name: str = strawberry.field(description="操作人。")
    action: str = strawberry.field(description="操作。")
    subject: str = strawberry.field(description="对象。")

    @strawberry.field(
        description="细节，JSON文本。Ids and codes; of a failed log-in the user name and the address."
    )
    def detail(root: strawberry.Parent[AuditRow]) -> str:
        return json.dumps(dict(root.detail), ensure_ascii=False, sort_keys=True)


@strawberry.input(description="交换台账查询条件。")
class ExchangeFilterInput:
    topic: Topic | None = strawberry.field(default=None, description="事项。")
    states: list[DutyState] = strawberry.field(default_factory=list, description="状态。")
    business_date: date | None = strawberry.field(default=None, description="业务日期。")


def to_duty_filter(given: ExchangeFilterInput | None) -> DutyFilter:
    """Convert to the application's filter."""
    given = given or ExchangeFilterInput()
    return DutyFilter(given.topic, tuple(given.states), given.business_date)


@strawberry.type
class ExchangeQuery:
    @strawberry.field(graphql_type=Connection[ExchangeEntry], description="交换台账。")
    async def exchange_entries(
        self,
        info: AppInfo,
        first: int,
        after: str | None = None,
        where: ExchangeFilterInput | None = None,
        order_by: DutyOrder = DutyOrder.NEWEST,
    ) -> CountablePage[DutyRow]:
        filter = to_duty_filter(where)
        exchange, actor = info.context.app.exchange, info.context.actor
        page = await in_thread(
            exchange.duties, actor, filter, page_of(info, first, after, order_by), order_by
        )
        return CountablePage(page, lambda: exchange.duty_count(actor, filter), order_by)

    @strawberry.field(graphql_type=Connection[ExchangeAttempt], description="对外调用记录。")
    async def exchange_attempts(
        self,
        info: AppInfo,
        first: int,
        after: str | None = None,
        topic: Topic | None = None,
        order_by: AttemptOrder = AttemptOrder.NEWEST,
    ) -> CountablePage[AttemptRow]:
        read, asked = info.context.app.exchange.attempts, page_of(info, first, after, order_by)
        page = await in_thread(read, info.context.actor, topic, asked, order_by)
        return CountablePage(page, order=order_by)

    @strawberry.field(description="各业务日期、各状态的条数，最多366天。Both days included.")
    async def exchange_counts(
        self, info: AppInfo, topic: Topic, first_day: date, last_day: date
    ) -> list[ExchangeCount]:
        counts = info.context.app.exchange.counts
        found: list[DutyCounts] = list(
            await in_thread(counts, info.context.actor, topic, first_day, last_day)
        )
        return [
            ExchangeCount(
                topic=row.topic, business_date=row.business_date, state=state, count=row.counts[state]
            )
            for row in found
            for state in DutyState
            if state in row.counts
        ]

    @strawberry.field(description="已到时间而尚未完成的条数。")
    async def exchange_overdue(self, info: AppInfo, topic: Topic) -> int:
        return await in_thread(info.context.app.exchange.overdue, info.context.actor, topic)

    @strawberry.field(graphql_type=Connection[ScheduleSlot], description="计划作业。")
    async def schedule_slots(
        self,
        info: AppInfo,
        first: int,
        after: str | None = None,
        job: str | None = None,
        order_by: SlotOrder = SlotOrder.NEWEST,
    ) -> CountablePage[SlotRow]:
        read, asked = info.context.app.exchange.slots, page_of(info, first, after, order_by)
        page = await in_thread(read, info.context.actor, asked, job=job, order=order_by)
        return CountablePage(page, order=order_by)

    @strawberry.field(
        graphql_type=Connection[AuditEntry], description="审计记录。By the audit administrator."
    )
    async def audit_entries(
        self,
        info: AppInfo,
        first: int,
        after: str | None = None,
        text: str | None = None,
        order_by: AuditEntryOrder = AuditEntryOrder.NEWEST,
    ) -> CountablePage[AuditRow]:
        read, asked = info.context.app.audit.entries, page_of(info, first, after, order_by)
        page = await in_thread(read, info.context.actor, asked, text=text, order=order_by)
        return CountablePage(page, order=order_by)


@strawberry.type(description="已重新排队发送。")
class Resent:
    count: int = strawberry.field(description="重新发送的条数。")


@strawberry.type
class ExchangeMutation:
    @strawberry.mutation(
        graphql_type=answer("ResendAnswer", Resent),
        description="重新发送被拒绝或搁置的记录，或原样重发每周推送的记录，一次最多500条。",
    )
    async def resend_dead_letters(
        self, info: AppInfo, ids: list[strawberry.ID], client_mutation_key: str | None = None
    ) -> Resent | Refusal:
        async def act() -> Resent:
            resend, actor = info.context.app.exchange.resend, info.context.actor
            command = ResendDeadLetters(tuple(uuid_of("ExchangeEntry", id, field="ids") for id in ids))
            return Resent(count=await in_thread(resend, actor, command, key=client_mutation_key))

        return await attempt(act)
