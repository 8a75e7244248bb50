"""States of problems and alerts go up in their order, each once; what the ministry refuses holds up nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

import pytest

from yanbao.application.access import SYSTEM
from yanbao.application.exchange.pushes import MinistryPushes
from yanbao.application.policies import PolicyBook
from yanbao.application.ports.exchange import (
    OutboundRecord,
    PushAnswer,
    PushFailed,
    Receipt,
    RecordKind,
    RecordRefusal,
)
from yanbao.domain.exchange.duty import EVERY_REVISION, Duty, DutyState, Topic
from yanbao.domain.notice.notice import MessageKind

from ...support.builders import DAY, NOW, a_duty
from ...support.world import PROVINCE_DUTY, PROVINCE_HEAD, World, a_world
from .pushing import resend


@dataclass
class Ministry:
    """Takes every record but those that it is told to refuse; keeps what it took."""

    batch_size: int = 20
    took: list[UUID] = field(default_factory=list)
    refuses: dict[UUID, bool] = field(default_factory=dict)
    """By id: whether the record may succeed later."""
    unanswered: int = 0
    lost: set[UUID] = field(default_factory=set)

    def push(self, kind: RecordKind, records: Sequence[OutboundRecord]) -> PushAnswer:
        good = [record.id for record in records if record.id not in self.refuses]
        self.took += good
        if self.unanswered:
            self.unanswered -= 1
            raise PushFailed("the answer was lost", message_id="m")
        refused = tuple(
            RecordRefusal(record.id, "E1", "拒收", self.refuses[record.id])
            for record in records
            if record.id in self.refuses
        )
        return PushAnswer("m", frozenset(good), refused, 200, "0", "成功")

    def receipts(self, kind: RecordKind, business_date: date) -> Sequence[Receipt]:
        return [Receipt(id, "same") for id in dict.fromkeys(self.took) if id not in self.lost]

    def digest(self, kind: RecordKind, record: OutboundRecord) -> str:
        return "same"


@dataclass
class Stage:
    world: World
    ministry: Ministry
    pushes: MinistryPushes
    topic: Topic
    duties: list[Duty]

    def push(self, rounds: int = 1) -> None:
        """Push, and wait until everything is due again."""
        for _ in range(rounds):
            self.pushes.push_due(self.topic)
            self.world.system.clock.moment += timedelta(minutes=10)

    @property
    def states(self) -> list[DutyState]:
        kept = self.world.state.duties
        return [kept[duty.id].duty.state for duty in self.duties]

    @property
    def took(self) -> list[int]:
        """The revisions that the ministry took, in its order."""
        return [next(d.revision for d in self.duties if d.id == id) for id in self.ministry.took]


@pytest.fixture(params=sorted(EVERY_REVISION, key=lambda topic: topic.value), ids=lambda topic: topic.value)
def stage(request: pytest.FixtureRequest) -> Stage:
    """Four states of one object are due."""
    world = a_world(opened=False)
    world.system.clock.moment = NOW
    topic: Topic = request.param
    duties = [a_duty("状态", of="甲", revision=n, topic=topic) for n in range(1, 5)]
    with world.system.storage.work(SYSTEM) as work:
        work.outbox.add(list(reversed(duties)))
        work.commit()
    ministry = Ministry()
    pushes = MinistryPushes(world.system.storage, world.system.clock, ministry, PolicyBook())
    return Stage(world, ministry, pushes, topic, duties)


def test_each_state_goes_up_after_the_one_before_has_arrived(stage: Stage) -> None:
    for number in range(1, 5):
        stage.push()
        assert stage.took == list(range(1, number + 1))
    assert stage.states == [DutyState.DONE] * 4


def test_a_state_waits_while_the_one_before_may_still_succeed(stage: Stage) -> None:
    stage.ministry.refuses[stage.duties[1].id] = True
    stage.push(rounds=4)
    assert stage.took == [1]
    assert stage.states == [DutyState.DONE, DutyState.PENDING, DutyState.PENDING, DutyState.PENDING]
    stage.ministry.refuses.clear()
    stage.push(rounds=3)
    assert stage.took == [1, 2, 3, 4]


def test_when_an_answer_is_lost_the_same_state_is_sent_again_and_the_next_one_waits(stage: Stage) -> None:
    stage.ministry.unanswered = 1
    stage.push(rounds=5)
    assert stage.took == [1, 1, 2, 3, 4], "the ministry keys on the id"


def test_a_refused_state_is_told_and_holds_up_nothing(stage: Stage) -> None:
    stage.ministry.refuses[stage.duties[1].id] = False
    stage.push(rounds=4)
    assert stage.took == [1, 3, 4]
    assert stage.states == [DutyState.DONE, DutyState.REFUSED, DutyState.DONE, DutyState.DONE]
    (alarm,) = stage.world.messages(PROVINCE_DUTY)
    assert (alarm.kind, alarm.subject_id) == (MessageKind.EXCHANGE_ALARM, str(stage.duties[1].id))


def test_a_late_retry_of_an_earlier_state_goes_up_and_is_never_superseded(stage: Stage) -> None:
    stage.ministry.refuses[stage.duties[1].id] = False
    stage.push(rounds=4)
    stage.ministry.refuses.clear()
    assert resend(stage.world, PROVINCE_HEAD, [stage.duties[1]]) == 1
    stage.push()
    assert stage.took == [1, 3, 4, 2]
    assert stage.states == [DutyState.DONE] * 4


def test_a_later_state_waits_for_an_earlier_one_that_is_sent_again(stage: Stage) -> None:
    stage.ministry.refuses[stage.duties[0].id] = False
    stage.push()
    stage.ministry.refuses.clear()
    resend(stage.world, PROVINCE_HEAD, [stage.duties[0]])
    stage.push(rounds=4)
    assert stage.took == [1, 2, 3, 4]


def test_the_daily_comparison_looks_at_each_state(stage: Stage) -> None:
    stage.push(rounds=4)
    stage.ministry.lost = {stage.duties[1].id}
    found = stage.pushes.reconcile(DAY, stage.topic)
    assert (found.sent, found.held, found.lost, found.parked) == (4, 3, 1, 0)
    stage.ministry.lost.clear()
    stage.push()
    assert stage.took == [1, 2, 3, 4, 2]
    assert stage.states == [DutyState.DONE] * 4
    assert stage.pushes.reconcile(DAY, stage.topic).lost == 0


def test_a_parked_state_that_the_ministry_lacks_is_counted_also_when_a_later_one_has_arrived(
    stage: Stage,
) -> None:
    stage.push()
    with stage.world.system.storage.work(SYSTEM) as work:
        for _ in range(3):
            work.outbox.claim(
                stage.topic, now=stage.world.system.clock.moment, limit=1, lease=timedelta(seconds=-1)
            )
        work.commit()
    stage.push(rounds=3)
    assert stage.states == [DutyState.DONE, DutyState.PARKED, DutyState.DONE, DutyState.DONE]
    found = stage.pushes.reconcile(DAY, stage.topic)
    assert (found.sent, found.lost, found.parked) == (3, 0, 1)
