"""Receiving from the ministry: every message is kept, every record judged, and repetitions have no effect."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from yanbao.adapters.memory.inbox import MemoryInbox
from yanbao.application.ports.inbound import Delivery, DeliveryAnswer
from yanbao.domain.exchange.duty import DutyState, Topic
from yanbao.domain.exchange.inbound import InboundKind, MessageOutcome, RecordFault, RecordState
from yanbao.domain.refusals import Conflict

from ...support.builders import PUCHENG, a_credit_code, an_enterprise
from ...support.inbound import (
    PATROL,
    SPOT_CHECK,
    Receiving,
    a_delivery,
    a_patrol,
    a_receiving,
    a_spot_check,
    a_warning,
)
from ...support.world import PROVINCE_DUTY

ELSEWHERE = "430121"
"""A county of Hunan."""


def faults(answer: DeliveryAnswer) -> list[RecordFault | None]:
    return [one.fault for one in answer.records]


def alarms(world: Receiving) -> list[str]:
    return [message.title for message in world.messages(PROVINCE_DUTY)]


def a_foreign_code(name: str = "浏阳花炮厂") -> str:
    """A credit code that was registered in Hunan."""
    return a_credit_code(name).replace("610000", ELSEWHERE, 1)


def test_a_message_is_kept_as_it_arrived_and_its_records_wait_for_the_worker() -> None:
    world = a_receiving()
    delivery = a_delivery(a_warning("W-1"), a_warning("W-2"), id="M-7", nonce="n-7")
    (answer,) = world.receive(delivery)
    assert (answer.message_id, faults(answer), answer.repeated) == ("M-7", [None, None], False)
    (kept,) = world.inbox()
    assert (kept.raw, kept.nonce, kept.message_id) == (delivery.raw, "n-7", "M-7")
    assert (kept.headers, kept.outcome) == ({"x-nonce": "n-7"}, MessageOutcome.READ)
    assert [(one.external_id, one.state) for one in world.records()] == [
        ("W-1", RecordState.PENDING),
        ("W-2", RecordState.PENDING),
    ]
    assert [(duty.id, duty.object_key) for duty in world.inbound_duties()] == [
        (world.record("W-1").id, "WARNING|W-1"),
        (world.record("W-2").id, "WARNING|W-2"),
    ]
    assert world.system.doorbell.rung == [Topic.MINISTRY_INBOUND.value]


def test_nothing_is_received_without_messages() -> None:
    world = a_receiving()
    assert world.receive() == []
    assert world.inbox() == []


@pytest.mark.parametrize(
    "again",
    [
        a_delivery(a_warning(), id="M-1", nonce="n-1"),
        a_delivery(a_warning(), id="M-1", nonce="n-2", sent_at="later"),
        a_delivery(a_warning(), id="M-1"),
    ],
    ids=["the same bytes", "a new nonce and time", "polled"],
)
def test_a_repetition_gets_the_first_answer_and_has_no_effect(again: Delivery) -> None:
    world = a_receiving()
    (first,) = world.receive(a_delivery(a_warning(), id="M-1", nonce="n-1"))
    world.process()
    before = world.state
    (second,) = world.after(timedelta(minutes=1)).receive(again)
    assert second == replace(first, repeated=True)
    for table in ("inbox_messages", "inbox_records", "duties", "alerts", "messages"):
        assert dict(getattr(world.state, table)) == dict(getattr(before, table)), table


def test_a_repetition_of_refusals_tells_them_again() -> None:
    world = a_receiving()
    delivery = a_delivery(a_warning(level="PURPLE"), a_warning("W-2"), nonce="n-1")
    (first,), (second,) = world.receive(delivery), world.receive(delivery)
    assert second == replace(first, repeated=True)
    assert faults(second) == [RecordFault.UNKNOWN_CODE, None]
    assert second.records[0].sentence == "level“PURPLE”不在代码表内"


@pytest.mark.parametrize(
    "other",
    [
        a_delivery(a_warning(level="RED"), id="M-1", nonce="n-2"),
        a_delivery(a_warning("W-9"), id="M-9", nonce="n-1"),
        Delivery(InboundKind.WARNING, "n-1", {}, b"\xff not JSON"),
        a_delivery(a_patrol(), id="M-9", nonce="n-1", kind=PATROL),
    ],
    ids=["same message id", "same nonce", "same nonce, unreadable", "same nonce, another kind"],
)
def test_other_content_under_a_number_that_came_before_is_kept_and_not_taken(other: Delivery) -> None:
    world = a_receiving()
    world.receive(a_delivery(a_warning(), id="M-1", nonce="n-1"))
    for _ in range(3):
        (answer,) = world.receive(other)
        assert answer.conflicting and answer.records == ()
    assert [one.outcome for one in world.inbox()].count(MessageOutcome.CONFLICTING) == 1
    assert [one.raw for one in world.inbox() if one.outcome is MessageOutcome.CONFLICTING] == [other.raw]
    assert [one.external_id for one in world.records()] == ["W-1"]
    assert alarms(world) == ["部级平台的报文编号重复而内容不同"]


def test_numbers_of_messages_count_for_each_kind_by_itself() -> None:
    world = a_receiving()
    told = world.receive(a_delivery(a_warning(), id="M-1"), a_delivery(a_patrol(), id="M-1", kind=PATROL))
    assert [one.conflicting for one in told] == [False, False]


def test_one_group_is_received_like_one_message_after_the_other() -> None:
    world = a_receiving()
    first = a_delivery(a_warning(), id="M-1", nonce="n-1")
    told = world.receive(
        first,
        first,
        a_delivery(a_warning(), id="M-1", nonce="n-2", sent_at="later"),
        a_delivery(a_warning("W-2"), id="M-1", nonce="n-3"),
        a_delivery(a_warning("W-3"), a_warning("W-4"), id="M-2", nonce="n-4"),
    )
    assert [(one.repeated, one.conflicting) for one in told] == [
        (False, False),
        (True, False),
        (True, False),
        (False, True),
        (False, False),
    ]
    assert [one.external_id for one in world.records()] == ["W-1", "W-3", "W-4"]
    assert len(world.inbox()) == 3


@pytest.mark.parametrize("nonce", ["n-1", None])
def test_an_unreadable_message_is_kept_whole_once_and_the_province_is_told(nonce: str | None) -> None:
    world = a_receiving()
    raw = b'{"datas": "\xff\x00'
    for repeated in (False, True):
        (answer,) = world.receive(Delivery(InboundKind.WARNING, nonce, {}, raw))
        assert answer.unreadable is not None and answer.unreadable.startswith("not JSON of ours")
        assert (answer.message_id, answer.repeated) == (None, repeated)
    (kept,) = world.inbox()
    assert (kept.raw, kept.outcome) == (raw, MessageOutcome.UNREADABLE)
    assert alarms(world) == ["部级平台的报文不能识别"]


def test_a_record_without_a_name_is_refused_and_kept_beside_the_others() -> None:
    world = a_receiving()
    answer = world.send(a_warning(""), a_warning(), a_warning(""))
    assert faults(answer) == [RecordFault.MISSING, None, RecordFault.MISSING]
    unnamed = [one for one in world.records() if not one.external_id]
    assert [(one.state, one.version, one.sentence) for one in unnamed] == [
        (RecordState.REFUSED, 0, "id为空")
    ] * 2


def test_a_refused_record_may_come_again_put_right_with_the_same_version() -> None:
    world = a_receiving()
    assert faults(world.send(a_warning(level="PURPLE"))) == [RecordFault.UNKNOWN_CODE]
    assert faults(world.send(a_warning(level="PURPLE"))) == [RecordFault.UNKNOWN_CODE]
    assert faults(world.send(a_warning(level="RED"))) == [None]
    assert [one.state for one in world.records()] == [RecordState.REFUSED, RecordState.PENDING]


@pytest.mark.parametrize(
    ("record", "fault"),
    [
        (a_warning("x" * 65), RecordFault.TOO_LONG),
        (a_warning("W-\0"), RecordFault.MALFORMED),
        (a_warning("W-\ud800"), RecordFault.MALFORMED),
        (a_warning(version=0), RecordFault.MALFORMED),
        (a_warning(version=2**63), RecordFault.MALFORMED),
        (a_warning() | {"break": True}, RecordFault.MALFORMED),
        ({"id": "W-1"}, RecordFault.MALFORMED),
        ({"id": ["W-1"], "version": {}}, RecordFault.MALFORMED),
    ],
)
def test_whatever_a_record_holds_it_is_refused_by_itself(record: dict[str, Any], fault: RecordFault) -> None:
    world = a_receiving()
    assert faults(world.send(record, a_warning("W-2"))) == [fault, None]
    assert [one.state for one in world.records() if one.external_id == "W-2"] == [RecordState.PENDING]


@pytest.mark.parametrize(
    "body",
    [
        {"id": "M-1", "records": ["text", 7]},
        {"id": 7, "records": []},
        {"id": "", "records": []},
        {"id": "x" * 201, "records": []},
        {"id": "M\0", "records": []},
        {"id": "M-1", "records": 5},
        [1, 2],
    ],
)
def test_whatever_a_message_holds_it_is_kept(body: Any) -> None:
    world = a_receiving()
    raw = json.dumps(body).encode()
    (answer,) = world.receive(Delivery(InboundKind.WARNING, "n-1", {}, raw))
    assert [one.raw for one in world.inbox()] == [raw]
    assert answer.unreadable is not None or set(faults(answer)) == {RecordFault.MALFORMED}


def test_the_same_version_is_taken_without_effect_and_other_content_of_it_is_refused() -> None:
    world = a_receiving()
    world.send(a_warning())
    assert faults(world.send(a_warning())) == [None]
    assert len(world.records()) == 1 and alarms(world) == []
    assert faults(world.send(a_warning(level="RED"))) == [RecordFault.CONFLICTING]
    assert [one.state for one in world.records()] == [RecordState.PENDING, RecordState.REFUSED]
    assert alarms(world) == ["部级平台同一版本的记录内容不同"]


def test_an_older_version_is_recorded_and_not_used() -> None:
    world = a_receiving()
    world.send(a_warning(version=20261124093000))
    assert faults(world.send(a_warning(version=20261124092959))) == [None]
    assert [(one.version, one.state) for one in world.records()] == [
        (20261124092959, RecordState.IGNORED),
        (20261124093000, RecordState.PENDING),
    ]
    assert len(world.inbound_duties()) == 1


def test_two_versions_in_one_message_are_processed_in_their_order() -> None:
    world = a_receiving()
    world.send(a_warning(version=1), a_warning(version=2, level="RED"))
    world.process()
    assert [one.state for one in world.records()] == [RecordState.APPLIED] * 2
    assert [entry.level.value for entry in world.alert().timeline] == ["ORANGE", "RED"]


def test_of_two_provinces_in_one_message_ours_is_taken_and_the_other_refused() -> None:
    world = a_receiving()
    answer = world.send(
        a_patrol("P-1"),
        a_patrol("P-2", area=ELSEWHERE),
        a_patrol("P-3", area=PUCHENG),
        a_patrol("P-4", area="110101"),
        kind=PATROL,
    )
    outside = RecordFault.OUTSIDE_PROVINCE
    assert faults(answer) == [None, outside, None, outside]
    assert answer.records[1].sentence == f"不属于本省：区域代码{ELSEWHERE}，企业代码未填"
    assert [one.state for one in world.records()] == [
        RecordState.PENDING,
        RecordState.REFUSED,
        RecordState.PENDING,
        RecordState.REFUSED,
    ]


UNKNOWN = an_enterprise("无名花炮厂")


@pytest.mark.parametrize(
    ("record", "fault"),
    [
        (a_warning(), None),
        (a_warning(area=None), None),
        (a_warning(area="610199"), None),
        (a_warning(area=ELSEWHERE), RecordFault.OUTSIDE_PROVINCE),
        (a_warning(area=None, company=a_foreign_code()), RecordFault.OUTSIDE_PROVINCE),
        (a_warning(company=a_foreign_code()), RecordFault.UNKNOWN_ENTERPRISE),
        (a_warning(of=UNKNOWN), RecordFault.UNKNOWN_ENTERPRISE),
        (a_warning(of=UNKNOWN, area=None), RecordFault.UNKNOWN_ENTERPRISE),
    ],
)
def test_where_a_warning_belongs(record: dict[str, Any], fault: RecordFault | None) -> None:
    world = a_receiving()
    answer = world.send(record)
    refused = fault is RecordFault.OUTSIDE_PROVINCE
    assert faults(answer) == [fault if refused else None]
    state = RecordState.REFUSED if refused else RecordState.QUARANTINED if fault else RecordState.PENDING
    assert (world.record("W-1").state, world.record("W-1").fault) == (state, fault)
    assert (alarms(world) == ["部级平台下发的数据待人工处置"]) is (state is RecordState.QUARANTINED)


@pytest.mark.parametrize(
    ("area", "fault"),
    [
        ("610115", None),
        ("610115001000", None),
        ("610403", None),
        ("611100", None),
        ("610188", RecordFault.UNKNOWN_AREA),
    ],
)
def test_where_a_patrol_problem_belongs(area: str, fault: RecordFault | None) -> None:
    world = a_receiving()
    assert faults(world.send(a_patrol(area=area), kind=PATROL)) == [None]
    assert world.record("P-1").fault is fault
    assert world.record("P-1").area_code == area[:6]


def test_a_spot_check_of_an_enterprise_that_nobody_knows_is_quarantined() -> None:
    world = a_receiving()
    assert faults(world.send(a_spot_check(of=UNKNOWN), kind=SPOT_CHECK)) == [None]
    record = world.record("S-1")
    assert (record.state, record.company_code) == (RecordState.QUARANTINED, UNKNOWN.credit_code.text)
    assert record.sentence == f"企业{UNKNOWN.credit_code.text}不在档案中"
    assert world.inbound_duties() == []


def test_many_quarantined_records_of_an_hour_are_one_alarm_for_each_reason() -> None:
    world = a_receiving()
    for number in range(5):
        world.send(a_warning(f"W-{number}", of=UNKNOWN))
    world.send(a_patrol(area="610188"), kind=PATROL)
    assert len(alarms(world)) == 2
    world.after(timedelta(hours=1)).send(a_warning("W-9", of=UNKNOWN))
    assert len(alarms(world)) == 3


def test_a_later_version_of_what_is_handled_here_needs_no_code() -> None:
    world = a_receiving()
    world.send(a_warning())
    world.process()
    world.send(a_warning(version=2, level="RED", company=UNKNOWN.credit_code.text))
    assert world.record("W-1", 2).state is RecordState.PENDING
    world.process()
    assert world.alert().level.value == "RED"
    assert world.alert().addressee.name == "东风烟花厂"


def test_when_another_process_was_first_it_is_received_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have found nothing; the other one has committed meanwhile."""
    world = a_receiving()
    delivery, stored = a_delivery(a_warning(), nonce="n-1"), MemoryInbox.add_messages
    ahead: list[bool] = []

    def late(inbox: MemoryInbox, messages: Any) -> None:
        if messages and not ahead:
            ahead.append(True)
            raise Conflict("somebody was first")
        stored(inbox, messages)

    monkeypatch.setattr(MemoryInbox, "add_messages", late)
    (answer,) = world.receive(delivery)
    assert faults(answer) == [None] and len(world.inbox()) == 1
    monkeypatch.setattr(MemoryInbox, "add_messages", lambda inbox, messages: late_for_ever())
    with pytest.raises(Conflict):
        world.receive(a_delivery(a_warning("W-2"), id="M-2"))
    assert len(world.inbox()) == 1 and len(world.records()) == 1


def late_for_ever() -> None:
    raise Conflict("somebody was first")


def test_what_was_unreadable_is_taken_when_it_comes_again_and_can_be_read() -> None:
    world = a_receiving()
    delivery = a_delivery(a_warning(), nonce="n-1")
    reader = world.system.app.inbound._reader
    world.system.app.inbound._reader = _Blind()
    (first,) = world.receive(delivery)
    assert first.unreadable is not None
    world.system.app.inbound._reader = reader
    (second,) = world.receive(delivery)
    assert (second.unreadable, second.repeated, faults(second)) == (None, False, [None])
    (kept,) = world.inbox()
    assert (kept.outcome, kept.message_id) == (MessageOutcome.READ, "M-1")
    assert world.receive(delivery)[0].repeated
    world.process()
    assert [duty.state for duty in world.inbound_duties()] == [DutyState.DONE]


class _Blind:
    def message(self, kind: InboundKind, raw: bytes) -> Any:
        raise RecursionError("too deep")

    identity = problem = warning = message
