"""GraphQL types for in-app messages and SMS records."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

import strawberry

from ...application.ports.alert import AlertRow
from ...application.ports.directory import EnterpriseRow, PersonRow
from ...application.ports.notice import SmsRow
from ...application.ports.problem import ProblemRow
from ...domain.directory.shutdown import ShutdownPeriod as DomainPeriod
from ...domain.notice import notice
from ...domain.notice.notice import MessageKind, SmsState
from ...domain.values import Phone
from ..alert.types import Alert
from ..context import AppInfo
from ..directory.fields import look_up
from ..directory.types import Enterprise, Person, ShutdownPeriod
from ..loaders import MaybeRow
from ..parts.ids import global_id
from ..parts.node import Node, shows
from ..problem.types import Problem

SUBJECTS: Final = frozenset(
    {
        *("Commitment", "Region", "Problem", "Alert", "ShutdownPeriod", "RegionReport"),
        *("ExchangeEntry", "InboxMessage", "InboxRecord"),
    }
)
"""Types that a message links to. Alarms of earlier releases have the type `Exchange`, which is no object."""


def _subject(message: notice.Message) -> strawberry.ID | None:
    return global_id(message.subject_type, message.subject_id) if message.subject_type in SUBJECTS else None


@strawberry.type(description="应用消息。An in-app message to one person.")
class Message(Node):
    is_type_of = shows(notice.Message)

    kind: MessageKind = strawberry.field(description="类别。")
    title: str = strawberry.field(description="标题。")
    body: str = strawberry.field(description="正文。")
    created_at: datetime = strawberry.field(description="发送时间。")
    read_at: datetime | None = strawberry.field(description="阅读时间；未读为空。")

    @strawberry.field(
        description="消息所指对象的全局编号：承诺、区域、问题、预警、停产期、通报、交换台账的一条、收到的报文或记录；早期的交换异常消息为空。"
    )
    def subject_id(root: strawberry.Parent[notice.Message]) -> strawberry.ID | None:
        return _subject(root)

    @strawberry.field(
        graphql_type=Node | None,
        description="消息所指的对象；现已不在您的范围之内的为空。For its page, by `__typename`.",
    )
    async def subject(root: strawberry.Parent[notice.Message], info: AppInfo) -> object | None:
        id = _subject(root)
        return None if id is None else await look_up(info.context, id)


@strawberry.type(description="短信记录。One SMS and what became of it.")
class SmsRecord(Node):
    is_type_of = shows(SmsRow)

    kind: MessageKind = strawberry.field(
        description="类别：短信所说的首项。Use `kinds` for all that it is about."
    )
    kinds: list[MessageKind] = strawberry.field(
        description="短信所说的全部事项的类别，合并发送的有多个。Reminders of commitments are COMMITMENT_UNREPORTED at every stage."
    )
    state: SmsState = strawberry.field(description="状态。")
    receiver_name: str = strawberry.field(description="接收人。")
    text: str | None = strawberry.field(description="内容；尚未发送时为空。")
    created_at: datetime = strawberry.field(description="生成时间。")
    changed_at: datetime | None = strawberry.field(description="状态更新时间。")
    note: str = strawberry.field(description="说明。")
    business_date: date = strawberry.field(description="业务日期。")
    stage: int | None = strawberry.field(
        description="首项为安全承诺未上报的，其提醒阶段；其他短信为空。Use `stages` for all."
    )
    stages: list[int] = strawberry.field(description="所含安全承诺未上报提醒的全部阶段；其他短信为空。")

    handed_over_at: datetime | None = strawberry.field(
        description="最近一次交给网关的时间；尚未交给网关为空。"
    )

    @strawberry.field(graphql_type=Person | None, description="接收人；在您的范围之外时为空。")
    def receiver(root: strawberry.Parent[SmsRow], info: AppInfo) -> MaybeRow[PersonRow]:
        return info.context.loaders.people.load(root.receiver_id)

    @strawberry.field(
        graphql_type=list[Enterprise],
        description="所指的未上报企业（生成时）；其他短信为空。Those outside your scope are not listed.",
    )
    async def enterprises(root: strawberry.Parent[SmsRow], info: AppInfo) -> Sequence[EnterpriseRow]:
        found = await info.context.loaders.enterprises.load_many(list(root.enterprise_ids))
        return [row for row in found if row is not None]

    @strawberry.field(
        graphql_type=list[Problem],
        description="所指的问题；其他短信为空。Those outside your scope are not listed.",
    )
    async def problems(root: strawberry.Parent[SmsRow], info: AppInfo) -> Sequence[ProblemRow]:
        found = await info.context.loaders.problems.load_many(list(root.problem_ids))
        return [row for row in found if row is not None]

    @strawberry.field(
        graphql_type=list[Alert],
        description="所指的预警；其他短信为空。Those outside your scope are not listed.",
    )
    async def alerts(root: strawberry.Parent[SmsRow], info: AppInfo) -> Sequence[AlertRow]:
        found = await info.context.loaders.alerts.load_many(list(root.alert_ids))
        return [row for row in found if row is not None]

    @strawberry.field(
        graphql_type=list[ShutdownPeriod],
        description="所指的企业申报停产期；其他短信为空。Those outside your scope are not listed.",
    )
    async def shutdown_periods(root: strawberry.Parent[SmsRow], info: AppInfo) -> Sequence[DomainPeriod]:
        found = await info.context.loaders.shutdown_periods.load_many(list(root.shutdown_period_ids))
        return [row for row in found if row is not None]

    @strawberry.field(description="手机号码，已脱敏。")
    def phone(root: strawberry.Parent[SmsRow]) -> str:
        return Phone(root.phone).masked
