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


class Rig(Protocol):
    """A platform, and how to trouble it and look into it."""

    ministry: MinistryPlatform

    def fail_next(self, times: int, retry_after: float) -> None: ...
    def lose_answers(self, times: int) -> None: ...
    def lose_next(self, times: int) -> None: ...
    def refuse(self, companies: Sequence[str], code: str, msg: str, times: int | None) -> None: ...
    def push_and_have_it_altered(self, records: Sequence[OutboundRecord]) -> PushAnswer: ...
    def current(self, day: date) -> list[dict[str, Any]]: ...


class TwinRig:
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


class HttpRig:
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
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    if request.param == "twin":
        yield TwinRig()
        return
    over_http = HttpRig(request.getfixturevalue("simulator"))
    yield over_http
    over_http.ministry.close()


def test_a_batch_is_accepted_and_held(rig: Rig) -> None:
    records = [record(credit_code=f"91610500MA6Y0000{number:02}") for number in range(20)]
    answer = rig.ministry.push(COMMITMENT, records)
    assert answer.accepted == {one.id for one in records}
    assert (answer.refused, answer.http_status, answer.code, answer.sentence) == ((), 200, "0", "成功")
    assert [row["companyCode"] for row in rig.current(DAY)] == [one.facts["credit_code"] for one in records]


def test_receipts_carry_the_digest_of_what_was_sent(rig: Rig) -> None:
    records = [record(), record(credit_code=OTHER), record(business_date="2026-11-23")]
    rig.ministry.push(COMMITMENT, records)
    expected = {one.id: rig.ministry.digest(COMMITMENT, one) for one in records[:2]}
    receipts = rig.ministry.receipts(COMMITMENT, DAY)
    assert {one.id: one.digest for one in receipts} == expected
    assert [one.id for one in receipts] == sorted(expected)
    assert rig.ministry.receipts(COMMITMENT, date(2026, 1, 1)) == []


def test_the_same_record_twice_is_held_once(rig: Rig) -> None:
    first = rig.ministry.push(COMMITMENT, [record()])
    again = rig.ministry.push(COMMITMENT, [record()])
    assert first == again
    assert len(rig.current(DAY)) == len(rig.ministry.receipts(COMMITMENT, DAY)) == 1


def test_the_message_id_is_kept_over_a_retry_and_goes_with_the_composition(rig: Rig) -> None:
    one, two = record(), record(credit_code=OTHER)
    ids = [
        rig.ministry.push(COMMITMENT, batch).message_id for batch in ([one, two], [two, one], [one], [two])
    ]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


def test_the_highest_version_is_current_in_whatever_order_they_come(rig: Rig) -> None:
    rig.ministry.push(COMMITMENT, [record(revision=10, text="第十版"), record(revision=9, text="第九版")])
    rig.ministry.push(COMMITMENT, [record(revision=2, text="第二版")])
    (row,) = rig.current(DAY)
    assert (row["version"], row["commitContent"]) == (10, "第十版")
    assert len(rig.ministry.receipts(COMMITMENT, DAY)) == 3


def test_a_failure_keeps_nothing_and_tells_the_servers_wish(rig: Rig) -> None:
    rig.fail_next(2, 17)
    for _ in range(2):
        with pytest.raises(PushFailed) as failed:
            rig.ministry.push(COMMITMENT, [record()])
        assert (failed.value.answered, failed.value.retry_after) == (503, 17.0)
    assert rig.current(DAY) == []
    answer = rig.ministry.push(COMMITMENT, [record()])
    assert (answer.accepted, answer.message_id) == ({record().id}, failed.value.message_id)


def test_a_failure_meets_enquiries_too(rig: Rig) -> None:
    rig.fail_next(1, 3)
    with pytest.raises(PushFailed) as failed:
        rig.ministry.receipts(COMMITMENT, DAY)
    assert failed.value.retry_after == 3.0
    assert rig.ministry.receipts(COMMITMENT, DAY) == []


def test_a_lost_answer_is_a_failure_after_which_sending_again_is_harmless(rig: Rig) -> None:
    rig.lose_answers(1)
    with pytest.raises(PushFailed) as failed:
        rig.ministry.push(COMMITMENT, [record()])
    assert failed.value.answered is None
    assert len(rig.current(DAY)) == 1
    assert rig.ministry.push(COMMITMENT, [record()]).accepted == {record().id}
    assert len(rig.ministry.receipts(COMMITMENT, DAY)) == 1


def test_a_refused_record_does_not_hold_up_the_others(rig: Rig) -> None:
    rig.refuse([OTHER], "R105", "企业不在名录内", None)
    answer = rig.ministry.push(COMMITMENT, [record(), record(credit_code=OTHER)])
    assert answer.accepted == {record().id}
    (refusal,) = answer.refused
    assert (refusal.code, refusal.sentence, refusal.may_succeed_later) == ("R105", "企业不在名录内", False)
    assert refusal.id == record(credit_code=OTHER).id
    again = rig.ministry.push(COMMITMENT, [record(credit_code=OTHER)])
    assert (again.accepted, [one.code for one in again.refused]) == (frozenset(), ["R105"])


@pytest.mark.parametrize("code", ["R501", "X999"])
def test_a_passing_or_unknown_refusal_may_succeed_later_and_does(rig: Rig, code: str) -> None:
    rig.refuse([COMPANY], code, "稍后重试", 1)
    (refusal,) = rig.ministry.push(COMMITMENT, [record()]).refused
    assert (refusal.code, refusal.may_succeed_later) == (code, True)
    assert rig.ministry.push(COMMITMENT, [record()]).accepted == {record().id}


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
    rig: Rig, change: dict[str, str], code: str, field: str
) -> None:
    good = record(credit_code=OTHER)
    answer = rig.ministry.push(COMMITMENT, [record(**change), good])
    assert answer.accepted == {good.id}
    (refusal,) = answer.refused
    assert (refusal.code, refusal.may_succeed_later) == (code, False)
    assert field in refusal.sentence


def test_a_record_that_cannot_be_translated_is_refused_and_the_rest_is_sent(rig: Rig) -> None:
    bad = record(credit_code=OTHER, text="安" * 2001)
    answer = rig.ministry.push(COMMITMENT, [bad, record()])
    assert answer.accepted == {record().id}
    assert [(one.id, one.code, one.may_succeed_later) for one in answer.refused] == [
        (bad.id, "UNTRANSLATABLE", False)
    ]
    alone = rig.ministry.push(COMMITMENT, [bad])
    assert (alone.http_status, alone.accepted, len(alone.refused)) == (0, frozenset(), 1)
    assert [row["companyCode"] for row in rig.current(DAY)] == [COMPANY]


def test_a_silent_loss_shows_in_the_receipts_and_is_mended_by_sending_again(rig: Rig) -> None:
    rig.lose_next(1)
    assert rig.ministry.push(COMMITMENT, [record()]).accepted == {record().id}
    assert rig.ministry.receipts(COMMITMENT, DAY) == []
    rig.ministry.push(COMMITMENT, [record()])
    assert [one.id for one in rig.ministry.receipts(COMMITMENT, DAY)] == [record().id]


def test_a_silent_change_shows_in_the_digest_and_is_mended_by_sending_again(rig: Rig) -> None:
    expected = rig.ministry.digest(COMMITMENT, record())
    assert rig.push_and_have_it_altered([record()]).accepted == {record().id}
    assert [one.digest == expected for one in rig.ministry.receipts(COMMITMENT, DAY)] == [False]
    rig.ministry.push(COMMITMENT, [record()])
    assert [one.digest for one in rig.ministry.receipts(COMMITMENT, DAY)] == [expected]


def test_a_deleted_commitment_stays_as_one_that_is_marked(rig: Rig) -> None:
    rig.ministry.push(COMMITMENT, [record(), record(revision=2, deleted=True)])
    assert [(row["version"], row["deleted"]) for row in rig.current(DAY)] == [(2, "1")]


def test_a_batch_has_a_size(rig: Rig) -> None:
    assert rig.ministry.batch_size == 20
    with pytest.raises(ValueError, match="1 to 20"):
        rig.ministry.push(COMMITMENT, [record(revision=number) for number in range(1, 22)])
    with pytest.raises(ValueError, match="1 to 20"):
        rig.ministry.push(COMMITMENT, [])
