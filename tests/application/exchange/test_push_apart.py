"""A record for which the ministry refuses whole messages keeps no other from going up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from uuid import UUID

import pytest

from yanbao.application.exchange import pushes
from yanbao.application.exchange.pushes import MOST_FAILED_APART, SUSPECT_AFTER
from yanbao.application.ports.exchange import OutboundRecord, PushAnswer, PushFailed, RecordKind
from yanbao.domain.directory.organisation import Role
from yanbao.domain.exchange.duty import LONGEST_BACKOFF, Duty, DutyState

from ...support.builders import DAY, a_person, an_enterprise
from ...support.world import DONGFENG, World, a_world
from .pushing import attempts, corrected, crowd, push, pushed, states

ALL = 20


@pytest.fixture(autouse=True)
def _steady_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yanbao.application.exchange.pushes.random.random", lambda: 0.0)


Push = Callable[[RecordKind, Sequence[OutboundRecord]], PushAnswer]


class Choking:
    """A ministry that refuses every message in which one of these records is, and remembers how large each was."""

    def __init__(self, push: Push, ids: set[UUID], *, status: int = 200) -> None:
        self._push = push
        self.ids = ids
        self.status = status
        self.sizes: list[int] = []

    def __call__(self, kind: RecordKind, records: Sequence[OutboundRecord]) -> PushAnswer:
        self.sizes.append(len(records))
        if any(record.id in self.ids for record in records):
            raise PushFailed("the whole message was refused", message_id="1", answered=self.status)
        return self._push(kind, records)


def choking(
    monkeypatch: pytest.MonkeyPatch, world: World, duties: Sequence[Duty], *, status: int = 200
) -> Choking:
    ministry = Choking(world.system.ministry.push, {duty.id for duty in duties}, status=status)
    monkeypatch.setattr(world.system.ministry, "push", ministry)
    return ministry


def next_push(world: World) -> None:
    """As soon as everything that still waits is due again."""
    push(world)
    world.after(LONGEST_BACKOFF)


@pytest.mark.parametrize("status", [200, 400, 500])
def test_the_others_go_up_and_the_one_is_tried_for_ever(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    world = crowd(ALL)
    guilty, *innocent = world.duties()
    ministry = choking(monkeypatch, world, [guilty], status=status)
    for _ in range(SUSPECT_AFTER - 1):
        next_push(world)
    assert states(world) == [DutyState.PENDING] * ALL
    next_push(world)
    assert len(world.system.ministry.current(DAY)) == len(innocent)
    (waiting,) = [duty for duty in world.duties() if duty.state is DutyState.PENDING]
    assert (waiting.id, waiting.attempts, waiting.answer) == (
        guilty.id,
        SUSPECT_AFTER,
        "the whole message was refused",
    )
    ministry.ids.clear()
    next_push(world)
    assert set(states(world)) == {DutyState.DONE}


def test_newcomers_go_up_together_beside_one_that_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    firms = [an_enterprise(f"第{n}厂") for n in range(ALL - 1)]
    heads = [a_person(f"厂长{n}", Role.ENTERPRISE_HEAD, of=of) for n, of in enumerate(firms)]
    world = a_world(enterprises=[DONGFENG, *firms]).settle(*heads)
    world.submit()
    ministry = choking(monkeypatch, world.at("12:00"), world.duties())
    for _ in range(SUSPECT_AFTER):
        next_push(world)
    for head, of in zip(heads, firms, strict=True):
        world.submit(head, of)
    ministry.sizes.clear()
    next_push(world.at("12:30"))
    assert ministry.sizes == [ALL, ALL - 1, 1]
    assert len(world.system.ministry.current(DAY)) == ALL - 1


def test_even_many_guilty_ones_hold_up_nobody_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    world = crowd(ALL)
    guilty = world.duties()[: ALL // 2]
    choking(monkeypatch, world, guilty)
    for _ in range(200):
        next_push(world)
    waiting = {duty.id for duty in world.duties() if duty.state is DutyState.PENDING}
    assert waiting == {duty.id for duty in guilty}


def test_an_outage_that_is_answered_costs_a_few_calls_more_and_no_more() -> None:
    world = crowd(ALL)
    world.system.ministry.fail_next(1000, answered=503)
    for _ in range(SUSPECT_AFTER - 1):
        next_push(world)
    before = len(pushed(world))
    next_push(world)
    assert len(pushed(world)) - before == 1 + MOST_FAILED_APART
    assert states(world) == [DutyState.PENDING] * ALL
    assert {duty.attempts for duty in world.duties()} == {SUSPECT_AFTER}


@pytest.mark.parametrize(
    "failure",
    [{"answered": None, "reason": "refused"}, {"answered": 503, "reason": "HTTP 503", "retry_after": 60.0}],
)
def test_who_is_not_there_or_asks_to_wait_is_not_called_again(failure: dict[str, object]) -> None:
    world = crowd(ALL)
    world.system.ministry.fail_next(1000, **failure)  # type: ignore[arg-type]
    for number in range(1, 2 * SUSPECT_AFTER):
        next_push(world)
        assert len(pushed(world)) == number


def test_pushing_apart_begins_no_call_in_the_second_half_of_the_lease(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = crowd(ALL)
    guilty, *_ = world.duties()
    ministry = choking(monkeypatch, world, [guilty])
    seconds = 0.0

    def slow() -> float:
        nonlocal seconds
        seconds += 10.0
        return seconds

    for _ in range(SUSPECT_AFTER - 1):
        next_push(world)
    ministry.sizes.clear()
    monkeypatch.setattr(pushes, "monotonic", slow)
    next_push(world)
    assert 1 < len(ministry.sizes) < 1 + ALL
    assert DutyState.DONE in states(world)


def test_every_call_stands_in_the_ledger(monkeypatch: pytest.MonkeyPatch) -> None:
    world = crowd(3)
    choking(monkeypatch, world, world.duties()[:1])
    for _ in range(SUSPECT_AFTER):
        next_push(world)
    together, alone, arrived = (3, 0, "NO_ANSWER"), (1, 0, "NO_ANSWER"), (1, 1, "0")
    kept = Counter((one.sent, one.accepted, one.code) for one in attempts(world))
    assert kept == {together: SUSPECT_AFTER, alone: 1, arrived: 2}


def test_a_newer_revision_still_waits_for_the_older_one(monkeypatch: pytest.MonkeyPatch) -> None:
    world = corrected()
    older = min(world.duties(), key=lambda duty: duty.revision)
    ministry = choking(monkeypatch, world, [older])
    for _ in range(SUSPECT_AFTER + 2):
        next_push(world)
    assert set(ministry.sizes) == {1}
    assert states(world) == [DutyState.PENDING] * 2 and world.system.ministry.current(DAY) == []
