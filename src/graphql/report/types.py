"""The GraphQL type of written reports."""

from __future__ import annotations

from datetime import date, datetime

import strawberry

from ...application.ports.directory import RegionRow
from ...application.ports.report import RegionReportRow
from ...domain.report.report import REPORT_KIND_NAMES, ReportKind, file_name
from ..context import AppInfo
from ..directory.types import Region
from ..loaders import MaybeRow
from ..parts.dues import due_text
from ..parts.node import Node, shows


@strawberry.type(
    description="通报：日报、周报或月报。Made by the schedule, one per kind, period and region; its figures never change."
)
class RegionReport(Node):
    is_type_of = shows(RegionReportRow)

    kind: ReportKind = strawberry.field(description="种类。")
    title: str = strawberry.field(description="标题。")
    department_name: str = strawberry.field(description="署名单位。")
    first_day: date = strawberry.field(description="期间的第一天。")
    last_day: date = strawberry.field(description="期间的最后一天；周报为推送日。")
    as_of: datetime = strawberry.field(description="数据截止的时刻。")
    made_at: datetime = strawberry.field(description="生成时间。")
    size: int = strawberry.field(description="文件的字节数。")
    sha256: str = strawberry.field(description="文件的SHA-256。Of the bytes that are downloaded.")

    @strawberry.field(graphql_type=Region, description="通报的区域。")
    def region(root: strawberry.Parent[RegionReportRow], info: AppInfo) -> MaybeRow[RegionRow]:
        return info.context.loaders.regions.load(root.region_id)

    @strawberry.field(description="数据截止时刻的文字，如11月24日12:30。")
    def as_of_text(root: strawberry.Parent[RegionReportRow], info: AppInfo) -> str:
        return due_text(root.as_of, info)

    @strawberry.field(description="种类的中文名称：日报、周报或月报。")
    def kind_name(root: strawberry.Parent[RegionReportRow]) -> str:
        return REPORT_KIND_NAMES[root.kind]

    @strawberry.field(description="下载时的文件名。")
    def file_name(root: strawberry.Parent[RegionReportRow]) -> str:
        return file_name(root.title)
