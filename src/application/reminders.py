"""Reminding who has not reported: in-app messages and SMS by stage, at most once per enterprise, date and stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import groupby

from ..domain.commitment import Commitment
from ..domain.deadlines import business_date, commitment_due, reminder_times
from ..domain.duty import Duty, Topic
from ..domain.notice import Message, MessageKind, ReminderTopic, Sms, SmsState
from ..domain.organisation import Level, Person
from ..domain.values import SHANGHAI, EnterpriseId, MessageId, RegionId, fact_id
from .access import SYSTEM, Command, check
from .inbox import tell
from .policies import PolicyBook
from .ports.outside import Clock, Doorbell
from .ports.storage import Storage, UnitOfWork


class Reminders:
    """Stage 1, at the deadline: the enterprise's head and the county's duty persons. Later stages: the city's as well.

    A head gets one text for the enterprise; a duty person one for all enterprises of the region that still owe. Both
    are always written as in-app messages, too. Ids are made from (date, stage, receiver), so a repeated run adds
    nothing; who has reported meanwhile is dropped again when the SMS is about to be sent.
    """

    def __init__(self, storage: Storage, clock: Clock, policies: PolicyBook, doorbell: Doorbell) -> None:
        self._storage = storage
        self._clock = clock
        self._policies = policies
        self._doorbell = doorbell

    def instants(self, day: date) -> Sequence[datetime]:
        """Every instant of the day at which some region has a reminder stage, in order."""
        now = self._clock.now()
        with self._storage.work(SYSTEM) as work:
            found: set[datetime] = set()
            for region in self._policies.all_regions(work, now=now):
                policy = self._policies.policy(work, region, day, now=now)
                found |= {at for _, at in reminder_times(commitment_due(day, policy), policy)}
        return sorted(found)

    def remind(self, slot_at: datetime) -> int:
        """Run the stages that fall on this instant; says how many enterprises were found unreported."""
        check(SYSTEM, Command.RUN_SYSTEM_JOB)
        day = business_date(slot_at)
        now = self._clock.now()
        reminded = 0
        with self._storage.work(SYSTEM) as work:
            due_times = work.commitments.due_times(day)
            stages: dict[tuple[datetime, RegionId], int] = {}
            for due_at, region in due_times:
                policy = self._policies.policy(work, region, day, now=now)
                for stage, at in reminder_times(due_at, policy):
                    if at == slot_at:
                        stages[due_at, region] = stage
        for due_at in sorted({due for due, _ in stages}):
            with self._storage.work(SYSTEM) as work:
                unreported = work.commitments.unreported(day, due_at=due_at)
                for region, group in groupby(unreported, key=lambda commitment: commitment.region_id):
                    if (due_at, region) in stages:
                        stage = stages[due_at, region]
                        reminded += self._remind_region(work, region, day, stage, list(group), now)
                work.commit()
        if reminded:
            self._doorbell.ring(Topic.SMS.value)
        return reminded

    def _remind_region(
        self,
        work: UnitOfWork,
        region: RegionId,
        day: date,
        stage: int,
        unreported: Sequence[Commitment],
        now: datetime,
    ) -> int:
        enterprises = [commitment.enterprise_id for commitment in unreported]
        facts = work.facts.take(enterprises, day, at=now)
        names = {id: facts[id].enterprise_name for id in enterprises}
        region_name = facts[enterprises[0]].region_name
        due = unreported[0].due_at.astimezone(SHANGHAI)
        heads = work.people.heads_of(enterprises)
        messages: list[Message] = []
        texts: list[Sms] = []
        for commitment in unreported:
            for head in heads.get(commitment.enterprise_id, ()):
                messages.append(_head_message(head, commitment, names, stage, due, now))
                topic = ReminderTopic(day, stage, (commitment.enterprise_id,), None, None)
                texts.append(_sms(head, topic, now))
        for receiver in self._duty_persons(work, region, stage):
            messages.append(_duty_message(receiver, region, region_name, day, stage, names, due, now))
            texts.append(
                _sms(receiver, ReminderTopic(day, stage, tuple(enterprises), region, region_name), now)
            )
        tell(work, messages)
        work.texts.add(texts)
        work.outbox.add([_duty(text) for text in texts])
        return len(enterprises)

    def _duty_persons(self, work: UnitOfWork, region: RegionId, stage: int) -> Sequence[Person]:
        """The county's; from the second stage on the city's, too. Where there is no county department, the city's."""
        county = work.people.duty_persons([region], Level.COUNTY).get(region, ())
        city: tuple[Person, ...] = ()
        if stage > 1 or not county:
            city = work.people.duty_persons([region], Level.CITY).get(region, ())
        return list({person.id: person for person in (*county, *city)}.values())


def render(topic: ReminderTopic, names: Mapping[EnterpriseId, str]) -> str:
    """The text of a reminder SMS for the enterprises that still owe; company names only, no personal data."""
    day = f"{topic.business_date.month}月{topic.business_date.day}日"
    if topic.region_id is None:
        (name,) = names.values()
        again = "" if topic.stage == 1 else "再次提醒："
        return f"{again}{name}截至目前未上报{day}安全承诺，请立即登录系统上报。"
    listed = "、".join(list(names.values())[:3]) + ("等" if len(names) > 3 else "")
    state, duty = ("未上报", "请督促上报") if topic.stage == 1 else ("逾期仍未上报", "请督办")
    return f"{topic.region_name}{len(names)}家企业{state}{day}安全承诺，{duty}：{listed}。"


def _head_message(
    head: Person,
    commitment: Commitment,
    names: Mapping[EnterpriseId, str],
    stage: int,
    due: datetime,
    now: datetime,
) -> Message:
    again = "" if stage == 1 else f"（第{stage}次提醒）"
    return Message(
        id=MessageId(fact_id("reminder", commitment.business_date, stage, head.id, commitment.enterprise_id)),
        receiver_id=head.id,
        kind=MessageKind.COMMITMENT_UNREPORTED,
        title=f"今日安全承诺尚未上报{again}",
        body=f"{names[commitment.enterprise_id]}应于{due:%H:%M}前上报{commitment.business_date}的安全承诺，现已到时限，请立即上报。",
        subject_type="Commitment",
        subject_id=str(commitment.id),
        created_at=now,
    )


def _duty_message(
    receiver: Person,
    region: RegionId,
    region_name: str,
    day: date,
    stage: int,
    names: Mapping[EnterpriseId, str],
    due: datetime,
    now: datetime,
) -> Message:
    kind = MessageKind.COMMITMENT_UNREPORTED if stage == 1 else MessageKind.COMMITMENT_ESCALATED
    word = "未上报" if stage == 1 else "逾期仍未上报"
    listed = "、".join(names.values())
    return Message(
        id=MessageId(fact_id("reminder", day, stage, receiver.id, region)),
        receiver_id=receiver.id,
        kind=kind,
        title=f"{region_name}{len(names)}家企业{word}安全承诺",
        body=f"{day}上报时限{due:%H:%M}，{word}：{listed}。"[:1000],
        subject_type="Region",
        subject_id=str(region),
        created_at=now,
    )


def _sms(receiver: Person, topic: ReminderTopic, now: datetime) -> Sms:
    about = topic.region_id if topic.region_id is not None else topic.enterprise_ids[0]
    return Sms(
        id=fact_id("sms", topic.business_date, topic.stage, receiver.id, about),
        receiver_id=receiver.id,
        phone=receiver.phone,
        topic=topic,
        state=SmsState.QUEUED,
        created_at=now,
    )


def _duty(sms: Sms) -> Duty:
    return Duty(
        id=sms.id,
        topic=Topic.SMS,
        object_key=str(sms.id),
        revision=sms.topic.stage,
        business_date=sms.topic.business_date,
        facts={},
        created_at=sms.created_at,
        due_at=sms.created_at,
    )
