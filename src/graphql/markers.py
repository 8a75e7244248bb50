"""The subscription `markers`: one event at once, then one each time a nudge shows changed figures."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import strawberry

from ..application.notice.nudges import heard_by
from .alert.unfed_back import UnfedBackAlerts, unfed_back_alerts_of
from .context import AppInfo, in_thread
from .problem.unfed_back import UnfedBack, unfed_back_of

FALLBACK: Final = 30.0
"""Seconds without a nudge before the figures are read anyway: a nudge of another process can get lost."""


@strawberry.type(description="当前登录者的标记。The same figures that `viewer` gives to clients that poll.")
class Markers:
    unread_count: int = strawberry.field(description="未读应用消息数。")
    unfed_back: UnfedBack = strawberry.field(description="本单位未反馈的问题数。")
    unfed_back_alerts: UnfedBackAlerts = strawberry.field(description="本单位未反馈的预警数。")


@strawberry.type
class MarkersSubscription:
    @strawberry.subscription(description="当前登录者的标记，有变化时推送。The first event comes at once.")
    async def markers(self, info: AppInfo) -> AsyncIterator[Markers]:
        context = info.context
        actor = context.actor
        shown: Markers | None = None
        async with context.hub.listen(*heard_by(actor)) as changed:
            while True:
                changed.clear()
                unread = await in_thread(context.app.notices.unread, actor)
                problems = await unfed_back_of(context, actor)
                alerts = await unfed_back_alerts_of(context, actor)
                now = Markers(unread_count=unread, unfed_back=problems, unfed_back_alerts=alerts)
                if now != shown:
                    shown = now
                    yield now
                try:
                    await asyncio.wait_for(changed.wait(), FALLBACK)
                except TimeoutError:
                    continue  # No nudge in time: read the figures anyway.
