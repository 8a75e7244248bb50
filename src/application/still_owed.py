"""How each kind of SMS is checked again just before it is sent. A new kind is one row here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..domain.notice.notice import MessageKind
from .commitment.reminders import unreported_now
from .commitment.resumption import ending_now
from .directory.telling import annulment_now
from .notice.inbox import OwedCheck
from .problem.reminders import reminder_now
from .problem.reviews import review_now
from .problem.telling import STILL_TRUE, notice_now

STILL_OWED: Final[Mapping[MessageKind, OwedCheck]] = {
    MessageKind.COMMITMENT_UNREPORTED: OwedCheck(unreported_now, "发送前已上报或当日已结束"),
    MessageKind.SHUTDOWN_ENDING: OwedCheck(ending_now, "发送前停产期已变更或当日已结束"),
    MessageKind.SHUTDOWN_ANNULLED: OwedCheck(annulment_now, "发送前被取消的停产期已过"),
    MessageKind.REVIEW_WAITING: OwedCheck(review_now, "发送前已查看或已办理"),
    MessageKind.PROBLEM_REMINDER: OwedCheck(reminder_now, "发送前已办理或已有新的提醒"),
    **dict.fromkeys(STILL_TRUE, OwedCheck(notice_now, "发送前已办理或已撤回")),
}
"""One row for every `kind` that an SMS topic can have; a kind without a row is never sent."""
