"""What the port promises, told once and run on the twin and on HTTP to the stand-in in its own process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Protocol

import pytest

from yanbao.adapters.ministry.push import HttpMinistry
from yanbao.adapters.ministry.twin import TwinMinistry
from yanbao.application.ports.exchange import MinistryPlatform, OutboundRecord, PushAnswer, PushFailed

from .support import COMMITMENT, COMPANY, DAY, OTHER, Simulator, record

pytestmark = pytest.mark.process


class World(Protocol):
    """A platform, and how to trouble it and look into it."""

    ministry: MinistryPlatform

    def fail_next(self, times: int, retry_after: float) -> None: ...
    def lose_answers(self, times: int) -> None: ...
    def lose_next(self, times: int) -> None: ...
    def refuse(self, companies: Sequence[str], code: str, msg: str, times: int | None) -> None: ...
    def push_and_have_it_altered(self, records: Sequence[OutboundRecord]) -> PushAnswer: ...
    def current(self, day: date) -> list[dict[str, Any]]: ...


class TwinWorld:
    def __init__(self) -> None:
        self.ministry = TwinMinistry()

    def fail_next(self, times: int, retry_after: float) -> None:
        self.ministry.fail_next(times, retry_after=retry_after)

    def lose_answers(self, times: int) -> None:
        self.ministry.lose_answers(times)

    def lose_next(self, times: int) -> None:
        self.ministry.lose_next(times)

    def refuse(self, companies: Sequence[str], code: str, msg: str, times: int | None) -> None:
        self.ministry.refuse(companies, code=code, sentence=msg, times=times)

    def push_and_have_it_altered(self, records: Sequence[OutboundRecord]) -> PushAnswer:
        answer = self.ministry.push(COMMITMENT, records)
        for one in records:
            self.ministry.alter(one.id)
        return answer

    def current(self, day: date) -> list[dict[str, Any]]:
        return self.ministry.current(day)


class HttpWorld:
    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.ministry: HttpMinistry = simulator.ministry()

    def fail_next(self, times: int, retry_after: float) -> None:
        self.simulator.fault("http_503", times=times, retry_after=retry_after)

    def lose_answers(self, times: int) -> None:
        self.simulator.fault("drop_answer", times=times)

    def lose_next(self, times: int) -> None:
        self.simulator.fault("lose", times=times)

    def refuse(self, companies: Sequence[str], code: str, msg: str, times: int | None) -> None:
        self.simulator.refuse(companies, code, msg, times)

    def push_and_have_it_altered(self, records: Sequence[OutboundRecord]) -> PushAnswer:
        self.simulator.fault("alter")
        return self.ministry.push(COMMITMENT, records)

    def current(self, day: date) -> list[dict[str, Any]]:
        return [row["record"] for row in self.simulator.current(day)]


@pytest.fixture(params=["twin", "http"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    if request.param == "twin":
        yield TwinWorld()
        return
    over_http = HttpWorld(request.getfixturevalue("simulator"))
    yield over_http
    over_http.ministry.close()


def test_a_batch_is_accepted_and_held(world: World) -> None:
    records = [record(credit_code=f"91610500MA6Y0000{number:02}") for number in range(20)]
    answer = world.ministry.push(COMMITMENT, records)
    assert answer.accepted == {one.id for one in records}
    assert (answer.refused, answer.http_status, answer.code, answer.sentence) == ((), 200, "0", "成功")
    assert [row["companyCode"] for row in world.current(DAY)] == [one.facts["credit_code"] for one in records]


def test_receipts_carry_the_digest_of_what_was_sent(world: World) -> None:
    records = [record(), record(credit_code=OTHER), record(business_date="2026-11-23")]
    world.ministry.push(COMMITMENT, records)
    expected = {one.id: world.ministry.digest(COMMITMENT, one) for one in records[:2]}
    receipts = world.ministry.receipts(COMMITMENT, DAY)
    assert {one.id: one.digest for one in receipts} == expected
    assert [one.id for one in receipts] == sorted(expected)
    assert world.ministry.receipts(COMMITMENT, date(2026, 1, 1)) == []


def test_the_same_record_twice_is_held_once(world: World) -> None:
    first = world.ministry.push(COMMITMENT, [record()])
    again = world.ministry.push(COMMITMENT, [record()])
    assert first == again
    assert len(world.current(DAY)) == len(world.ministry.receipts(COMMITMENT, DAY)) == 1


def test_the_message_id_is_kept_over_a_retry_and_goes_with_the_composition(world: World) -> None:
    one, two = record(), record(credit_code=OTHER)
    ids = [
        world.ministry.push(COMMITMENT, batch).message_id for batch in ([one, two], [two, one], [one], [two])
    ]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


def test_the_highest_version_is_current_in_whatever_order_they_come(world: World) -> None:
    world.ministry.push(COMMITMENT, [record(revision=10, text="第十版"), record(revision=9, text="第九版")])
    world.ministry.push(COMMITMENT, [record(revision=2, text="第二版")])
    (row,) = world.current(DAY)
    assert (row["version"], row["commitContent"]) == (10, "第十版")
    assert len(world.ministry.receipts(COMMITMENT, DAY)) == 3


def test_a_failure_keeps_nothing_and_tells_the_servers_wish(world: World) -> None:
    world.fail_next(2, 17)
    for _ in range(2):
        with pytest.raises(PushFailed) as failed:
            world.ministry.push(COMMITMENT, [record()])
        assert (failed.value.answered, failed.value.retry_after) == (503, 17.0)
    assert world.current(DAY) == []
    answer = world.ministry.push(COMMITMENT, [record()])
    assert (answer.accepted, answer.message_id) == ({record().id}, failed.value.message_id)


def test_a_failure_meets_enquiries_too(world: World) -> None:
    world.fail_next(1, 3)
    with pytest.raises(PushFailed) as failed:
        world.ministry.receipts(COMMITMENT, DAY)
    assert failed.value.retry_after == 3.0
    assert world.ministry.receipts(COMMITMENT, DAY) == []


def test_a_lost_answer_is_a_failure_after_which_sending_again_is_harmless(world: World) -> None:
    world.lose_answers(1)
    with pytest.raises(PushFailed) as failed:
        world.ministry.push(COMMITMENT, [record()])
    assert failed.value.answered is None
    assert len(world.current(DAY)) == 1
    assert world.ministry.push(COMMITMENT, [record()]).accepted == {record().id}
    assert len(world.ministry.receipts(COMMITMENT, DAY)) == 1


def test_a_refused_record_does_not_hold_up_the_others(world: World) -> None:
    world.refuse([OTHER], "R105", "企业不在名录内", None)
    answer = world.ministry.push(COMMITMENT, [record(), record(credit_code=OTHER)])
    assert answer.accepted == {record().id}
    (refusal,) = answer.refused
    assert (refusal.code, refusal.sentence, refusal.may_succeed_later) == ("R105", "企业不在名录内", False)
    assert refusal.id == record(credit_code=OTHER).id
    again = world.ministry.push(COMMITMENT, [record(credit_code=OTHER)])
    assert (again.accepted, [one.code for one in again.refused]) == (frozenset(), ["R105"])


@pytest.mark.parametrize("code", ["R501", "X999"])
def test_a_passing_or_unknown_refusal_may_succeed_later_and_does(world: World, code: str) -> None:
    world.refuse([COMPANY], code, "稍后重试", 1)
    (refusal,) = world.ministry.push(COMMITMENT, [record()]).refused
    assert (refusal.code, refusal.may_succeed_later) == (code, True)
    assert world.ministry.push(COMMITMENT, [record()]).accepted == {record().id}


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"credit_code": "91610500MA6Y00000"}, "R102", "companyCode"),
        ({"credit_code": "91610500MA6Y00000I"}, "R102", "companyCode"),
        ({"region_code": "6105"}, "R102", "areaCode"),
        ({"promiser": ""}, "R101", "commitment"),
    ],
)
def test_a_record_that_breaks_their_rules_is_refused_for_good(
    world: World, change: dict[str, str], code: str, field: str
) -> None:
    good = record(credit_code=OTHER)
    answer = world.ministry.push(COMMITMENT, [record(**change), good])
    assert answer.accepted == {good.id}
    (refusal,) = answer.refused
    assert (refusal.code, refusal.may_succeed_later) == (code, False)
    assert field in refusal.sentence


def test_a_record_that_cannot_be_translated_is_refused_and_the_rest_is_sent(world: World) -> None:
    bad = record(credit_code=OTHER, text="安" * 2001)
    answer = world.ministry.push(COMMITMENT, [bad, record()])
    assert answer.accepted == {record().id}
    assert [(one.id, one.code, one.may_succeed_later) for one in answer.refused] == [
        (bad.id, "UNTRANSLATABLE", False)
    ]
    alone = world.ministry.push(COMMITMENT, [bad])
    assert (alone.http_status, alone.accepted, len(alone.refused)) == (0, frozenset(), 1)
    assert [row["companyCode"] for row in world.current(DAY)] == [COMPANY]


def test_a_silent_loss_shows_in_the_receipts_and_is_mended_by_sending_again(world: World) -> None:
    world.lose_next(1)
    assert world.ministry.push(COMMITMENT, [record()]).accepted == {record().id}
    assert world.ministry.receipts(COMMITMENT, DAY) == []
    world.ministry.push(COMMITMENT, [record()])
    assert [one.id for one in world.ministry.receipts(COMMITMENT, DAY)] == [record().id]


def test_a_silent_change_shows_in_the_digest_and_is_mended_by_sending_again(world: World) -> None:
    expected = world.ministry.digest(COMMITMENT, record())
    assert world.push_and_have_it_altered([record()]).accepted == {record().id}
    assert [one.digest == expected for one in world.ministry.receipts(COMMITMENT, DAY)] == [False]
    world.ministry.push(COMMITMENT, [record()])
    assert [one.digest for one in world.ministry.receipts(COMMITMENT, DAY)] == [expected]


def test_a_deleted_commitment_stays_as_one_that_is_marked(world: World) -> None:
    world.ministry.push(COMMITMENT, [record(), record(revision=2, deleted=True)])
    assert [(row["version"], row["deleted"]) for row in world.current(DAY)] == [(2, "1")]


def test_a_batch_has_a_size(world: World) -> None:
    assert world.ministry.batch_size == 20
    with pytest.raises(ValueError, match="1 to 20"):
        world.ministry.push(COMMITMENT, [record(revision=number) for number in range(1, 22)])
    with pytest.raises(ValueError, match="1 to 20"):
        world.ministry.push(COMMITMENT, [])
