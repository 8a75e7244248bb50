"""GraphQL fields for SMS records and for marking messages as read."""

from __future__ import annotations

from datetime import date

import strawberry

from ...application.ports.notice import SmsFilter, SmsOrder, SmsRow
from ...domain.notice.notice import MessageKind, SmsState
from ...domain.values import EnterpriseId, MessageId, PersonId
from ..context import AppInfo, in_thread
from ..parts.ids import uuid_of
from ..parts.paging import Connection, CountablePage, page_of
from ..parts.refusals import Refusal, answer, attempt
from .types import SmsRecord


@strawberry.type(description="某状态的短信数。")
class SmsCount:
    state: SmsState = strawberry.field(description="状态。")
    count: int = strawberry.field(description="条数。")


@strawberry.input(description="短信记录查询条件；不填即不限。")
class SmsFilterInput:
    business_date: date | None = strawberry.field(default=None, description="业务日期。")
    states: list[SmsState] = strawberry.field(default_factory=list, description="状态。")
    kinds: list[MessageKind] = strawberry.field(
        default_factory=list, description="类别：短信所说的任一事项，包括合并的。"
    )
    stage: int | None = strawberry.field(
        default=None, description="安全承诺未上报的提醒阶段：任一阶段，包括合并的。"
    )
    person_id: strawberry.ID | None = strawberry.field(default=None, description="接收人。")
    enterprise_id: strawberry.ID | None = strawberry.field(default=None, description="接收人所属企业。")


def to_sms_filter(given: SmsFilterInput | None) -> SmsFilter:
    """Convert to the application's filter. Raises NotFound for wrong ids."""
    given = given or SmsFilterInput()
    person, enterprise = given.person_id, given.enterprise_id
    return SmsFilter(
        business_date=given.business_date,
        states=tuple(given.states),
        kinds=tuple(given.kinds),
        stage=given.stage,
        receiver_id=None if person is None else PersonId(uuid_of("Person", person, field="personId")),
        enterprise_id=None
        if enterprise is None
        else EnterpriseId(uuid_of("Enterprise", enterprise, field="enterpriseId")),
    )


@strawberry.type
class NoticesQuery:
    @strawberry.field(graphql_type=Connection[SmsRecord], description="发给本辖区人员的短信。")
    async def sms_records(
        self,
        info: AppInfo,
        first: int,
        after: str | None = None,
        where: SmsFilterInput | None = None,
        order_by: SmsOrder = SmsOrder.NEWEST,
    ) -> CountablePage[SmsRow]:
        notices, actor, chosen = info.context.app.notices, info.context.actor, to_sms_filter(where)
        asked = page_of(info, first, after, order_by)
        page = await in_thread(notices.texts, actor, chosen, asked, order_by)
        return CountablePage(page, lambda: notices.text_count(actor, chosen), order_by)

    @strawberry.field(description="某日短信按状态的条数。For the province's duty persons.")
    async def sms_counts(self, info: AppInfo, business_date: date) -> list[SmsCount]:
        found = await in_thread(info.context.app.notices.text_counts, info.context.actor, business_date)
        return [SmsCount(state=state, count=found[state]) for state in SmsState if state in found]


@strawberry.type(description="消息已标为已读。")
class MessagesRead:
    count: int = strawberry.field(description="本次标为已读的条数。")
    unread_count: int = strawberry.field(description="剩余未读条数。")


@strawberry.type
class NoticesMutation:
    @strawberry.mutation(
        graphql_type=answer("MessagesReadAnswer", MessagesRead),
        description="将消息标为已读：指定的若干条，不指定时为全部。",
    )
    async def mark_messages_read(
        self,
        info: AppInfo,
        ids: list[strawberry.ID] | None = None,
        client_mutation_key: str | None = None,
    ) -> MessagesRead | Refusal:
        async def act() -> MessagesRead:
            notices, actor = info.context.app.notices, info.context.actor
            chosen = None
            if ids is not None:
                chosen = tuple(MessageId(uuid_of("Message", id, field="ids")) for id in ids)
            changed = await in_thread(notices.mark_read, actor, chosen, key=client_mutation_key)
            return MessagesRead(count=changed, unread_count=await in_thread(notices.unread, actor))

        return await attempt(act)
