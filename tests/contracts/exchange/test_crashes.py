"""A duty that kills its worker harms no other: what has crashed is claimed alone, and who gives up says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from yanbao.application.access import SYSTEM
from yanbao.application.ports.exchange import Outcome
from yanbao.application.ports.readers import Readers
from yanbao.application.ports.work import Storage
from yanbao.domain.exchange.duty import DEAD, MOST_CRASHES, DutyState, Topic
from yanbao.domain.exchange.events import DutyGivenUp

from ...support.builders import DAY, NOW, a_duty, an_id
from ..conftest import World
from .outbox import LATER, MINISTRY, RUN_OUT, TOMORROW, claim, ids, owe, row, settle


def crash(storage: Storage, times: int = 1, *, limit: int = 100) -> None:
    for _ in range(times):
        assert claim(storage, lease=RUN_OUT, limit=limit)


def park(storage: Storage, *names: str) -> None:
    """Let each of these crash until it is parked; nothing else may be due."""
    for name in names:
        owe(storage, a_duty(name))
        crash(storage, MOST_CRASHES)
        assert claim(storage) == []


def given_up(world: World) -> list[DutyGivenUp]:
    return [event for events in world.reacting.seen for event in events if isinstance(event, DutyGivenUp)]


def test_what_has_crashed_is_claimed_alone_and_before_the_rest(storage: Storage) -> None:
    crashed = [a_duty(f"毒{n}", due=NOW - timedelta(minutes=n)) for n in range(3)]
    owe(storage, *crashed)
    crash(storage)
    healthy = [a_duty(f"好{n}", due=NOW - timedelta(hours=1)) for n in range(3)]
    owe(storage, *healthy)
    alone = [ids(claim(storage)) for _ in crashed]
    assert alone == [[crashed[2].id], [crashed[1].id], [crashed[0].id]]
    assert set(ids(claim(storage))) == {duty.id for duty in healthy}


def test_what_crashes_alone_brings_no_crash_on_those_that_were_with_it(storage: Storage) -> None:
    owe(storage, *(a_duty(f"第{n}件") for n in range(5)))
    crash(storage)
    poison = claim(storage, lease=RUN_OUT)[0].duty.id
    crashes: dict[UUID, int] = {}
    while claims := claim(storage):
        crashes |= {one.duty.id: one.duty.crashes for one in claims}
        assert len(claims) == 1
    assert {crashes.pop(poison)} == {2}
    assert set(crashes.values()) == {1}


def test_a_batch_that_is_not_over_yet_is_no_crash(storage: Storage) -> None:
    owe(storage, a_duty("一"), a_duty("二"))
    assert len(claim(storage)) == 2
    owe(storage, a_duty("三"), a_duty("四"))
    assert len(claim(storage)) == 2


@pytest.mark.parametrize("state", [DutyState.PENDING, DutyState.DONE])
def test_any_outcome_makes_the_crashes_forgotten(storage: Storage, state: DutyState) -> None:
    owe(storage, a_duty())
    crash(storage, MOST_CRASHES - 1)
    (claimed,) = claim(storage)
    assert claimed.duty.crashes == MOST_CRASHES - 1
    settle(storage, Outcome(claimed, state, due_at=NOW))
    with storage.work(SYSTEM) as work:
        work.outbox.requeue_lost([a_duty().id], due_at=NOW)
        work.commit()
    owe(storage, a_duty("别的"))
    both = claim(storage)
    assert [one.duty.crashes for one in both] == [0, 0], "and it is claimed with the others again"


# ---------------------------------------------------------------- who gives up says so


def test_parking_is_announced_once(world: World) -> None:
    park(world.storage, "毒")
    (event,) = given_up(world)
    assert event == DutyGivenUp(str(a_duty("毒").id), MINISTRY, DutyState.PARKED, "CRASHED", "", NOW)
    assert claim(world.storage) == []
    assert len(given_up(world)) == 1


def test_a_parked_duty_says_why(storage: Storage, readers: Readers) -> None:
    park(storage, "毒")
    parked = row(readers, a_duty("毒"))
    assert (parked.state, parked.answer_code) == (DutyState.PARKED, "CRASHED")


@pytest.mark.parametrize("state", list(DutyState))
def test_only_a_refusal_among_the_outcomes_is_announced(world: World, state: DutyState) -> None:
    owe(world.storage, a_duty())
    (claimed,) = claim(world.storage)
    settle(world.storage, Outcome(claimed, state, code="E42", answer="不在名录", due_at=LATER), at=LATER)
    announced = [DutyGivenUp(str(a_duty().id), MINISTRY, state, "E42", "不在名录", LATER)]
    assert given_up(world) == (announced if state in DEAD else [])


def test_a_stale_refusal_is_not_announced(world: World) -> None:
    owe(world.storage, a_duty())
    (slow,) = claim(world.storage, lease=RUN_OUT)
    claim(world.storage)
    assert settle(world.storage, Outcome(slow, DutyState.REFUSED)) == 0
    assert given_up(world) == []


def test_what_is_added_as_a_dead_letter_is_announced_when_it_is_new(world: World) -> None:
    dead = replace(a_duty(), state=DutyState.REFUSED, answer_code="MALFORMED", settled_at=NOW)
    owe(world.storage, dead)
    owe(world.storage, dead, a_duty("别的"))
    assert [event.code for event in given_up(world)] == ["MALFORMED"]


# ---------------------------------------------------------------- parked ones in the daily comparison


def test_parked_ones_of_a_topic_and_day_are_found(storage: Storage) -> None:
    park(storage, "毒", "另一件毒")
    owe(storage, a_duty("明日", day=TOMORROW), a_duty("拒"))
    for claimed in claim(storage):
        settle(storage, Outcome(claimed, DutyState.REFUSED))
    with storage.work(SYSTEM) as work:
        found = work.outbox.parked(MINISTRY, DAY)
        assert {duty.id for duty in found} == {a_duty("毒").id, a_duty("另一件毒").id}
        assert {duty.state for duty in found} == {DutyState.PARKED}
        assert list(work.outbox.parked(MINISTRY, TOMORROW)) == []
        assert list(work.outbox.parked(Topic.SMS, DAY)) == []


def test_a_parked_duty_that_the_receiver_holds_is_done(storage: Storage, readers: Readers) -> None:
    park(storage, "毒", "另一件毒")
    owe(storage, a_duty("欠"))
    with storage.work(SYSTEM) as work:
        asked = [a_duty("毒").id, a_duty("欠").id, an_id("nothing")]
        assert work.outbox.arrived(asked, code="HELD", answer="对方持有", at=LATER) == 1
        work.commit()
    done = row(readers, a_duty("毒"))
    assert (done.state, done.answer_code, done.answer) == (DutyState.DONE, "HELD", "对方持有")
    assert done.settled_at == LATER
    assert row(readers, a_duty("另一件毒")).state is DutyState.PARKED
    assert row(readers, a_duty("欠")).state is DutyState.PENDING


# ---------------------------------------------------------------- what a monitor reads


def test_health_counts_dead_letters_and_tells_since_when_something_is_due(
    storage: Storage, readers: Readers
) -> None:
    park(storage, "毒")
    owe(storage, a_duty("拒"))
    (refused,) = claim(storage)
    settle(storage, Outcome(refused, DutyState.REFUSED))
    early, late = NOW - timedelta(hours=2), NOW - timedelta(hours=1)
    owe(storage, a_duty("一", topic=Topic.SMS, due=late), a_duty("二", topic=Topic.SMS, due=early))
    owe(storage, a_duty("三", topic=Topic.SMS, due=LATER))
    found = {health.topic: health for health in readers.exchange.health(NOW)}
    assert set(found) == set(Topic)
    ministry, sms, receipts = found[MINISTRY], found[Topic.SMS], found[Topic.SMS_RECEIPT]
    assert (ministry.parked, ministry.refused, ministry.due, ministry.due_since) == (1, 1, 0, None)
    assert (sms.parked, sms.refused, sms.due, sms.due_since) == (0, 0, 2, early)
    assert (receipts.parked, receipts.refused, receipts.due, receipts.due_since) == (0, 0, 0, None)
