"""Duties: outbox entries that each announce one business fact, and the wait before their next attempt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any, Final
from uuid import UUID


class Topic(Enum):
    """The kind of a duty; each topic is processed by a function of its own.

    MINISTRY_PATROL and MINISTRY_SPOT_CHECK are the rows of the weekly push, MINISTRY_PROBLEM and MINISTRY_ALERT
    what became of problems and alerts. SMS_RECEIPT and MINISTRY_INBOUND are incoming work: a delivery receipt,
    or a record of the ministry, is stored first and processed later. EXPORT is work of our own: a file to make.
    """

    MINISTRY_COMMITMENT = "MINISTRY_COMMITMENT"
    SMS = "SMS"
    SMS_RECEIPT = "SMS_RECEIPT"
    MINISTRY_PATROL = "MINISTRY_PATROL"
    MINISTRY_SPOT_CHECK = "MINISTRY_SPOT_CHECK"
    MINISTRY_PROBLEM = "MINISTRY_PROBLEM"
    MINISTRY_ALERT = "MINISTRY_ALERT"
    MINISTRY_INBOUND = "MINISTRY_INBOUND"
    EXPORT = "EXPORT"


class DutyState(Enum):
    """The state of a duty; the dead letters REFUSED and PARKED are sent again only on request.

    PENDING: it must still be sent. REFUSED: it was rejected for good. PARKED: its worker crashed three times.
    SUPERSEDED: a newer revision of the same object has already arrived (not for EVERY_REVISION). DROPPED: the check before sending
    found that it was no longer owed.
    """

    PENDING = "PENDING"
    DONE = "DONE"
    REFUSED = "REFUSED"
    PARKED = "PARKED"
    SUPERSEDED = "SUPERSEDED"
    DROPPED = "DROPPED"


TOPIC_NAMES: Final = {
    Topic.MINISTRY_COMMITMENT: "向部级平台推送安全承诺",
    Topic.MINISTRY_PATROL: "向部级平台推送每周巡查情况",
    Topic.MINISTRY_SPOT_CHECK: "向部级平台推送每周抽查情况",
    Topic.MINISTRY_PROBLEM: "向部级平台上报问题办理情况",
    Topic.MINISTRY_ALERT: "向部级平台上报预警处置情况",
    Topic.MINISTRY_INBOUND: "处理部级平台下发的数据",
    Topic.EXPORT: "生成导出文件",
    Topic.SMS: "发送短信",
    Topic.SMS_RECEIPT: "处理短信回执",
}

DUTY_STATE_NAMES: Final = {
    DutyState.PENDING: "待处理",
    DutyState.DONE: "已完成",
    DutyState.REFUSED: "对方拒绝",
    DutyState.PARKED: "多次异常，已搁置",
    DutyState.SUPERSEDED: "已有更新版本",
    DutyState.DROPPED: "已无需发送",
}

SENT_NOWHERE: Final = frozenset({Topic.SMS_RECEIPT, Topic.MINISTRY_INBOUND, Topic.EXPORT})
"""Work that is done here: what came from outside, and files to make."""

EVERY_REVISION: Final = frozenset({Topic.MINISTRY_PROBLEM, Topic.MINISTRY_ALERT})
"""Each revision is told, also after a newer one: it is a step of its own, not a version of the same report."""

DEAD: Final = frozenset({DutyState.REFUSED, DutyState.PARKED})
MOST_CRASHES: Final = 3
CRASHED: Final = "CRASHED"
"""The answer code of a parked duty."""
LONGEST_BACKOFF: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Duty:
    """One outbox entry.

    `id` is the UUIDv5 of the business fact. Duties of the same `object_key` are ordered by `revision`.
    `facts` are plain JSON values, frozen in the transaction that made the fact true. `ask_first`: it may have
    been sent before a restore, so the receiver is asked first.
    """

    id: UUID
    topic: Topic
    object_key: str
    revision: int
    business_date: date
    facts: Mapping[str, Any]
    created_at: datetime
    due_at: datetime
    state: DutyState = DutyState.PENDING
    attempts: int = 0
    crashes: int = 0
    answer_code: str = ""
    answer: str = ""
    message_id: str = ""
    sent_at: datetime | None = None
    settled_at: datetime | None = None
    ask_first: bool = False


def backoff(attempts: int, *, jitter: float, asked: float | None = None) -> timedelta:
    """How long to wait after the n-th attempt: 2, 4, 8 … seconds up to five minutes, plus up to 25 % jitter.

    `jitter` lies in [0, 1). `asked` is the receiver's Retry-After in seconds; it is obeyed up to an hour.
    """
    wait = min(timedelta(seconds=2 ** min(max(attempts, 1), 16)), LONGEST_BACKOFF)
    wait += wait * 0.25 * jitter
    if asked is not None:
        wait = max(wait, timedelta(seconds=min(max(asked, 0.0), 3600.0)))
    return wait
