"""GraphQL types of exports."""

from __future__ import annotations

from datetime import datetime

import strawberry

from ...application.ports.export import ExportRow
from ...domain.export.kind import EXPORT_KIND_NAMES, ExportKind
from ...domain.export.workflow import (
    EXPORT_STATE_NAMES,
    ExportAction,
    ExportState,
    export_actions_allowed,
)
from ..parts.node import Node, shows


@strawberry.type(description="导出：一份Excel文件。Of the person who asked for it; nobody else sees it.")
class Export(Node):
    is_type_of = shows(ExportRow)

    kind: ExportKind = strawberry.field(description="导出的内容。")
    state: ExportState = strawberry.field(description="状态。")
    requested_at: datetime = strawberry.field(description="申请时间。")
    rows_total: int = strawberry.field(
        description="共有行数：开始生成时的行数。While it runs, rows may come and go."
    )
    rows_done: int = strawberry.field(description="已写行数。")
    size: int | None = strawberry.field(description="文件的字节数；完成前为空。")
    ended_at: datetime | None = strawberry.field(description="完成、失败或取消的时间。")
    expires_at: datetime | None = strawberry.field(description="文件保留至此时刻；不可下载时为空。")

    @strawberry.field(description="导出内容的中文名称，如问题整改。")
    def kind_name(root: strawberry.Parent[ExportRow]) -> str:
        return EXPORT_KIND_NAMES[root.kind]

    @strawberry.field(description="状态的中文名称。")
    def state_name(root: strawberry.Parent[ExportRow]) -> str:
        return EXPORT_STATE_NAMES[root.state]

    @strawberry.field(description="文件名；完成前为空。")
    def file_name(root: strawberry.Parent[ExportRow]) -> str | None:
        return root.file_name or None

    @strawberry.field(description="失败的原因，可直接显示；未失败时为空。")
    def failure(root: strawberry.Parent[ExportRow]) -> str | None:
        return root.why or None

    @strawberry.field(description="现在可以进行的操作。")
    def allowed_actions(root: strawberry.Parent[ExportRow]) -> list[ExportAction]:
        allowed = export_actions_allowed(root.state)
        return [action for action in ExportAction if action in allowed]
