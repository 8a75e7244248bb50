"""The outbox: what is due is claimed in order, on lease, by one at a time; outcomes count only with a current fence."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, timedelta
from uuid import UUID

import pytest

from yanbao.application.access import SYSTEM
from yanbao.application.ports.reading import DutyFilter, DutyRow, Page, Readers
from yanbao.application.ports.storage import Attempt, Claim, Outcome, Storage
from yanbao.domain.duty import MOST_CRASHES, Duty, DutyState, Topic

from ..support.builders import DAY, NOW, a_duty, an_id

MINISTRY = Topic.MINISTRY_COMMITMENT
LEASE = timedelta(minutes=2)
RUN_OUT = timedelta(seconds=-1)
"""A lease that is over as soon as it is given: what a worker leaves that died."""
LATER = NOW + timedelta(hours=1)
TOMORROW = DAY + timedelta(days=1)


def owe(storage: Storage, *duties: Duty) -> None:
    with storage.work(SYSTEM) as work:
        work.outbox.add(duties)
        work.commit()


def claim(
    storage: Storage,
    *,
    topic: Topic = MINISTRY,
    now: object = NOW,
    limit: int = 100,
    lease: timedelta = LEASE,
) -> list[Claim]:
    with storage.work(SYSTEM) as work:
        claims = work.outbox.claim(topic, now=now, limit=limit, lease=lease)  # type: ignore[arg-type]
        work.commit()
    return list(claims)


def settle(storage: Storage, *outcomes: Outcome, at: object = NOW) -> int:
    with storage.work(SYSTEM) as work:
        stored = work.outbox.settle(outcomes, at=at)  # type: ignore[arg-type]
        work.commit()
    return stored


def ids(claims: Sequence[Claim]) -> list[UUID]:
    return [claim.duty.id for claim in claims]


def row(readers: Readers, duty: Duty) -> DutyRow:
    rows = readers.exchange.duties(DutyFilter(), Page(1000)).rows
    return next(found for found in rows if found.id == duty.id)


def finish(storage: Storage, duty: Duty, state: DutyState) -> None:
    """Claim exactly this duty and settle it."""
    for claimed in claim(storage, topic=duty.topic, now=LATER):
        if claimed.duty.id == duty.id:
            assert settle(storage, Outcome(claimed, state)) == 1
        else:
            settle(storage, Outcome(claimed, DutyState.PENDING, due_at=claimed.duty.due_at))


# ---------------------------------------------------------------- adding and claiming


def test_a_claimed_duty_comes_with_every_field_and_its_attempt_counted(storage: Storage) -> None:
    duty = replace(a_duty(day=TOMORROW, created=NOW - timedelta(microseconds=1)), message_id="早先")
    owe(storage, duty)
    (claimed,) = claim(storage)
    assert claimed.duty == replace(duty, attempts=1)
    assert claimed.duty.due_at.tzinfo is UTC


def test_adding_a_duty_twice_keeps_the_first(storage: Storage, readers: Readers) -> None:
    owe(storage, a_duty())
    finish(storage, a_duty(), DutyState.DONE)
    owe(storage, replace(a_duty(), facts={"other": True}), a_duty("第二件"), a_duty("第二件"))
    assert row(readers, a_duty()).state is DutyState.DONE
    assert row(readers, a_duty()).facts == a_duty().facts
    assert len(readers.exchange.duties(DutyFilter(), Page(10)).rows) == 2


def test_only_what_is_due_by_now_is_claimed(storage: Storage) -> None:
    now = a_duty("现在", due=NOW)
    owe(storage, now, a_duty("稍后", due=NOW + timedelta(microseconds=1)))
    assert ids(claim(storage)) == [now.id]


def test_only_the_topic_that_is_asked_for_is_claimed(storage: Storage) -> None:
    sms = a_duty("短信", topic=Topic.SMS)
    owe(storage, a_duty(), sms)
    assert ids(claim(storage, topic=Topic.SMS)) == [sms.id]
    assert claim(storage, topic=Topic.SMS_RECEIPT) == []


def test_the_oldest_due_comes_first_and_no_more_than_the_limit(storage: Storage) -> None:
    duties = [a_duty(f"第{n}件", due=NOW - timedelta(minutes=n)) for n in range(5)]
    owe(storage, *duties)
    assert ids(claim(storage, limit=2)) == [duties[4].id, duties[3].id]
    assert ids(claim(storage, limit=2)) == [duties[2].id, duties[1].id]
    assert ids(claim(storage, limit=2)) == [duties[0].id]


def test_what_is_on_lease_is_not_given_out_again(storage: Storage) -> None:
    owe(storage, a_duty())
    assert len(claim(storage)) == 1
    assert claim(storage) == []


def test_revisions_of_one_object_go_out_one_after_the_other(storage: Storage) -> None:
    third, first, second = (
        a_duty("承诺", of="甲", revision=n, due=NOW - timedelta(minutes=n)) for n in (3, 1, 2)
    )
    other = a_duty("承诺", of="乙", revision=7)
    owe(storage, third, first, second, other)
    claims = claim(storage)
    assert set(ids(claims)) == {first.id, other.id}
    assert claim(storage) == []
    settle(storage, *(Outcome(claimed, DutyState.DONE) for claimed in claims))
    assert ids(claim(storage)) == [second.id]


def test_a_revision_waits_for_an_earlier_one_that_is_not_due_yet(storage: Storage) -> None:
    earlier = a_duty("承诺", of="甲", revision=1, due=LATER)
    owe(storage, earlier, a_duty("承诺", of="甲", revision=2, due=NOW))
    assert claim(storage) == []
    assert ids(claim(storage, now=LATER)) == [earlier.id]


@pytest.mark.parametrize("state", [state for state in DutyState if state is not DutyState.PENDING])
def test_a_revision_waits_no_longer_once_the_earlier_one_is_settled(
    storage: Storage, state: DutyState
) -> None:
    second = a_duty("承诺", of="甲", revision=2)
    owe(storage, a_duty("承诺", of="甲", revision=1), second)
    settle(storage, Outcome(claim(storage)[0], state))
    assert ids(claim(storage)) == [second.id]


def test_the_order_of_an_object_is_kept_within_its_topic_only(storage: Storage) -> None:
    sms = a_duty("短信", of="甲", revision=2, topic=Topic.SMS)
    owe(storage, a_duty("承诺", of="甲", revision=1), sms)
    assert ids(claim(storage, topic=Topic.SMS)) == [sms.id]


def test_a_claim_that_is_rolled_back_gives_nothing_away(storage: Storage) -> None:
    owe(storage, a_duty())
    with storage.work(SYSTEM) as work:
        assert len(work.outbox.claim(MINISTRY, now=NOW, limit=1, lease=LEASE)) == 1
    (again,) = claim(storage)
    assert again.duty.attempts == 1


def test_many_who_claim_at_once_never_get_the_same(storage: Storage) -> None:
    duties = [a_duty(f"第{n}件") for n in range(30)]
    owe(storage, *duties)

    def work_off(_: int) -> list[UUID]:
        mine: list[UUID] = []
        while claims := claim(storage, limit=3):
            mine += ids(claims)
        return mine

    with ThreadPoolExecutor(4) as pool:
        taken = [id for mine in pool.map(work_off, range(4)) for id in mine]
    assert len(taken) == len(set(taken))
    assert set(taken) | set(ids(claim(storage))) == {duty.id for duty in duties}


# ---------------------------------------------------------------- settling


def test_an_outcome_is_stored_with_every_field(storage: Storage, readers: Readers) -> None:
    owe(storage, a_duty())
    (claimed,) = claim(storage)
    sent = NOW + timedelta(seconds=1)
    outcome = Outcome(
        claimed, DutyState.REFUSED, code="E42", answer="不在名录", message_id="msg-1", sent_at=sent
    )
    assert settle(storage, outcome, at=LATER) == 1
    found = row(readers, a_duty())
    assert (found.state, found.answer_code, found.answer) == (DutyState.REFUSED, "E42", "不在名录")
    assert (found.message_id, found.sent_at, found.settled_at) == ("msg-1", sent, LATER)
    assert found.attempts == 1


def test_a_pending_outcome_is_tried_again_when_it_is_due(storage: Storage, readers: Readers) -> None:
    owe(storage, a_duty())
    (claimed,) = claim(storage)
    assert settle(storage, Outcome(claimed, DutyState.PENDING, code="503", due_at=LATER)) == 1
    assert row(readers, a_duty()).state is DutyState.PENDING
    assert row(readers, a_duty()).answer_code == "503"
    assert claim(storage, now=LATER - timedelta(microseconds=1)) == []
    (again,) = claim(storage, now=LATER)
    assert again.duty.attempts == 2
    assert again.duty.crashes == 0


def test_an_outcome_counts_once(storage: Storage, readers: Readers) -> None:
    owe(storage, a_duty())
    (claimed,) = claim(storage)
    assert settle(storage, Outcome(claimed, DutyState.DONE)) == 1
    assert settle(storage, Outcome(claimed, DutyState.REFUSED)) == 0
    assert row(readers, a_duty()).state is DutyState.DONE


def test_an_outcome_of_a_pending_duty_counts_once(storage: Storage, readers: Readers) -> None:
    owe(storage, a_duty())
    (claimed,) = claim(storage)
    assert settle(storage, Outcome(claimed, DutyState.PENDING, due_at=LATER)) == 1
    assert settle(storage, Outcome(claimed, DutyState.DONE)) == 0
    assert row(readers, a_duty()).state is DutyState.PENDING


def test_a_stale_fence_changes_nothing(storage: Storage, readers: Readers) -> None:
    owe(storage, a_duty())
    (slow,) = claim(storage, lease=RUN_OUT)
    (quick,) = claim(storage)
    assert quick.fence > slow.fence
    assert settle(storage, Outcome(slow, DutyState.REFUSED, code="slow")) == 0
    assert settle(storage, Outcome(quick, DutyState.DONE, code="quick")) == 1
    assert (row(readers, a_duty()).state, row(readers, a_duty()).answer_code) == (DutyState.DONE, "quick")


def test_a_slow_worker_may_still_settle_while_nobody_else_has_claimed(storage: Storage) -> None:
    owe(storage, a_duty())
    (slow,) = claim(storage, lease=RUN_OUT)
    assert settle(storage, Outcome(slow, DutyState.DONE)) == 1
    assert claim(storage) == []


def test_of_several_outcomes_the_current_ones_are_counted(storage: Storage) -> None:
    owe(storage, a_duty("一"), a_duty("二"), a_duty("三"))
    stale = claim(storage, limit=1, lease=RUN_OUT)
    current = claim(storage)
    assert settle(storage, *(Outcome(c, DutyState.DONE) for c in (*stale, *current))) == 3
    assert settle(storage) == 0


# ---------------------------------------------------------------- crashes


def test_a_lease_that_ran_out_counts_as_a_crash_and_the_third_parks_the_duty(
    storage: Storage, readers: Readers
) -> None:
    owe(storage, a_duty())
    for crashes in range(MOST_CRASHES):
        (claimed,) = claim(storage, lease=RUN_OUT)
        assert (claimed.duty.crashes, claimed.duty.attempts) == (crashes, crashes + 1)
    assert claim(storage, now=LATER) == []
    parked = row(readers, a_duty())
    assert (parked.state, parked.attempts) == (DutyState.PARKED, MOST_CRASHES)
    assert parked.settled_at == LATER, "by the business clock: the database's is for leases alone"
    assert claim(storage) == []


def test_a_parked_duty_does_not_hold_up_others(storage: Storage) -> None:
    second, other = a_duty("承诺", of="甲", revision=2), a_duty("别的")
    owe(storage, a_duty("承诺", of="甲", revision=1))
    for _ in range(MOST_CRASHES):
        claim(storage, lease=RUN_OUT)
    owe(storage, second, other)
    taken = ids(claim(storage)) + ids(claim(storage))
    assert set(taken) == {second.id, other.id}


def test_parking_one_leaves_room_for_others_in_the_same_claim_or_the_next(storage: Storage) -> None:
    poison, healthy = a_duty("毒", due=NOW - timedelta(hours=1)), a_duty("好")
    owe(storage, poison)
    for _ in range(MOST_CRASHES):
        claim(storage, lease=RUN_OUT)
    owe(storage, healthy)
    taken = ids(claim(storage, limit=1)) + ids(claim(storage, limit=1))
    assert taken == [healthy.id]


# ---------------------------------------------------------------- dead letters and lost ones


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


# ---------------------------------------------------------------- the exchange ledger


def test_every_field_of_a_duty_row_comes_back(storage: Storage, readers: Readers) -> None:
    duty = a_duty(of="甲", revision=3, day=TOMORROW, due=LATER)
    owe(storage, duty)
    found = row(readers, duty)
    for name in (
        "id",
        "topic",
        "object_key",
        "revision",
        "business_date",
        "state",
        "attempts",
        "created_at",
        "due_at",
    ):
        assert getattr(found, name) == getattr(duty, name), name
    assert (found.sent_at, found.settled_at) == (None, None)
    assert (found.answer_code, found.answer, found.message_id) == ("", "", "")
    assert dict(found.facts) == dict(duty.facts)


def test_the_ledger_can_be_narrowed_and_has_the_newest_first(storage: Storage, readers: Readers) -> None:
    duties = [a_duty(f"第{n}件", created=NOW + timedelta(microseconds=n)) for n in range(4)]
    sms = a_duty("短信", topic=Topic.SMS, day=TOMORROW, created=NOW - timedelta(days=1))
    owe(storage, *duties, sms)
    finish(storage, duties[1], DutyState.DONE)

    def found(where: DutyFilter) -> list[UUID]:
        return [entry.id for entry in readers.exchange.duties(where, Page(100)).rows]

    newest_first = [duty.id for duty in reversed(duties)]
    assert found(DutyFilter()) == [*newest_first, sms.id]
    assert found(DutyFilter(topic=MINISTRY)) == newest_first
    assert found(DutyFilter(states=(DutyState.DONE, DutyState.PARKED))) == [duties[1].id]
    assert found(DutyFilter(business_date=TOMORROW)) == [sms.id]
    assert found(DutyFilter(topic=Topic.SMS, business_date=DAY)) == []


def test_duties_are_looked_up_by_id(storage: Storage, readers: Readers) -> None:
    one, two = a_duty(), a_duty(revision=2)
    owe(storage, one, two)
    assert readers.exchange.duties_by_id([two.id, an_id("nothing")]) == {two.id: row(readers, two)}
    assert set(readers.exchange.duties_by_id([one.id, two.id])) == {one.id, two.id}


def test_the_ledger_counts_states_by_topic_and_day(storage: Storage, readers: Readers) -> None:
    done = a_duty("成")
    owe(storage, done, a_duty("一"), a_duty("二"), a_duty("三", day=TOMORROW), a_duty("四", topic=Topic.SMS))
    finish(storage, done, DutyState.DONE)
    counts = readers.exchange.duty_counts(MINISTRY, DAY, TOMORROW)
    assert {(c.topic, c.business_date): {state: n for state, n in c.counts.items() if n} for c in counts} == {
        (MINISTRY, DAY): {DutyState.DONE: 1, DutyState.PENDING: 2},
        (MINISTRY, TOMORROW): {DutyState.PENDING: 1},
    }
    assert [c.business_date for c in readers.exchange.duty_counts(MINISTRY, DAY, DAY)] == [DAY]


def test_overdue_ones_are_pending_and_due_by_now(storage: Storage, readers: Readers) -> None:
    done = a_duty("成")
    owe(storage, done, a_duty("一"), a_duty("二", due=LATER), a_duty("三", topic=Topic.SMS))
    finish(storage, done, DutyState.DONE)
    assert readers.exchange.overdue(MINISTRY, NOW - timedelta(microseconds=1)) == 0
    assert readers.exchange.overdue(MINISTRY, NOW) == 1
    assert readers.exchange.overdue(MINISTRY, LATER) == 2


def test_every_field_of_an_attempt_comes_back_newest_first(storage: Storage, readers: Readers) -> None:
    answered = Attempt(
        id=an_id("attempt", 1),
        topic=MINISTRY,
        message_id="msg-1",
        at=NOW + timedelta(microseconds=1),
        took_ms=123,
        http_status=200,
        code="0",
        sentence="成功",
        sent=20,
        accepted=19,
        refused=1,
    )
    unanswered = replace(answered, id=an_id("attempt", 2), at=NOW, http_status=None, topic=Topic.SMS)
    with storage.work(SYSTEM) as work:
        work.outbox.log(unanswered)
        work.outbox.log(answered)
        work.commit()
    assert list(readers.exchange.attempts(None, Page(10)).rows) == [answered, unanswered]
    assert list(readers.exchange.attempts(Topic.SMS, Page(10)).rows) == [unanswered]
