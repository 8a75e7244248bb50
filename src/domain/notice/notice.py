"""In-app messages (应用消息) and SMS (短信), and the states that an SMS goes through."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum
from typing import ClassVar, Final, Self
from uuid import UUID

from ..values import AlertId, EnterpriseId, MessageId, PersonId, Phone, ProblemId, RegionId, ShutdownPeriodId


class MessageKind(Enum):
    """What an in-app message is about; clients choose its icon and its link by this."""

    COMMITMENT_UNREPORTED = "COMMITMENT_UNREPORTED"
    COMMITMENT_ESCALATED = "COMMITMENT_ESCALATED"
    COMMITMENT_REOPENED = "COMMITMENT_REOPENED"
    EXCHANGE_ALARM = "EXCHANGE_ALARM"
    PROBLEM_ISSUED = "PROBLEM_ISSUED"
    PROBLEM_FED_BACK = "PROBLEM_FED_BACK"
    PROBLEM_CLOSED = "PROBLEM_CLOSED"
    PROBLEM_RETURNED = "PROBLEM_RETURNED"
    PROBLEM_WITHDRAWN = "PROBLEM_WITHDRAWN"
    EXTENSION_REQUESTED = "EXTENSION_REQUESTED"
    EXTENSION_GRANTED = "EXTENSION_GRANTED"
    EXTENSION_REFUSED = "EXTENSION_REFUSED"
    PROBLEM_REMINDER = "PROBLEM_REMINDER"
    PROBLEM_OVERDUE = "PROBLEM_OVERDUE"
    SHUTDOWN_DECLARED = "SHUTDOWN_DECLARED"
    SHUTDOWN_ANNULLED = "SHUTDOWN_ANNULLED"
    SHUTDOWN_ENDING = "SHUTDOWN_ENDING"
    REVIEW_WAITING = "REVIEW_WAITING"
    ALERT_OPENED = "ALERT_OPENED"
    ALERT_RAISED = "ALERT_RAISED"
    ALERT_LOWERED = "ALERT_LOWERED"
    ALERT_REOPENED = "ALERT_REOPENED"
    ALERT_ENDED = "ALERT_ENDED"
    ALERT_FED_BACK = "ALERT_FED_BACK"
    ALERT_CLOSED = "ALERT_CLOSED"
    ALERT_RETURNED = "ALERT_RETURNED"
    ALERT_ESCALATED = "ALERT_ESCALATED"
    ALERT_REMINDER = "ALERT_REMINDER"
    ALERT_OVERDUE = "ALERT_OVERDUE"
    ALERT_REVIEW_WAITING = "ALERT_REVIEW_WAITING"
    CERTIFICATE_EXPIRING = "CERTIFICATE_EXPIRING"
    PROBLEM_HANDED_OVER = "PROBLEM_HANDED_OVER"
    PROBLEM_RESTATED = "PROBLEM_RESTATED"
    PROBLEM_REOPENED = "PROBLEM_REOPENED"
    REPORT_READY = "REPORT_READY"


MESSAGE_KIND_NAMES: Final = {
    MessageKind.COMMITMENT_UNREPORTED: "安全承诺未上报",
    MessageKind.COMMITMENT_ESCALATED: "安全承诺逾期未上报，升级提醒",
    MessageKind.COMMITMENT_REOPENED: "安全承诺重新开放",
    MessageKind.EXCHANGE_ALARM: "交换异常",
    MessageKind.PROBLEM_ISSUED: "问题下发",
    MessageKind.PROBLEM_FED_BACK: "问题已反馈，待核查",
    MessageKind.PROBLEM_CLOSED: "问题办结",
    MessageKind.PROBLEM_RETURNED: "问题退回",
    MessageKind.PROBLEM_WITHDRAWN: "问题撤回",
    MessageKind.EXTENSION_REQUESTED: "申请延期，待审批",
    MessageKind.EXTENSION_GRANTED: "延期批准",
    MessageKind.EXTENSION_REFUSED: "延期未批准",
    MessageKind.PROBLEM_REMINDER: "问题办理提醒",
    MessageKind.PROBLEM_OVERDUE: "问题逾期提醒",
    MessageKind.SHUTDOWN_DECLARED: "企业自行申报停产",
    MessageKind.SHUTDOWN_ANNULLED: "申报的停产期被取消",
    MessageKind.SHUTDOWN_ENDING: "停产期即将结束",
    MessageKind.REVIEW_WAITING: "反馈或延期申请尚未查看",
    MessageKind.ALERT_OPENED: "预警",
    MessageKind.ALERT_RAISED: "预警等级升高",
    MessageKind.ALERT_LOWERED: "预警等级降低",
    MessageKind.ALERT_REOPENED: "再次报警",
    MessageKind.ALERT_ENDED: "预警解除",
    MessageKind.ALERT_FED_BACK: "预警已反馈，待核查",
    MessageKind.ALERT_CLOSED: "预警办结",
    MessageKind.ALERT_RETURNED: "预警退回",
    MessageKind.ALERT_ESCALATED: "预警提级督办",
    MessageKind.ALERT_REMINDER: "预警办理提醒",
    MessageKind.ALERT_OVERDUE: "预警逾期提醒",
    MessageKind.ALERT_REVIEW_WAITING: "预警反馈尚未核查",
    MessageKind.CERTIFICATE_EXPIRING: "证书到期提醒",
    MessageKind.PROBLEM_HANDED_OVER: "问题转办",
    MessageKind.PROBLEM_RESTATED: "部级问题更新",
    MessageKind.PROBLEM_REOPENED: "部级问题再次下发",
    MessageKind.REPORT_READY: "通报已生成",
}


@dataclass(frozen=True, slots=True)
class Message:
    """An in-app message to one person; `subject_type` and `subject_id` (as text) say what it is about.

    The id is made from (business key, receiver, stage), so the same notice cannot be stored twice.
    """

    id: MessageId
    receiver_id: PersonId
    kind: MessageKind
    title: str
    body: str
    subject_type: str
    subject_id: str
    created_at: datetime
    read_at: datetime | None = None


class SmsState(Enum):
    """The state of an SMS. ACCEPTED does not mean delivered: only a receipt confirms delivery."""

    QUEUED = "QUEUED"
    ACCEPTED = "ACCEPTED"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"
    DROPPED = "DROPPED"


SMS_STATE_NAMES: Final = {
    SmsState.QUEUED: "待发送",
    SmsState.ACCEPTED: "网关已接收",
    SmsState.DELIVERED: "已送达",
    SmsState.FAILED: "发送失败",
    SmsState.UNKNOWN: "结果未知",
    SmsState.DROPPED: "已取消（发送前已无需发送、已并入另一条或超出上限）",
}

SMS_TRANSITIONS: Final = {
    (SmsState.QUEUED, SmsState.ACCEPTED),
    (SmsState.QUEUED, SmsState.FAILED),
    (SmsState.QUEUED, SmsState.UNKNOWN),
    (SmsState.QUEUED, SmsState.DROPPED),
    (SmsState.UNKNOWN, SmsState.ACCEPTED),
    (SmsState.UNKNOWN, SmsState.FAILED),
    (SmsState.UNKNOWN, SmsState.DELIVERED),
    (SmsState.ACCEPTED, SmsState.DELIVERED),
    (SmsState.ACCEPTED, SmsState.FAILED),
}
"""Receipts may repeat or come early: a transition that is not listed leaves the SMS as it is.

What is UNKNOWN never becomes DROPPED: somebody may have it, and a receipt may still come.
"""


@dataclass(frozen=True, slots=True)
class ReminderTopic:
    """What an SMS about missing commitments is about, so that it can be checked again before sending.

    A head is reminded of one enterprise; a duty person of all that still owe, in one or more regions. For the
    duty person, `region_id` is the nearest region that contains them all, and `region_name` names them
    together.
    """

    business_date: date
    stage: int
    enterprise_ids: tuple[EnterpriseId, ...]
    region_id: RegionId | None
    region_name: str | None
    kind: ClassVar = MessageKind.COMMITMENT_UNREPORTED

    def joined(self, others: Iterable[SmsTopic]) -> SmsTopic:
        """Return self: each of these reminders has a sentence of its own."""
        return self


@dataclass(frozen=True, slots=True)
class MatterTopic:
    """What an SMS about problems or alerts is about, so that it can be checked again before sending.

    `kind` is that of the matching message, but the REMINDER kind for every reminder, overdue or not. Matters
    that begin together share one SMS, and so do reminders that are due at once. For reminders, `marks` has
    the key of the reached mark for each of `matter_ids`; a matter with two such marks is listed twice. For a
    waiting review, it has the revision that waits. For other kinds it is empty.
    """

    business_date: date
    kind: MessageKind
    matter_ids: tuple[UUID, ...]
    marks: tuple[str, ...] = ()

    def joined(self, others: Iterable[SmsTopic]) -> Self:
        """Make one topic of this one and the others of its kind."""
        same = [self, *(one for one in others if isinstance(one, type(self)) and one.kind is self.kind)]
        return replace(
            self,
            matter_ids=tuple(id for topic in same for id in topic.matter_ids),
            marks=tuple(key for topic in same for key in topic.marks),
        )


@dataclass(frozen=True, slots=True)
class ProblemTopic(MatterTopic):
    """What an SMS about problems is about."""

    @property
    def problem_ids(self) -> tuple[ProblemId, ...]:
        return tuple(ProblemId(id) for id in self.matter_ids)


@dataclass(frozen=True, slots=True)
class AlertTopic(MatterTopic):
    """What an SMS about alerts is about."""

    @property
    def alert_ids(self) -> tuple[AlertId, ...]:
        return tuple(AlertId(id) for id in self.matter_ids)


@dataclass(frozen=True, slots=True)
class ShutdownTopic:
    """What an SMS about a declared shutdown period is about: `kind` says that it ends, or is annulled."""

    business_date: date
    kind: MessageKind
    period_id: ShutdownPeriodId

    def joined(self, others: Iterable[SmsTopic]) -> SmsTopic:
        """Return self: each declared period has a sentence of its own, see `merged_topics`."""
        return self


SmsTopic = ReminderTopic | ProblemTopic | AlertTopic | ShutdownTopic
"""What an SMS is about. Every topic is checked again just before sending."""


@dataclass(frozen=True, slots=True)
class Sms:
    """One SMS to one person.

    `also` are the topics of other SMS to the same person that were merged into this one. `text` is None until
    it is rendered for sending, `gateway_id` until the gateway accepts the SMS. `handed_over_at` is when it was
    last given to the gateway, whether or not an answer came; a receipt does not change it. `unanswered` counts
    the sends with an unknown outcome; it is 0 again once the gateway says that it has no such SMS.
    """

    id: UUID
    receiver_id: PersonId
    phone: Phone
    topic: SmsTopic
    state: SmsState
    created_at: datetime
    text: str | None = None
    gateway_id: str | None = None
    changed_at: datetime | None = None
    note: str = ""
    unanswered: int = 0
    handed_over_at: datetime | None = None
    also: tuple[SmsTopic, ...] = ()

    @property
    def topics(self) -> tuple[SmsTopic, ...]:
        """Everything that this SMS is about."""
        return (self.topic, *self.also)

    @property
    def kinds(self) -> tuple[MessageKind, ...]:
        """The kinds of all topics, each once."""
        return tuple(dict.fromkeys(topic.kind for topic in self.topics))

    @property
    def stages(self) -> tuple[int, ...]:
        """The stages of all reminders about unreported commitments, each once."""
        return tuple(dict.fromkeys(t.stage for t in self.topics if isinstance(t, ReminderTopic)))

    @property
    def enterprise_ids(self) -> tuple[EnterpriseId, ...]:
        """The enterprises that had not reported, each once."""
        reminders = (topic for topic in self.topics if isinstance(topic, ReminderTopic))
        return tuple(dict.fromkeys(id for topic in reminders for id in topic.enterprise_ids))

    @property
    def problem_ids(self) -> tuple[ProblemId, ...]:
        """The problems that this SMS is about, each once."""
        notices = (topic for topic in self.topics if isinstance(topic, ProblemTopic))
        return tuple(dict.fromkeys(id for topic in notices for id in topic.problem_ids))

    @property
    def alert_ids(self) -> tuple[AlertId, ...]:
        """The alerts that this SMS is about, each once."""
        notices = (topic for topic in self.topics if isinstance(topic, AlertTopic))
        return tuple(dict.fromkeys(id for topic in notices for id in topic.alert_ids))

    @property
    def shutdown_period_ids(self) -> tuple[ShutdownPeriodId, ...]:
        """The declared shutdown periods that this SMS is about, each once."""
        return tuple(
            dict.fromkeys(topic.period_id for topic in self.topics if isinstance(topic, ShutdownTopic))
        )
