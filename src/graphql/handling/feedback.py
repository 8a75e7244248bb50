"""The GraphQL type of a feedback."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import strawberry

from ...domain.files import attachment
from ...domain.handling import feedback
from ..context import AppInfo
from ..files.fields import Attachment, attached
from ..parts.node import shows


@strawberry.type(description="一次反馈。Interim, or the final one that is reviewed.")
class Feedback:
    is_type_of = shows(feedback.Feedback)

    final: bool = strawberry.field(description="是否最终反馈。")
    late: bool = strawberry.field(description="是否逾期反馈。")

    @strawberry.field(description="反馈时间。")
    def at(root: strawberry.Parent[feedback.Feedback]) -> datetime:
        return root.signed.at

    @strawberry.field(description="反馈人。")
    def by(root: strawberry.Parent[feedback.Feedback]) -> str:
        return root.signed.name

    @strawberry.field(description="情况。")
    def situation(root: strawberry.Parent[feedback.Feedback]) -> str:
        return root.form.situation

    @strawberry.field(description="整改措施。")
    def measures(root: strawberry.Parent[feedback.Feedback]) -> str:
        return root.form.measures

    @strawberry.field(description="整改进展。")
    def progress(root: strawberry.Parent[feedback.Feedback]) -> str:
        return root.form.progress

    @strawberry.field(description="最终结果。")
    def outcome(root: strawberry.Parent[feedback.Feedback]) -> str:
        return root.form.outcome

    @strawberry.field(description="计划完成日期。")
    def planned_on(root: strawberry.Parent[feedback.Feedback]) -> date | None:
        return root.form.planned_on

    @strawberry.field(graphql_type=list[Attachment], description="附件。")
    async def attachments(
        root: strawberry.Parent[feedback.Feedback], info: AppInfo
    ) -> Sequence[attachment.Attachment]:
        return await attached(info, root.form.attachments)
