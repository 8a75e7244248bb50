"""The subscriptions: one event at once, then one each time that a nudge shows changed figures."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import datetime

import strawberry

from ..application.access import Actor
from ..application.commitment.figures import Overview
from ..application.notice.nudges import heard_by
from ..domain.deadlines import business_date, day_end
from .commitment.figures import CommitmentOverview
from .context import AppInfo, RequestContext
from .export.fields import ExportSubscription
from .markers import Markers, Shown, reader_of_markers
from .parts.ids import region_of


@strawberry.type(description="订阅。A nudge to look again; the figures are read anew each time.")
class Subscription(ExportSubscription):
    @strawberry.subscription(
        graphql_type=Markers, description="当前登录者的标记，有变化时推送。The first event comes at once."
    )
    async def markers(self, info: AppInfo) -> AsyncIterator[Shown]:
        context = info.context
        actor = context.actor
        read = reader_of_markers(context, actor, unread=context.personal)
        async for shown in context.follower.follow(_topics(context, actor), read):
            yield shown

    @strawberry.subscription(
        graphql_type=CommitmentOverview,
        description="今日承诺概览，有变化时推送。The first event comes at once; without a region it is the viewer's own.",
    )
    async def today_overview(
        self, info: AppInfo, region_id: strawberry.ID | None = None
    ) -> AsyncIterator[Overview]:
        context = info.context
        actor = context.actor
        region = None if region_id is None else region_of(region_id, field="regionId")

        def read() -> tuple[Overview, datetime]:
            now = context.app.clock.now()
            return context.app.figures.overview(actor, region), day_end(business_date(now))

        async for overview in context.follower.follow(_topics(context, actor), read):
            yield overview


def _topics(context: RequestContext, actor: Actor) -> Callable[[], frozenset[str]]:
    """How to find the nudges that concern the actor."""
    return lambda: heard_by(actor, context.app.browsing.regions_watched(actor))
