"""GraphQL fields for written reports: lists, and tickets to download the documents."""

from __future__ import annotations

import strawberry

from ...application.ports.report import RegionReportFilter, RegionReportOrder, RegionReportRow
from ...domain.report.report import ReportKind
from ...domain.values import RegionReportId
from ..context import AppInfo, in_thread
from ..files.fields import DownloadReady
from ..parts.ids import any_uuid, region_of, uuid_of
from ..parts.paging import Connection, CountablePage, page_of
from ..parts.refusals import Refusal, answer, attempt
from .types import RegionReport


@strawberry.type
class ReportQuery:
    @strawberry.field(
        graphql_type=Connection[RegionReport],
        description="查询通报（日报、周报、月报）。The province sees all, a city its own.",
    )
    async def reports(
        self,
        info: AppInfo,
        first: int,
        after: str | None = None,
        kind: ReportKind | None = None,
        region_id: strawberry.ID | None = None,
        order_by: RegionReportOrder = RegionReportOrder.NEWEST,
    ) -> CountablePage[RegionReportRow]:
        reports, actor = info.context.app.reports, info.context.actor
        region = None if region_id is None else region_of(region_id, field="regionId")
        where = RegionReportFilter(kind, region)
        page = await in_thread(reports.page, actor, where, page_of(info, first, after, order_by), order_by)
        return CountablePage(page, lambda: reports.count(actor, where), order_by)

    @strawberry.field(
        graphql_type=RegionReport | None, description="按编号查询一份通报；未知的或无权查看的为空。"
    )
    async def report(self, info: AppInfo, id: strawberry.ID) -> RegionReportRow | None:
        # An id of something else is an unknown one: the same answer.
        wanted = RegionReportId(any_uuid("RegionReport", id))
        found = await in_thread(info.context.app.reports.reports, info.context.actor, [wanted])
        return found.get(wanted)


@strawberry.type
class ReportMutation:
    @strawberry.mutation(
        graphql_type=answer("ReportTicketAnswer", DownloadReady),
        description="申请下载通报的文件。A .docx; every download is audited.",
    )
    async def report_ticket(self, info: AppInfo, id: strawberry.ID) -> DownloadReady | Refusal:
        async def act() -> DownloadReady:
            reports, actor = info.context.app.reports, info.context.actor
            wanted = RegionReportId(uuid_of("RegionReport", id, field="id"))
            ticket = await in_thread(reports.request_download, actor, wanted)
            return DownloadReady(url=ticket.path, expires_at=ticket.expires_at)

        return await attempt(act)
