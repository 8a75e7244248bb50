"""Dead letters and what the receiver has lost: seen, sent again, and counted anew."""

from __future__ import annotations

from yanbao.application.access import SYSTEM
from yanbao.application.ports.exchange import Outcome
from yanbao.application.ports.readers import Readers
from yanbao.application.ports.work import Storage
from yanbao.domain.exchange.duty import MOST_CRASHES, DutyState, Topic

from ...support.builders import DAY, NOW, a_duty, an_id
from .outbox import LATER, MINISTRY, RUN_OUT, TOMORROW, claim, finish, ids, owe, row, settle


def test_dead_letters_are_the_refused_and_parked_of_those_asked_for(storage: Storage) -> None:
    duties = {state: a_duty(state.value) for state in DutyState}
    owe(storage, *duties.values())
    for state, duty in duties.items():
        if state not in (DutyState.PENDING, DutyState.PARKED):
            finish(storage, duty, state)
    for _ in range(MOST_CRASHES + 1):
        for claimed in claim(storage, lease=RUN_OUT):
            if claimed.duty.id != duties[DutyState.PARKED].id:
                settle(storage, Outcome(claimed, DutyState.PENDING, due_at=LATER))
    with storage.work(SYSTEM) as work:
        dead = work.outbox.dead([*(duty.id for duty in duties.values()), an_id("nothing")])
        assert {duty.id: duty.state for duty in dead} == {
            duties[state].id: state for state in (DutyState.REFUSED, DutyState.PARKED)
        }
        assert list(work.outbox.dead([])) == []


def test_a_revived_duty_starts_with_a_clean_count(storage: Storage, readers: Readers) -> None:
    parked, refused, done = a_duty("毒"), a_duty("拒"), a_duty("成")
    owe(storage, parked)
    for _ in range(MOST_CRASHES + 1):
        claim(storage, lease=RUN_OUT)
    owe(storage, refused, done)
    finish(storage, refused, DutyState.REFUSED)
    finish(storage, done, DutyState.DONE)
    with storage.work(SYSTEM) as work:
        assert work.outbox.revive([parked.id, refused.id, done.id, an_id("nothing")], due_at=LATER) == 2
        work.commit()
    assert row(readers, done).state is DutyState.DONE
    assert row(readers, parked).state is row(readers, refused).state is DutyState.PENDING
    assert row(readers, parked).settled_at is None
    assert claim(storage) == []
    claims = claim(storage, now=LATER)
    assert set(ids(claims)) == {parked.id, refused.id}
    assert {(claimed.duty.attempts, claimed.duty.crashes) for claimed in claims} == {(1, 0)}


def test_an_outcome_from_before_the_revival_is_stale(storage: Storage, readers: Readers) -> None:
    owe(storage, a_duty())
    stale = [claim(storage, lease=RUN_OUT)[0] for _ in range(MOST_CRASHES)]
    assert claim(storage) == []
    with storage.work(SYSTEM) as work:
        work.outbox.revive([a_duty().id], due_at=NOW)
        work.commit()
    assert settle(storage, *(Outcome(claimed, DutyState.DONE) for claimed in stale)) == 0
    assert row(readers, a_duty()).state is DutyState.PENDING


def test_a_lost_duty_is_sent_again(storage: Storage, readers: Readers) -> None:
    lost, refused = a_duty("丢"), a_duty("拒")
    owe(storage, lost, refused)
    finish(storage, lost, DutyState.DONE)
    finish(storage, refused, DutyState.REFUSED)
    with storage.work(SYSTEM) as work:
        assert work.outbox.requeue_lost([lost.id, refused.id, an_id("nothing")], due_at=LATER) == 1
        work.commit()
    assert row(readers, lost).state is DutyState.PENDING
    assert row(readers, refused).state is DutyState.REFUSED
    assert claim(storage) == []
    assert ids(claim(storage, now=LATER)) == [lost.id]


def test_delivered_revisions_are_the_highest_done_ones(storage: Storage) -> None:
    owe(storage, *(a_duty("承诺", of="甲", revision=n) for n in (1, 2, 3)), a_duty("承诺", of="乙"))
    finish(storage, a_duty("承诺", of="甲", revision=1), DutyState.DONE)
    finish(storage, a_duty("承诺", of="甲", revision=2), DutyState.DONE)
    finish(storage, a_duty("承诺", of="甲", revision=3), DutyState.REFUSED)
    with storage.work(SYSTEM) as work:
        assert work.outbox.delivered_revisions(MINISTRY, ["甲", "乙", "丙"]) == {"甲": 2}
        assert work.outbox.delivered_revisions(Topic.SMS, ["甲"]) == {}
        assert work.outbox.delivered_revisions(MINISTRY, []) == {}


def test_settled_ones_are_the_done_of_a_topic_and_day(storage: Storage) -> None:
    wanted = a_duty("要")
    others = a_duty("拒"), a_duty("明日", day=TOMORROW), a_duty("短信", topic=Topic.SMS)
    owe(storage, wanted, *others, a_duty("欠"))
    finish(storage, others[0], DutyState.REFUSED)
    for duty in (wanted, *others[1:]):
        finish(storage, duty, DutyState.DONE)
    with storage.work(SYSTEM) as work:
        (found,) = work.outbox.settled(MINISTRY, DAY)
    assert (found.id, found.state, found.facts) == (wanted.id, DutyState.DONE, wanted.facts)
