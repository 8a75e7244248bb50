"""How each kind of SMS is checked again just before it is sent. A new kind is one row here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..domain.notice.notice import MessageKind
from .alert.kind import alert_reminder_now, alert_review_now
from .alert.telling import ALERT_STILL_TRUE, alert_notice_now
from .alert.watch import expiring_now
from .commitment.reminders import unreported_now
from .commitment.resumption import ending_now
from .directory.telling import annulment_now
from .notice.inbox import OwedCheck
from .problem.kind import problem_reminder_now, problem_review_now
from .problem.telling import STILL_TRUE, notice_now

STILL_OWED: Final[Mapping[MessageKind, OwedCheck]] = {
    MessageKind.COMMITMENT_UNREPORTED: OwedCheck(unreported_now, "发送前已上报或当日已结束"),
    MessageKind.SHUTDOWN_ENDING: OwedCheck(ending_now, "发送前停产期已变更或当日已结束"),
    MessageKind.SHUTDOWN_ANNULLED: OwedCheck(annulment_now, "发送前被取消的停产期已过"),
    MessageKind.REVIEW_WAITING: OwedCheck(problem_review_now, "发送前已查看或已办理"),
    MessageKind.PROBLEM_REMINDER: OwedCheck(problem_reminder_now, "发送前已办理或已有新的提醒"),
    MessageKind.ALERT_REVIEW_WAITING: OwedCheck(alert_review_now, "发送前已查看或已办理"),
    MessageKind.ALERT_REMINDER: OwedCheck(alert_reminder_now, "发送前已办理或已有新的提醒"),
    MessageKind.CERTIFICATE_EXPIRING: OwedCheck(expiring_now, "发送前证书已更新"),
    **dict.fromkeys(ALERT_STILL_TRUE, OwedCheck(alert_notice_now, "发送前已办理或已解除")),
    **dict.fromkeys(STILL_TRUE, OwedCheck(notice_now, "发送前已办理或已撤回")),
}
"""One row for every `kind` that an SMS topic can have; a kind without a row is never sent."""
