"""Taking duties back: what waits for its turn behind another duty of its object can be withdrawn before anybody sends it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest

from yanbao.application.access import SYSTEM
from yanbao.application.ports.exchange import Outcome
from yanbao.application.ports.readers import Readers
from yanbao.application.ports.work import Storage
from yanbao.domain.exchange.duty import Duty, DutyState, Topic

from ...support.builders import NOW, a_duty, an_id
from .outbox import LATER, MINISTRY, RUN_OUT, claim, ids, owe, row, settle


def an_item(number: int, *, of: str = "甲", due_in: timedelta = timedelta(0)) -> Duty:
    """One of several duties of an object that are of the same revision; those with higher numbers were made later."""
    return a_duty(f"第{number}件", of=of, created=NOW + timedelta(minutes=number), due=NOW + due_in)


def waiting_with(storage: Storage, duty: Duty) -> list[UUID]:
    with storage.work(SYSTEM) as work:
        return list(work.outbox.waiting_with(duty))


def take_back(storage: Storage, duties: Sequence[UUID]) -> frozenset[UUID]:
    with storage.work(SYSTEM) as work:
        taken = work.outbox.take_back(duties, code="MERGED", answer="已并入", at=LATER)
        work.commit()
    return taken


def test_of_the_same_revision_the_one_that_was_made_first_goes_first_and_alone(storage: Storage) -> None:
    items = [an_item(number, due_in=-timedelta(minutes=number)) for number in range(4)]
    owe(storage, *reversed(items))
    for item in items:
        (claimed,) = claim(storage)
        assert claimed.duty.id == item.id
        assert claim(storage) == []
        settle(storage, Outcome(claimed, DutyState.DONE))


def test_one_of_the_same_revision_that_is_not_due_yet_holds_up_nobody(storage: Storage) -> None:
    first, second = an_item(1, due_in=timedelta(hours=1)), an_item(2)
    owe(storage, first, second)
    assert ids(claim(storage)) == [second.id]
    assert claim(storage, now=NOW + timedelta(hours=1)) != [], "the older one has become due"


def test_what_waits_behind_a_duty_is_known_in_its_order_be_it_due_or_not(storage: Storage) -> None:
    first, second, third = an_item(1), an_item(2, due_in=timedelta(hours=5)), an_item(3)
    owe(storage, third, second, first, an_item(1, of="乙"), a_duty("别的", of="甲", topic=Topic.SMS))
    (claimed, _) = claim(storage)
    assert claimed.duty.id == first.id
    assert waiting_with(storage, claimed.duty) == [second.id, third.id]
    assert waiting_with(storage, second) == [third.id], "the first is in somebody's hands"


def test_what_is_taken_back_is_dropped_with_its_reason_and_never_given_out(
    storage: Storage, readers: Readers
) -> None:
    first, second, third = (an_item(number) for number in range(3))
    owe(storage, first, second, third)
    (claimed,) = claim(storage)
    assert take_back(storage, [third.id, second.id, third.id]) == {second.id, third.id}
    settle(storage, Outcome(claimed, DutyState.DONE))
    assert claim(storage, now=LATER) == []
    for duty in (second, third):
        found = row(readers, duty)
        assert (found.state, found.answer_code, found.answer) == (DutyState.DROPPED, "MERGED", "已并入")
        assert (found.settled_at, found.sent_at, found.attempts) == (LATER, None, 0)


@pytest.mark.parametrize("state", [state for state in DutyState if state is not DutyState.PENDING])
def test_what_is_settled_is_not_taken_back(storage: Storage, readers: Readers, state: DutyState) -> None:
    item = an_item(1)
    owe(storage, item)
    (claimed,) = claim(storage)
    settle(storage, Outcome(claimed, state, code="c"))
    assert waiting_with(storage, an_item(2)) == []
    assert take_back(storage, [item.id, an_id("nothing")]) == frozenset()
    assert (row(readers, item).state, row(readers, item).answer_code) == (state, "c")
    assert take_back(storage, []) == frozenset()


@pytest.mark.parametrize("lease", [timedelta(minutes=2), RUN_OUT], ids=["on lease", "lease has run out"])
def test_what_somebody_has_taken_up_is_not_taken_back_for_it_may_have_been_sent(
    storage: Storage, lease: timedelta
) -> None:
    item = an_item(1)
    owe(storage, item)
    (claimed,) = claim(storage, lease=lease)
    assert waiting_with(storage, an_item(2)) == []
    assert take_back(storage, [item.id]) == frozenset()
    assert settle(storage, Outcome(claimed, DutyState.DONE)) == 1


def test_what_was_given_back_to_be_tried_again_is_taken_back(storage: Storage) -> None:
    item = an_item(1)
    owe(storage, item)
    (claimed,) = claim(storage)
    settle(storage, Outcome(claimed, DutyState.PENDING, due_at=LATER))
    assert waiting_with(storage, an_item(2)) == [item.id]
    assert take_back(storage, [item.id]) == {item.id}
    assert settle(storage, Outcome(claimed, DutyState.DONE)) == 0


def test_taking_back_that_is_rolled_back_changes_nothing(storage: Storage) -> None:
    item = an_item(1)
    owe(storage, item)
    with storage.work(SYSTEM) as work:
        assert work.outbox.take_back([item.id], code="MERGED", answer="", at=NOW) == {item.id}
    assert ids(claim(storage)) == [item.id]


def test_of_many_who_claim_and_take_back_at_once_each_duty_falls_to_exactly_one(storage: Storage) -> None:
    items = [an_item(number, of=of) for number in range(12) for of in "甲乙丙"]
    owe(storage, *items)

    def work_off(_: int) -> list[UUID]:
        mine: list[UUID] = []
        while claims := claim(storage, topic=MINISTRY, limit=2):
            for claimed in claims:
                mine.append(claimed.duty.id)
                mine += take_back(storage, waiting_with(storage, claimed.duty)[:4])
                settle(storage, Outcome(claimed, DutyState.DONE))
        return mine

    with ThreadPoolExecutor(4) as pool:
        fallen = [id for mine in pool.map(work_off, range(4)) for id in mine]
    fallen += work_off(0)
    assert sorted(fallen) == sorted(item.id for item in items)
