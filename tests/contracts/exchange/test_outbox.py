"""The outbox: what is due is claimed in order, on lease, by one at a time; outcomes count only with a current fence."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, timedelta
from uuid import UUID

import pytest

from yanbao.application.access import SYSTEM
from yanbao.application.ports.exchange import DutyFilter, Outcome
from yanbao.application.ports.paging import Page
from yanbao.application.ports.readers import Readers
from yanbao.application.ports.work import Storage
from yanbao.domain.exchange.duty import MOST_CRASHES, DutyState, Topic

from ...support.builders import NOW, a_duty
from .outbox import LATER, LEASE, MINISTRY, RUN_OUT, TOMORROW, claim, finish, ids, owe, row, settle

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
    current = claim(storage) + claim(storage)
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


def test_a_claim_is_filled_up_where_some_are_parked(storage: Storage) -> None:
    poison = [a_duty(f"毒{n}", due=NOW - timedelta(hours=1)) for n in range(2)]
    healthy = [a_duty(f"好{n}", due=NOW - timedelta(minutes=n)) for n in range(3)]
    owe(storage, *poison)
    assert len(claim(storage, lease=RUN_OUT)) == 2
    for _ in range(2 * (MOST_CRASHES - 1)):
        assert len(claim(storage, lease=RUN_OUT)) == 1
    owe(storage, *healthy)
    assert ids(claim(storage, limit=2)) == [healthy[2].id, healthy[1].id]
    assert ids(claim(storage, limit=2)) == [healthy[0].id]


def test_what_waited_for_one_that_is_parked_is_in_the_same_claim(storage: Storage) -> None:
    second = a_duty("承诺", of="甲", revision=2)
    owe(storage, a_duty("承诺", of="甲", revision=1))
    for _ in range(MOST_CRASHES):
        claim(storage, lease=RUN_OUT)
    owe(storage, second)
    assert ids(claim(storage)) == [second.id]
