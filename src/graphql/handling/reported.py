"""GraphQL type for a state that goes up to the ministry: shared by problems and alerts."""

from __future__ import annotations

from datetime import datetime

import strawberry

from ...application.ports.exchange import DutyRow
from ...domain.exchange.duty import DutyState
from ..parts.node import shows


@strawberry.type(description="向部级平台上报的一步办理状态。One state that goes up, and what was answered.")
class ReportedState:
    is_type_of = shows(DutyRow)

    revision: int = strawberry.field(description="办理过程的第几步，自1起。")
    state: DutyState = strawberry.field(description="上报的状态。")
    sent_at: datetime | None = strawberry.field(description="最近一次上报时间；尚未上报为空。")
    answer: str = strawberry.field(description="部级平台的答复。")
