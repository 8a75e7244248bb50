"""What is still owed: how each kind of SMS is checked again at the moment of sending. A new kind is one row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..domain.notice.notice import MessageKind
from .commitment.reminders import unreported_now
from .notice.inbox import StillOwed
from .problem.reminders import reminder_now
from .problem.telling import STILL_TRUE, notice_now

STILL_OWED: Final[Mapping[MessageKind, StillOwed]] = {
    MessageKind.COMMITMENT_UNREPORTED: StillOwed(unreported_now, "发送前已上报或当日已结束"),
    MessageKind.PROBLEM_REMINDER: StillOwed(reminder_now, "发送前已办理或已有新的提醒"),
    **dict.fromkeys(STILL_TRUE, StillOwed(notice_now, "发送前已办理或已撤回")),
}
"""Every kind of topic that an SMS can have. What is not here is never sent: see `SmsTopic.kind`."""
