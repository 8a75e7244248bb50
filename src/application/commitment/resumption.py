"""Reminds the head, on the last day of a stop that the enterprise declared, to report from the next day on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from ...domain.commitment.form import Facts
from ...domain.deadlines import business_date, commitment_due
from ...domain.directory.shutdown import ShutdownPeriod
from ...domain.exchange.duty import Topic
from ...domain.notice.notice import Message, MessageKind, ShutdownTopic, Sms
from ...domain.refusals import NotFound
from ...domain.values import SHANGHAI, EnterpriseId, MessageId, fact_id
from ..access import EVERYTHING, SYSTEM, Permission, check
from ..notice.inbox import SmsText, lost_until, queue, sms_to, tell
from ..policies import PolicyBook
from ..ports.signals import Clock, Doorbell
from ..ports.work import Storage, UnitOfWork

ONE_DAY = timedelta(days=1)


class ResumptionReminders:
    """In-app message and SMS to each head, once per period and last day.

    A period declared for one day only needs no reminder, and neither does one that another period continues.
    """

    def __init__(self, storage: Storage, clock: Clock, policies: PolicyBook, doorbell: Doorbell) -> None:
        self._storage = storage
        self._clock = clock
        self._policies = policies
        self._doorbell = doorbell

    def remind(self, day: date, slot_at: datetime | None = None) -> int:
        """Remind of the periods whose last day is `day`; returns how many enterprises resume.

        `slot_at`: when this was due; now, if it is left out.
        """
        check(SYSTEM, Permission.RUN_SYSTEM_JOB)
        now = self._clock.now()
        with self._storage.work(SYSTEM) as work:
            ending = _ending(work, work.shutdown_periods.declared_until(day), day, now)
            heads = work.people.heads_of(list(ending))
            ask_first = (slot_at or now) <= lost_until(work)
            for enterprise_id, (period, facts) in ending.items():
                title, body = _words(work, period, facts, now, self._policies)
                for head in heads.get(enterprise_id, ()):
                    tell(
                        work,
                        [
                            Message(
                                id=MessageId(fact_id("shutdown-ending", period.id, day, head.id)),
                                receiver_id=head.id,
                                kind=MessageKind.SHUTDOWN_ENDING,
                                title=title,
                                body=body,
                                subject_type="ShutdownPeriod",
                                subject_id=str(period.id),
                                created_at=now,
                            )
                        ],
                    )
                    topic = ShutdownTopic(day, MessageKind.SHUTDOWN_ENDING, period.id)
                    sms_id = fact_id("sms", "shutdown-ending", period.id, day, head.id)
                    queue(work, [sms_to(head, topic, id=sms_id, at=now)], ask_first=ask_first)
            work.commit()
        if ending:
            self._doorbell.ring(Topic.SMS.value)
        return len(ending)


def ending_now(work: UnitOfWork, sms: Sms, now: datetime, policies: PolicyBook) -> SmsText | None:
    """What the reminder says now; None if the stop does not end today any more or another continues it."""
    topic = sms.topic
    assert isinstance(topic, ShutdownTopic)  # The table has this check for its kind only.
    if business_date(now) != topic.business_date:
        return None
    try:
        period = work.shutdown_periods.get(topic.period_id, within=EVERYTHING)
    except NotFound:  # There is nothing to remind of.
        return None
    if not period.covers(topic.business_date) or period.last_day != topic.business_date:
        return None
    for standing, facts in _ending(work, [period], topic.business_date, now).values():
        return SmsText(facts.region_id, _words(work, standing, facts, now, policies)[1])
    return None


def _ending(
    work: UnitOfWork, periods: Sequence[ShutdownPeriod], day: date, now: datetime
) -> Mapping[EnterpriseId, tuple[ShutdownPeriod, Facts]]:
    """Of the periods that end on `day`, those after which no other period stops the enterprise."""
    by_enterprise = {period.enterprise_id: period for period in periods if period.enterprise_id is not None}
    tomorrow = work.facts.take(list(by_enterprise), day + ONE_DAY, at=now)
    return {id: (by_enterprise[id], facts) for id, facts in tomorrow.items() if facts.shutdown is None}


def _words(
    work: UnitOfWork, period: ShutdownPeriod, facts: Facts, now: datetime, policies: PolicyBook
) -> tuple[str, str]:
    """Title and body; the body is also the SMS."""
    day = facts.business_date
    due_at = commitment_due(day, policies.policy(work, facts.region_id, day, now=now))
    until, since = (f"{date.month}月{date.day}日" for date in (period.last_day, day))
    return (
        f"申报的停产期{until}结束",
        f"{facts.enterprise_name}申报的停产期{until}结束，自{since}起须每日{due_at.astimezone(SHANGHAI):%H:%M}前"
        f"上报安全承诺；继续停产的，请在{since}上报时填写新的预计复产日期。",
    )
