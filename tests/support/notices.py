"""Messages and text messages as they stand when they were just written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from yanbao.domain.directory.organisation import Person
from yanbao.domain.notice.notice import Message, MessageKind, ProblemTopic, ReminderTopic, Sms, SmsState
from yanbao.domain.values import EnterpriseId, MessageId, ProblemId, RegionId

from .builders import DAY, NOW, an_id


def a_message(receiver: Person, name: object = "提醒", *, at: datetime = NOW) -> Message:
    return Message(
        id=MessageId(an_id("message", receiver.id, name)),
        receiver_id=receiver.id,
        kind=MessageKind.COMMITMENT_UNREPORTED,
        title=f"{name}:今日安全承诺尚未上报",
        body="请立即上报。",
        subject_type="Commitment",
        subject_id=str(an_id("subject", name)),
        created_at=at,
    )


def an_sms(
    receiver: Person,
    name: object = "短信",
    *,
    at: datetime = NOW,
    stage: int = 1,
    enterprises: Sequence[EnterpriseId] = (),
    region: RegionId | None = None,
    state: SmsState = SmsState.QUEUED,
) -> Sms:
    return Sms(
        id=an_id("sms", receiver.id, name, stage),
        receiver_id=receiver.id,
        phone=receiver.phone,
        topic=ReminderTopic(
            DAY, stage, tuple(enterprises), region, None if region is None else f"区域{region}"
        ),
        state=state,
        created_at=at,
    )


def an_sms_about_problems(
    receiver: Person,
    *problems: object,
    kind: MessageKind = MessageKind.PROBLEM_ISSUED,
    marks: Sequence[str] = (),
) -> Sms:
    ids = tuple(ProblemId(an_id("problem", name)) for name in problems)
    return Sms(
        id=an_id("sms", receiver.id, kind, *problems),
        receiver_id=receiver.id,
        phone=receiver.phone,
        topic=ProblemTopic(DAY, kind, ids, tuple(marks)),
        state=SmsState.QUEUED,
        created_at=NOW,
    )
