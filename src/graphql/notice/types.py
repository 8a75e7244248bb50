"""GraphQL types for in-app messages and SMS records."""

from __future__ import annotations

from datetime import date, datetime

import strawberry

from ...application.ports.notice import SmsRow
from ...domain.notice import notice
from ...domain.notice.notice import MessageKind, SmsState
from ...domain.values import Phone, RegionId
from ..parts.ids import global_id
from ..parts.node import Node, shows


@strawberry.type(description="应用消息。An in-app message to one person.")
class Message(Node):
    is_type_of = shows(notice.Message)

    kind: MessageKind = strawberry.field(description="类别。")
    title: str = strawberry.field(description="标题。")
    body: str = strawberry.field(description="正文。")
    created_at: datetime = strawberry.field(description="发送时间。")
    read_at: datetime | None = strawberry.field(description="阅读时间；未读为空。")

    @strawberry.field(description="消息所指对象的全局编号；不指向对象时为空。")
    def subject_id(root: strawberry.Parent[notice.Message]) -> strawberry.ID | None:
        if root.subject_type in ("Commitment", "Problem", "Region"):
            return global_id(root.subject_type, RegionId(root.subject_id))
        return None


@strawberry.type(description="短信记录。One SMS and what became of it.")
class SmsRecord:
    is_type_of = shows(SmsRow)

    state: SmsState = strawberry.field(description="状态。")
    receiver_name: str = strawberry.field(description="接收人。")
    text: str | None = strawberry.field(description="内容；尚未发送时为空。")
    created_at: datetime = strawberry.field(description="生成时间。")
    changed_at: datetime | None = strawberry.field(description="状态更新时间。")
    note: str = strawberry.field(description="说明。")
    business_date: date = strawberry.field(description="业务日期。")
    stage: int | None = strawberry.field(description="安全承诺未上报的提醒阶段；其他短信为空。")

    @strawberry.field(description="手机号码，已脱敏。")
    def phone(root: strawberry.Parent[SmsRow]) -> str:
        return Phone(root.phone).masked
