"""GraphQL fields and types for what the ministry has sent, and for the health of the exchange (province)."""

from __future__ import annotations

from base64 import b64encode
from datetime import date, datetime
from uuid import UUID

import strawberry

from ...application.exchange.health import ExchangeHealth as Health
from ...application.exchange.health import HealthColour, last_success
from ...application.exchange.inbox import AssignInboxRecord, ReprocessInbox
from ...application.ports.directory import EnterpriseRow, RegionRow
from ...application.ports.inbox import (
    InboxHealth,
    InboxMessageFilter,
    InboxMessageOrder,
    InboxMessageRow,
    InboxRecordFilter,
    InboxRecordOrder,
    InboxRecordRow,
)
from ...domain.exchange import inbound
from ...domain.exchange.duty import Topic
from ...domain.exchange.inbound import InboundKind, MessageOutcome, RecordFault, RecordState
from ...domain.refusals import NotFound
from ...domain.values import EnterpriseId
from ..context import AppInfo, in_thread
from ..directory.fields import look_up
from ..directory.types import Enterprise, Region
from ..loaders import MaybeRow
from ..parts.ids import global_id, region_of, split, uuid_of
from ..parts.node import Node, shows
from ..parts.paging import Connection, CountablePage, page_of
from ..parts.refusals import Refusal, answer, attempt


@strawberry.type(description="收到的报文。One message of the ministry; its bytes are read by `rawMessage`.")
class InboxMessage(Node):
    is_type_of = shows(InboxMessageRow)

    kind: InboundKind = strawberry.field(description="接口。")
    received_at: datetime = strawberry.field(description="收到时间。")
    outcome: MessageOutcome = strawberry.field(description="处理情况。")
    size: int = strawberry.field(description="字节数。")
    digest: str = strawberry.field(description="原文的SHA-256。In hex.")
    unreadable: str = strawberry.field(description="不能识别的技术原因；能识别的为空文字。In English.")

    @strawberry.field(description="部级平台的报文编号；不能识别的为空。")
    def message_number(root: strawberry.Parent[InboxMessageRow]) -> str | None:
        return root.message_id


@strawberry.type(description="收到的记录。One record of a message, and what became of it.")
class InboxRecord(Node):
    is_type_of = shows(InboxRecordRow)

    kind: InboundKind = strawberry.field(description="接口。")
    company_code: str = strawberry.field(description="记录中的企业信用代码；没有为空文字。")
    area_code: str = strawberry.field(description="记录中的区域代码，6位；没有为空文字。")
    received_at: datetime = strawberry.field(description="收到时间。")
    state: RecordState = strawberry.field(description="状态。")
    fault: RecordFault | None = strawberry.field(description="拒收或待处置的原因。")
    sentence: str = strawberry.field(description="原因说明；没有为空文字。")
    settled_at: datetime | None = strawberry.field(description="办理或拒收时间；尚未办理为空。")

    @strawberry.field(description="部级平台编号；没有编号的为空文字。")
    def ministry_number(root: strawberry.Parent[InboxRecordRow]) -> str:
        return root.external_id

    @strawberry.field(description="版本。As text: it may be longer than an Int.")
    def version(root: strawberry.Parent[InboxRecordRow]) -> str:
        return str(root.version)

    @strawberry.field(graphql_type=InboxMessage | None, description="所在的报文。")
    def message(root: strawberry.Parent[InboxRecordRow], info: AppInfo) -> MaybeRow[InboxMessageRow]:
        return info.context.loaders.inbox_messages.load(root.message_id)

    @strawberry.field(description="由此产生或改变的问题或预警的全局编号；没有为空。")
    def subject_id(root: strawberry.Parent[InboxRecordRow]) -> strawberry.ID | None:
        return _subject(root)

    @strawberry.field(
        graphql_type=Node | None,
        description="由此产生或改变的问题或预警；没有为空。For its page, by `__typename`.",
    )
    async def subject(root: strawberry.Parent[InboxRecordRow], info: AppInfo) -> object | None:
        id = _subject(root)
        return None if id is None else await look_up(info.context, id)

    @strawberry.field(graphql_type=Enterprise | None, description="人工指定的企业；没有指定为空。")
    def enterprise(root: strawberry.Parent[InboxRecordRow], info: AppInfo) -> MaybeRow[EnterpriseRow]:
        id = root.enterprise_id
        return None if id is None else info.context.loaders.enterprises.load(id)

    @strawberry.field(graphql_type=Region | None, description="人工指定的区域；没有指定为空。")
    def region(root: strawberry.Parent[InboxRecordRow], info: AppInfo) -> MaybeRow[RegionRow]:
        return None if root.region_id is None else info.context.loaders.regions.load(root.region_id)


def _subject(row: InboxRecordRow) -> strawberry.ID | None:
    return None if row.subject is None else global_id(*row.subject.split(":", 1))


@strawberry.type(description="报文头的一项。")
class RawHeader:
    name: str = strawberry.field(description="名称。")
    value: str = strawberry.field(description="值。")


@strawberry.type(description="收到的报文原文。As it arrived, still encrypted if it came so.")
class RawMessage:
    is_type_of = shows(inbound.InboxMessage)

    @strawberry.field(description="签名所含的报文头。")
    def headers(root: strawberry.Parent[inbound.InboxMessage]) -> list[RawHeader]:
        return [RawHeader(name=name, value=str(value)) for name, value in root.headers.items()]

    @strawberry.field(description="原文；不是UTF-8的字节显示为替代符号。")
    def text(root: strawberry.Parent[inbound.InboxMessage]) -> str:
        return root.raw.decode("utf-8", "replace")

    @strawberry.field(description="原文的Base64。Every byte as it arrived.")
    def base64(root: strawberry.Parent[inbound.InboxMessage]) -> str:
        return b64encode(root.raw).decode()


@strawberry.type(description="一个交换事项的运行状况。Counts only.")
class TopicStatus:
    topic: Topic = strawberry.field(description="事项。")
    last_success_at: datetime | None = strawberry.field(
        description="最近一次成功的时间；没有调用记录的为空。The newest call of which something was accepted."
    )
    due: int = strawberry.field(description="已到时间而尚未完成的条数。")
    due_since: datetime | None = strawberry.field(description="其中最早的应办时间；没有为空。")
    parked: int = strawberry.field(description="多次异常已搁置的条数。")
    refused: int = strawberry.field(description="被拒绝的条数。")


@strawberry.type(description="收件箱的运行状况。Counts only.")
class InboxStatus:
    is_type_of = shows(InboxHealth)

    last_received_at: datetime | None = strawberry.field(description="最近一次收到报文的时间；没有为空。")
    pending: int = strawberry.field(description="待处理的记录数。")
    quarantined: int = strawberry.field(description="待人工处置的记录数。")
    unreadable: int = strawberry.field(description="不能识别的报文数。")


@strawberry.type(description="交换的运行状况，供状态灯使用。Counts only, never what is exchanged.")
class ExchangeHealth:
    is_type_of = shows(Health)

    at: datetime = strawberry.field(description="查看的时间。")
    colour: HealthColour = strawberry.field(description="总的状态。")
    sentence: str = strawberry.field(description="状态说明，可直接显示。What the colour is for, in Chinese.")

    @strawberry.field(description="各事项的状况。Every topic, in the order of `ExchangeTopic`.")
    def topics(root: strawberry.Parent[Health]) -> list[TopicStatus]:
        return [
            TopicStatus(
                topic=row.topic,
                last_success_at=last_success(row, root.inbox),
                due=row.due,
                due_since=row.due_since,
                parked=row.parked,
                refused=row.refused,
            )
            for row in root.topics
        ]

    @strawberry.field(graphql_type=InboxStatus, description="收件箱的状况。")
    def inbox(root: strawberry.Parent[Health]) -> InboxHealth:
        return root.inbox


@strawberry.input(description="收到的报文的查询条件；不填即不限。Days are business days, both included.")
class InboxMessageFilterInput:
    kinds: list[InboundKind] | None = strawberry.field(default=None, description="接口。")
    outcomes: list[MessageOutcome] | None = strawberry.field(default=None, description="处理情况。")
    first_day: date | None = strawberry.field(default=None, description="收到日期自。")
    last_day: date | None = strawberry.field(default=None, description="收到日期至。")
    text: str | None = strawberry.field(default=None, description="报文编号包含的文字。")


@strawberry.input(description="收到的记录的查询条件；不填即不限。Days are business days, both included.")
class InboxRecordFilterInput:
    kinds: list[InboundKind] | None = strawberry.field(default=None, description="接口。")
    states: list[RecordState] | None = strawberry.field(default=None, description="状态。")
    faults: list[RecordFault] | None = strawberry.field(default=None, description="拒收或待处置的原因。")
    first_day: date | None = strawberry.field(default=None, description="收到日期自。")
    last_day: date | None = strawberry.field(default=None, description="收到日期至。")
    message_id: strawberry.ID | None = strawberry.field(default=None, description="所在的报文。")
    text: str | None = strawberry.field(
        default=None, description="部级平台编号、企业信用代码或区域代码包含的文字。"
    )


def to_message_filter(given: InboxMessageFilterInput | None) -> InboxMessageFilter:
    """Convert to the application's filter."""
    if given is None:
        return InboxMessageFilter()
    return InboxMessageFilter(
        kinds=tuple(given.kinds or ()),
        outcomes=tuple(given.outcomes or ()),
        first_day=given.first_day,
        last_day=given.last_day,
        text=given.text,
    )


def to_record_filter(given: InboxRecordFilterInput | None) -> InboxRecordFilter:
    """Convert to the application's filter. Raises NotFound for a wrong id."""
    if given is None:
        return InboxRecordFilter()
    of = None if given.message_id is None else uuid_of("InboxMessage", given.message_id, field="messageId")
    return InboxRecordFilter(
        kinds=tuple(given.kinds or ()),
        states=tuple(given.states or ()),
        faults=tuple(given.faults or ()),
        first_day=given.first_day,
        last_day=given.last_day,
        message_id=of,
        text=given.text,
    )


@strawberry.type
class InboxQuery:
    @strawberry.field(graphql_type=Connection[InboxMessage], description="收到的报文。By the province.")
    async def inbox_messages(
        self,
        info: AppInfo,
        first: int,
        after: str | None = None,
        where: InboxMessageFilterInput | None = None,
        order_by: InboxMessageOrder = InboxMessageOrder.NEWEST,
    ) -> CountablePage[InboxMessageRow]:
        inbox, actor = info.context.app.inbox, info.context.actor
        chosen = to_message_filter(where)
        page = await in_thread(inbox.messages, actor, chosen, page_of(info, first, after, order_by), order_by)
        return CountablePage(page, lambda: inbox.message_count(actor, chosen), order_by)

    @strawberry.field(graphql_type=Connection[InboxRecord], description="收到的记录。By the province.")
    async def inbox_records(
        self,
        info: AppInfo,
        first: int,
        after: str | None = None,
        where: InboxRecordFilterInput | None = None,
        order_by: InboxRecordOrder = InboxRecordOrder.NEWEST,
    ) -> CountablePage[InboxRecordRow]:
        inbox, actor = info.context.app.inbox, info.context.actor
        chosen = to_record_filter(where)
        page = await in_thread(inbox.records, actor, chosen, page_of(info, first, after, order_by), order_by)
        return CountablePage(page, lambda: inbox.record_count(actor, chosen), order_by)

    @strawberry.field(
        graphql_type=RawMessage, description="收到的报文原文；每次查看都记入审计。By head and duty person."
    )
    async def raw_message(self, info: AppInfo, id: strawberry.ID) -> inbound.InboxMessage:
        read, actor = info.context.app.inbox.raw_message, info.context.actor
        return await in_thread(read, actor, uuid_of("InboxMessage", id, field="id"))

    @strawberry.field(graphql_type=ExchangeHealth, description="交换的运行状况。Counts only.")
    async def exchange_health(self, info: AppInfo) -> Health:
        return await in_thread(info.context.app.inbox.health, info.context.actor)


@strawberry.type(description="已指定，重新排队处理。The record as it stands now.")
class InboxRecordAssigned:
    row: strawberry.Private[InboxRecordRow]

    @strawberry.field(graphql_type=InboxRecord, description="收到的记录。")
    def record(self) -> InboxRecordRow:
        return self.row


@strawberry.type(description="已重新处理。")
class Reprocessed:
    count: int = strawberry.field(
        description="重新处理的条数。Records that are queued, and messages that could be read."
    )
    unreadable: int = strawberry.field(description="仍不能识别的报文数。")


def _waiting_id(id: strawberry.ID) -> UUID:
    """The UUID of a record or of a message. Raises NotFound for anything else."""
    type_name, _ = split(id, field="ids")
    if type_name not in ("InboxRecord", "InboxMessage"):
        raise NotFound("所指的内容", field="ids")
    return uuid_of(type_name, id, field="ids")


@strawberry.type
class InboxMutation:
    @strawberry.mutation(
        graphql_type=answer("AssignInboxRecordAnswer", InboxRecordAssigned),
        description="指定待人工处置的记录归谁办理：巡查问题指定区域，抽查问题和预警指定企业。Its other waiting versions go with it.",
    )
    async def assign_inbox_record(
        self,
        info: AppInfo,
        id: strawberry.ID,
        enterprise_id: strawberry.ID | None = None,
        region_id: strawberry.ID | None = None,
        client_mutation_key: str | None = None,
    ) -> InboxRecordAssigned | Refusal:
        async def act() -> InboxRecordAssigned:
            assign, actor = info.context.app.inbox.assign, info.context.actor
            command = AssignInboxRecord(
                uuid_of("InboxRecord", id, field="id"),
                None
                if enterprise_id is None
                else EnterpriseId(uuid_of("Enterprise", enterprise_id, field="enterpriseId")),
                None if region_id is None else region_of(region_id, field="regionId"),
            )
            return InboxRecordAssigned(row=await in_thread(assign, actor, command, key=client_mutation_key))

        return await attempt(act)

    @strawberry.mutation(
        graphql_type=answer("ReprocessAnswer", Reprocessed),
        description="重新处理待人工处置的记录、已搁置的记录和不能识别的报文，一次最多500条。",
    )
    async def reprocess_inbox_records(
        self, info: AppInfo, ids: list[strawberry.ID], client_mutation_key: str | None = None
    ) -> Reprocessed | Refusal:
        async def act() -> Reprocessed:
            reprocess, actor = info.context.app.inbox.reprocess, info.context.actor
            command = ReprocessInbox(tuple(_waiting_id(id) for id in ids))
            done = await in_thread(reprocess, actor, command, key=client_mutation_key)
            return Reprocessed(count=done.count, unreadable=done.unreadable)

        return await attempt(act)
