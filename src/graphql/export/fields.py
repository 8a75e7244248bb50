"""GraphQL fields of exports: ask, watch, cancel, and a ticket; plain HTTP carries the file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from time import monotonic
from typing import Final

import strawberry

from ...application.notice.nudges import export_nudge
from ...application.ports.export import ExportOrder, ExportRow
from ...domain.export.workflow import EXPORT_OPEN, ExportState
from ...domain.values import ExportId
from ..context import AppInfo, in_thread
from ..files.fields import DownloadReady
from ..parts.ids import uuid_of
from ..parts.paging import Connection, CountablePage, page_of
from ..parts.refusals import Refusal, answer, attempt
from .inputs import ExportInput, to_request
from .types import Export

FALLBACK: Final = 10.0
"""Seconds without a nudge before the progress is read anyway: a nudge of another process can get lost."""
COALESCED: Final = 0.25
"""Seconds between two events of a subscription at least; only the newest progress is sent."""


@strawberry.type(description="导出已申请。A small one is READY already.")
class ExportRequested:
    row: strawberry.Private[ExportRow]

    @strawberry.field(graphql_type=Export, description="该导出现在的情况。")
    def export(self) -> ExportRow:
        return self.row


@strawberry.type(description="导出已取消。")
class ExportCancelled:
    row: strawberry.Private[ExportRow]

    @strawberry.field(graphql_type=Export, description="该导出现在的情况。")
    def export(self) -> ExportRow:
        return self.row


def _id(raw: strawberry.ID) -> ExportId:
    return ExportId(uuid_of("Export", raw, field="id"))


@strawberry.type
class ExportQuery:
    @strawberry.field(graphql_type=Connection[Export], description="本人的导出。")
    async def exports(
        self,
        info: AppInfo,
        first: int,
        after: str | None = None,
        states: list[ExportState] | None = None,
        order_by: ExportOrder = ExportOrder.NEWEST,
    ) -> CountablePage[ExportRow]:
        exports, actor, chosen = info.context.app.exports, info.context.actor, tuple(states or ())
        asked = page_of(info, first, after, order_by)
        page = await in_thread(exports.page, actor, chosen, asked, order_by)
        return CountablePage(page, lambda: exports.count_own(actor, chosen), order_by)

    @strawberry.field(
        graphql_type=Export | None,
        description="本人的一项导出。The same as the subscription, for clients that poll.",
    )
    async def export(self, info: AppInfo, id: strawberry.ID) -> ExportRow:
        return await in_thread(info.context.app.exports.export, info.context.actor, _id(id))


@strawberry.type
class ExportMutation:
    @strawberry.mutation(
        graphql_type=answer("ExportRequestAnswer", ExportRequested),
        description="申请导出。At most 2,000 rows are made at once; more are made in the background. Five years at most: a list without a first day is refused (EXPORT_SPAN_TOO_LONG) if it has older rows, unless it is of open ones only.",
    )
    async def request_export(
        self, info: AppInfo, what: ExportInput, client_mutation_key: str | None = None
    ) -> ExportRequested | Refusal:
        async def act() -> ExportRequested:
            app, actor = info.context.app, info.context.actor
            command = to_request(what, app.clock.now())
            return ExportRequested(
                row=await in_thread(app.exports.request, actor, command, key=client_mutation_key)
            )

        return await attempt(act)

    @strawberry.mutation(
        graphql_type=answer("ExportCancelAnswer", ExportCancelled), description="取消排队中或生成中的导出。"
    )
    async def cancel_export(
        self, info: AppInfo, id: strawberry.ID, client_mutation_key: str | None = None
    ) -> ExportCancelled | Refusal:
        async def act() -> ExportCancelled:
            exports, actor = info.context.app.exports, info.context.actor
            return ExportCancelled(
                row=await in_thread(exports.cancel, actor, _id(id), key=client_mutation_key)
            )

        return await attempt(act)

    @strawberry.mutation(
        graphql_type=answer("ExportTicketAnswer", DownloadReady),
        description="申请下载导出的文件。A ticket for this session, good once.",
    )
    async def export_ticket(self, info: AppInfo, id: strawberry.ID) -> DownloadReady | Refusal:
        async def act() -> DownloadReady:
            exports, actor = info.context.app.exports, info.context.actor
            ticket = await in_thread(exports.request_download, actor, _id(id))
            return DownloadReady(url=ticket.path, expires_at=ticket.expires_at)

        return await attempt(act)


@strawberry.type
class ExportSubscription:
    @strawberry.subscription(
        graphql_type=Export,
        description="本人一项导出的进度。The first event comes at once; the last one when the export has ended.",
    )
    async def export_progress(self, info: AppInfo, id: strawberry.ID) -> AsyncIterator[ExportRow]:
        context, own = info.context, _id(id)
        shown: ExportRow | None = None
        async with context.hub.listen(export_nudge(own)) as changed:
            while True:
                changed.clear()
                row = await in_thread(context.app.exports.export, context.actor, own)
                if row != shown:
                    shown, sent_at = row, monotonic()
                    yield row
                    if row.state not in EXPORT_OPEN:
                        return
                    await asyncio.sleep(max(0.0, sent_at + COALESCED - monotonic()))
                try:
                    await asyncio.wait_for(changed.wait(), FALLBACK)
                except TimeoutError:
                    continue  # No nudge in time: read the progress anyway.
