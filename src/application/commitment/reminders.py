"""Reminds who has not reported: in-app messages and SMS, at most once per enterprise, date and stage."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby

from ...domain.commitment.commitment import commitment_id
from ...domain.commitment.form import Facts
from ...domain.deadlines import business_date, commitment_due, reminder_times
from ...domain.directory.organisation import Level, Person, Role
from ...domain.exchange.duty import Topic
from ...domain.notice.notice import Message, MessageKind, ReminderTopic, Sms
from ...domain.values import EnterpriseId, MessageId, PersonId, RegionId, fact_id
from ..access import EVERYTHING, SYSTEM, Permission, check
from ..notice.dates import clock_words, day_words
from ..notice.inbox import SmsText, lost_until, queue, sms_to, tell
from ..policies import PolicyBook
from ..ports.signals import Clock, Doorbell
from ..ports.work import Storage, UnitOfWork


@dataclass(frozen=True, slots=True)
class UnreportedRegion:
    """Who still owes in one region, at one stage. `due_at` is the deadline, `enterprises` holds names."""

    region_id: RegionId
    region_name: str
    stage: int
    due_at: datetime
    enterprises: Mapping[EnterpriseId, str]

    def without(self, told: Collection[EnterpriseId]) -> UnreportedRegion:
        left = {id: name for id, name in self.enterprises.items() if id not in told}
        return replace(self, enterprises=left)


class CommitmentReminders:
    """Stage 1, at the deadline, tells the enterprise's heads and the county's duty persons.

    Later stages also tell the city's duty persons. A head gets one SMS for the enterprise. A duty person gets
    one SMS for all enterprises that still owe, in any number of regions. Both also get an in-app message.
    Nobody is told twice of one enterprise, date and stage, so a repeated run adds nothing.
    Just before sending, an SMS drops the enterprises that have reported meanwhile.
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
        """Run the stages that fall on this instant; returns how many enterprises were found unreported.

        After a standstill, a stage is left out where a later one has come by now: only the newest is told.
        """
        check(SYSTEM, Permission.RUN_SYSTEM_JOB)
        day, now = business_date(slot_at), self._clock.now()
        with self._storage.work(SYSTEM) as work:
            late = self._late(work, day, slot_at, now)
            ask_first = slot_at <= lost_until(work)
            for messages, texts in (
                _to_heads(work, day, late, now),
                _to_duty_persons(work, day, late, slot_at, now),
            ):
                tell(work, messages)
                queue(work, texts, ask_first=ask_first)
            work.commit()
        if late:
            self._doorbell.ring(Topic.SMS.value)
        return sum(len(one.enterprises) for one in late)

    def _late(
        self, work: UnitOfWork, day: date, slot_at: datetime, now: datetime
    ) -> Sequence[UnreportedRegion]:
        """Those whose newest reminder stage is that at `slot_at`, by deadline and region."""
        late: list[UnreportedRegion] = []
        for due_at, times in groupby(work.commitments.due_times(day), key=lambda time: time[0]):
            stages: dict[RegionId, int] = {}
            for _, region in times:
                policy = self._policies.policy(work, region, day, now=now)
                come = [(stage, at) for stage, at in reminder_times(due_at, policy) if at <= now]
                if come and come[-1][1] == slot_at:
                    stages[region] = come[-1][0]
            if not stages:
                continue
            owing = [c for c in work.commitments.unreported(day, due_at=due_at) if c.region_id in stages]
            facts = work.facts.take([commitment.enterprise_id for commitment in owing], day, at=now)
            for region, group in groupby(owing, key=lambda commitment: commitment.region_id):
                named = [(facts[c.enterprise_id].enterprise_name, c.enterprise_id) for c in group]
                names = {id: name for name, id in sorted(named)}
                region_name = facts[next(iter(names))].region_name
                late.append(UnreportedRegion(region, region_name, stages[region], due_at, names))
        return late


def _to_heads(
    work: UnitOfWork, day: date, late: Sequence[UnreportedRegion], now: datetime
) -> tuple[list[Message], list[Sms]]:
    heads = work.people.heads_of([id for one in late for id in one.enterprises])
    messages: list[Message] = []
    texts: list[Sms] = []
    for one in late:
        for id, name in one.enterprises.items():
            for head in heads.get(id, ()):
                messages.append(_head_message(head, day, one, id, name, now))
                key = fact_id("sms", day, one.stage, head.id, id)
                topic = ReminderTopic(day, one.stage, (id,), None, None)
                texts.append(sms_to(head, topic, id=key, at=now))
    return messages, texts


def _to_duty_persons(
    work: UnitOfWork, day: date, late: Sequence[UnreportedRegion], slot_at: datetime, now: datetime
) -> tuple[list[Message], list[Sms]]:
    """For each person and stage, one message and one SMS about enterprises the person was not told of yet."""
    everything: dict[tuple[Person, int], list[UnreportedRegion]] = {}
    for one, receivers in zip(late, _duty_persons(work, late), strict=True):
        for receiver in receivers:
            everything.setdefault((receiver, one.stage), []).append(one)
    before = work.texts.reminded_of([receiver.id for receiver, _ in everything], day)
    lineages = work.regions.lineages()
    messages: list[Message] = []
    texts: list[Sms] = []
    for (receiver, stage), parts in everything.items():
        new = [one.without(before.get((receiver.id, stage), frozenset())) for one in parts]
        new = [one for one in new if one.enterprises]
        if not new:
            continue
        region = _common_region([one.region_id for one in new], lineages)
        ids = tuple(id for one in new for id in one.enterprises)
        topic = ReminderTopic(day, stage, ids, region, _together([one.region_name for one in new]))
        messages.append(_duty_message(receiver, topic, new, slot_at, now))
        texts.append(sms_to(receiver, topic, id=fact_id("sms", day, stage, receiver.id, slot_at), at=now))
    return messages, texts


def _duty_persons(work: UnitOfWork, late: Sequence[UnreportedRegion]) -> Sequence[Collection[Person]]:
    """For each of `late`: the county's duty persons.

    From stage 2 on, or if the county has none, also the city's.
    """
    regions = list(dict.fromkeys(one.region_id for one in late))
    counties = work.people.covering(regions, Level.COUNTY, Role.DUTY_PERSON)
    cities = work.people.covering(regions, Level.CITY, Role.DUTY_PERSON)
    found = []
    for one in late:
        county = counties.get(one.region_id, ())
        city = cities.get(one.region_id, ()) if one.stage > 1 or not county else ()
        found.append(dict.fromkeys((*county, *city)))
    return found


def _common_region(regions: Sequence[RegionId], lineages: Mapping[RegionId, Sequence[RegionId]]) -> RegionId:
    """The nearest region that contains all of them; the first of them if there is none."""
    first, *others = (lineages.get(region, (region,)) for region in regions)
    return next((above for above in first if all(above in path for path in others)), regions[0])


def _together(region_names: Sequence[str]) -> str:
    names = list(dict.fromkeys(region_names))
    return "、".join(names[:3]) + (f"等{len(names)}个区域" if len(names) > 3 else "")


def unreported_now(work: UnitOfWork, sms: Sms, now: datetime, policies: PolicyBook) -> SmsText | None:
    """What the reminder says now of those who still have to report today; None if nobody is left."""
    topic = sms.topic
    assert isinstance(topic, ReminderTopic)  # The table has this check for its kind only.
    if business_date(now) != topic.business_date:
        return None
    owed = work.commitments.still_owed(topic.enterprise_ids, topic.business_date)
    still = [id for id in topic.enterprise_ids if id in owed]
    if not still:
        return None
    facts = work.facts.take(still, topic.business_date, at=now)
    from_above = topic.region_id is not None and _stands_above(work, sms.receiver_id)
    text = render(topic, [facts[id] for id in still], from_above=from_above)
    return SmsText(facts[still[0]].region_id, text)


def _stands_above(work: UnitOfWork, receiver_id: PersonId) -> bool:
    """Whether the receiver's department is not the county's, which answers for its enterprises itself."""
    receiver = work.people.find_all([receiver_id]).get(receiver_id)
    if receiver is None or receiver.department_id is None:
        return False
    return work.departments.get(receiver.department_id, within=EVERYTHING).level is not Level.COUNTY


def render(topic: ReminderTopic, owing: Sequence[Facts], *, from_above: bool) -> str:
    """The text of a reminder SMS for the enterprises that still owe; company names only, no personal data.

    `from_above`: the receiver supervises those who answer for the enterprises (督办).
    """
    day = day_words(topic.business_date)
    if topic.region_id is None:
        (name,) = (facts.enterprise_name for facts in owing)
        again = "" if topic.stage == 1 else "再次提醒："
        return f"{again}{name}截至目前未上报{day}安全承诺，请立即登录系统上报。"
    listed = "、".join(facts.enterprise_name for facts in owing[:3]) + ("等" if len(owing) > 3 else "")
    state = "未上报" if topic.stage == 1 else "逾期仍未上报"
    duty = "请督办" if topic.stage > 1 and from_above else "请督促上报"
    where = _together([facts.region_name for facts in owing])
    return f"{where}{len(owing)}家企业{state}{day}安全承诺，{duty}：{listed}。"


def _head_message(
    head: Person, day: date, late: UnreportedRegion, id: EnterpriseId, name: str, now: datetime
) -> Message:
    again = "" if late.stage == 1 else f"（第{late.stage}次提醒）"
    state = "现已到时限" if late.stage == 1 else "时限已过仍未上报"
    return Message(
        id=MessageId(fact_id("reminder", day, late.stage, head.id, id)),
        receiver_id=head.id,
        kind=MessageKind.COMMITMENT_UNREPORTED,
        title=f"今日安全承诺尚未上报{again}",
        body=f"{name}应于{clock_words(late.due_at)}前上报{day_words(day)}的安全承诺，{state}，请立即上报。",
        subject_type="Commitment",
        subject_id=str(commitment_id(id, day)),
        created_at=now,
    )


def _duty_message(
    receiver: Person, topic: ReminderTopic, late: Sequence[UnreportedRegion], slot_at: datetime, now: datetime
) -> Message:
    escalated = topic.stage > 1
    word = "逾期仍未上报" if escalated else "未上报"
    by_due = groupby(sorted(late, key=lambda one: one.due_at), key=lambda one: one.due_at)
    listed = "。".join(
        f"上报时限{clock_words(due_at)}：{'；'.join(map(_named, of_due))}" for due_at, of_due in by_due
    )
    return Message(
        id=MessageId(fact_id("reminder", topic.business_date, topic.stage, receiver.id, slot_at)),
        receiver_id=receiver.id,
        kind=MessageKind.COMMITMENT_ESCALATED if escalated else MessageKind.COMMITMENT_UNREPORTED,
        title=f"{topic.region_name}{len(topic.enterprise_ids)}家企业{word}安全承诺",
        body=f"{day_words(topic.business_date)}的安全承诺{word}。{listed}。"[:1000],
        subject_type="Region",
        subject_id=str(topic.region_id),
        created_at=now,
    )


def _named(late: UnreportedRegion) -> str:
    return f"{late.region_name}{'、'.join(late.enterprises.values())}"
