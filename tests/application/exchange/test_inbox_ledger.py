"""The inbox as the province's people see it, and what they do with what waits there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from yanbao.application.access import SYSTEM
from yanbao.application.directory.directory import SaveEnterprise, SaveRegion
from yanbao.application.exchange.health import ALL_IS_WELL, HealthColour
from yanbao.application.exchange.inbox import AssignInboxRecord, Reprocessed, ReprocessInbox
from yanbao.application.ports.inbound import Delivery
from yanbao.application.ports.inbox import InboxMessageFilter, InboxRecordFilter
from yanbao.application.ports.paging import Page
from yanbao.domain.directory.organisation import Level, Person
from yanbao.domain.exchange.duty import MOST_CRASHES, DutyState, Topic
from yanbao.domain.exchange.inbound import InboundKind, MessageOutcome, RecordFault, RecordState
from yanbao.domain.problem.form import ministry_problem_id
from yanbao.domain.refusals import ActionNotAllowed, Forbidden, InvalidValue, NotFound, Refused

from ...support.builders import LINTONG, NOW, PUCHENG, XIAN, an_enterprise, an_id
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
from ...support.world import (
    AUDIT_ADMIN,
    CITY_DUTY,
    COUNTY_HEAD,
    DONGFENG,
    HEAD,
    HONGXING,
    INSPECTOR,
    PROVINCE_DUTY,
    PROVINCE_HEAD,
    SYSTEM_ADMIN,
    actions,
    entries,
)
from .test_inbound_processing import crash

UNKNOWN = an_enterprise("无名花炮厂")
LOST = a_warning(of=UNKNOWN)
GARBLED = b"\xff\x00 not JSON"


def assign(
    world: Receiving, record: Any, *, by: Person = PROVINCE_DUTY, key: str | None = None, **to: Any
) -> Any:
    return world.system.app.inbox.assign(world.actor(by), AssignInboxRecord(record.id, **to), key=key)


def reprocess(world: Receiving, *ids: Any, by: Person = PROVINCE_DUTY, key: str | None = None) -> Reprocessed:
    return world.system.app.inbox.reprocess(world.actor(by), ReprocessInbox(ids), key=key)


def garbled(world: Receiving, raw: bytes = GARBLED) -> Any:
    world.receive(Delivery(InboundKind.WARNING, "g-1", {}, raw))
    (kept,) = [one for one in world.inbox() if one.raw == raw]
    return kept


# ------------------------------------------------------------ assigning


def test_an_assigned_record_is_processed_for_that_enterprise_and_later_versions_follow_it() -> None:
    world = a_receiving()
    world.send(LOST)
    row = assign(world, world.record("W-1"), enterprise_id=HONGXING.id)
    assert (row.state, row.enterprise_id, row.fault) == (RecordState.PENDING, HONGXING.id, None)
    world.send(LOST | {"version": 2, "level": "RED"})
    assert world.record("W-1", 2).state is RecordState.PENDING
    world.process()
    assert (world.alert().addressee.enterprise_id, world.alert().level.value) == (HONGXING.id, "RED")
    assert [one.state for one in world.records()] == [RecordState.APPLIED] * 2


def test_all_quarantined_versions_of_one_warning_are_assigned_together() -> None:
    world = a_receiving()
    world.send(LOST)
    world.send(LOST | {"version": 2, "level": "RED"})
    assign(world, world.record("W-1", 2), enterprise_id=HONGXING.id)
    world.process()
    assert [entry.level.value for entry in world.alert().timeline] == ["ORANGE", "RED"]
    assert actions(world).count("InboxRecordAssigned") == 2


def test_a_patrol_problem_is_assigned_to_a_region() -> None:
    world = a_receiving()
    world.send(a_patrol(area="610188"), kind=PATROL)
    assign(world, world.record("P-1"), region_id=PUCHENG)
    world.process()
    assert world.state.problems[ministry_problem_id("P-1")].addressee.region_id == PUCHENG


def test_assigning_twice_with_one_key_is_once_and_without_a_key_refused() -> None:
    world = a_receiving()
    world.send(LOST)
    record = world.record("W-1")
    first = assign(world, record, enterprise_id=HONGXING.id, key="assign-0001")
    assert assign(world, record, enterprise_id=HONGXING.id, key="assign-0001") == first
    assert actions(world).count("InboxRecordAssigned") == 1
    with pytest.raises(ActionNotAllowed):
        assign(world, record, enterprise_id=DONGFENG.id)
    assert len(world.inbound_duties()) == 1


@pytest.mark.parametrize(
    ("kind", "record", "to", "refusal", "field"),
    [
        (InboundKind.WARNING, LOST, {}, InvalidValue, "enterpriseId"),
        (InboundKind.WARNING, LOST, {"region_id": LINTONG}, InvalidValue, "enterpriseId"),
        (InboundKind.WARNING, LOST, {"enterprise_id": an_id("nobody")}, NotFound, "enterpriseId"),
        (SPOT_CHECK, a_spot_check(of=UNKNOWN), {"region_id": XIAN}, InvalidValue, "enterpriseId"),
        (PATROL, a_patrol(area="610188"), {"enterprise_id": DONGFENG.id}, InvalidValue, "regionId"),
        (PATROL, a_patrol(area="610188"), {"region_id": "610999"}, NotFound, "regionId"),
    ],
)
def test_an_assignment_that_does_not_fit_is_refused(
    kind: InboundKind, record: Any, to: Any, refusal: type[Refused], field: str
) -> None:
    world = a_receiving()
    world.send(record, kind=kind)
    (kept,) = world.records()
    with pytest.raises(refusal) as refused:
        assign(world, kept, **to)
    assert refused.value.field == field
    assert world.records() == [kept]


def test_an_unknown_record_is_not_found() -> None:
    world = a_receiving()
    with pytest.raises(NotFound):
        world.system.app.inbox.assign(
            world.actor(PROVINCE_DUTY), AssignInboxRecord(an_id("nothing"), DONGFENG.id)
        )


# ------------------------------------------------------------ the directory


def test_a_new_enterprise_takes_its_quarantined_records_up_by_itself() -> None:
    world = a_receiving()
    world.send(LOST, a_warning("W-2", of=an_enterprise("另一家")))
    command = SaveEnterprise(
        None, UNKNOWN.credit_code.text, UNKNOWN.name, UNKNOWN.kind, LINTONG, "临潼区", UNKNOWN.workshops
    )
    id = world.system.app.directory.save_enterprise(world.actor(COUNTY_HEAD), command)
    assert [one.state for one in world.records()] == [RecordState.PENDING, RecordState.QUARANTINED]
    world.process()
    assert world.alert().addressee.enterprise_id == id


def test_a_new_region_takes_its_quarantined_records_up_by_itself() -> None:
    world = a_receiving()
    world.send(a_patrol(area="610118"), kind=PATROL)
    command = SaveRegion("610118", "鄠邑区", Level.COUNTY, XIAN)
    world.system.app.directory.save_region(SYSTEM, command)
    world.process()
    problem = world.state.problems[ministry_problem_id("P-1")]
    assert problem.addressee.region_id == "610118"


# ------------------------------------------------------------ processing again


def test_a_quarantined_record_that_is_processed_again_finds_what_is_there_now() -> None:
    world = a_receiving()
    world.send(LOST)
    world.settle(UNKNOWN)
    assert reprocess(world, world.record("W-1").id) == Reprocessed(1, 0)
    world.process()
    assert world.alert().addressee.name == UNKNOWN.name


def test_a_quarantined_record_that_still_belongs_to_nobody_is_quarantined_again() -> None:
    world = a_receiving()
    world.send(LOST)
    for _ in range(2):
        reprocess(world.after(timedelta(minutes=1)), world.record("W-1").id)
        world.process()
        record = world.record("W-1")
        assert (record.state, record.fault) == (RecordState.QUARANTINED, RecordFault.UNKNOWN_ENTERPRISE)
    (duty,) = world.inbound_duties()
    assert (duty.state, duty.answer_code) == (DutyState.DONE, "QUARANTINED")


def test_an_unreadable_message_is_read_again_and_its_records_taken() -> None:
    world = a_receiving()
    raw = a_delivery(a_warning(), LOST | {"id": "W-2"}, id="M-1").raw
    reader = world.system.app.inbound._reader
    world.system.app.inbound._reader = _Blind()  # type: ignore[assignment]
    kept = garbled(world, raw)
    world.system.app.inbound._reader = reader
    assert kept.outcome is MessageOutcome.UNREADABLE
    assert reprocess(world, kept.id) == Reprocessed(1, 0)
    (read,) = world.inbox()
    assert (read.outcome, read.message_id, read.raw) == (MessageOutcome.READ, "M-1", raw)
    world.process()
    assert [one.state for one in world.records()] == [RecordState.APPLIED, RecordState.QUARANTINED]
    assert world.receive(a_delivery(a_warning(), LOST | {"id": "W-2"}, id="M-1"))[0].repeated


class _Blind:
    def message(self, kind: InboundKind, raw: bytes) -> Any:
        raise RecursionError("too deep")


def test_what_came_again_meanwhile_is_not_taken_twice() -> None:
    world = a_receiving()
    reader = world.system.app.inbound._reader
    world.system.app.inbound._reader = _Blind()  # type: ignore[assignment]
    same = garbled(world, a_delivery(a_warning(), id="M-1").raw)
    world.receive(Delivery(InboundKind.WARNING, "g-2", {}, a_delivery(a_warning(level="RED"), id="M-1").raw))
    (other,) = [one for one in world.inbox() if one.id != same.id]
    world.system.app.inbound._reader = reader
    world.receive(a_delivery(a_warning(), id="M-1", sent_at="later"))
    assert reprocess(world, same.id, other.id) == Reprocessed(2, 0)
    outcomes = {one.id: one.outcome for one in world.inbox()}
    assert (outcomes[same.id], outcomes[other.id]) == (MessageOutcome.READ, MessageOutcome.CONFLICTING)
    assert len(world.records()) == 1


def test_what_is_still_unreadable_stays() -> None:
    world = a_receiving()
    kept = garbled(world)
    assert reprocess(world, kept.id) == Reprocessed(0, 1)
    assert world.inbox() == [kept]


def test_a_parked_record_is_processed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    world = a_receiving()
    world.send(a_warning())
    with monkeypatch.context() as patched:
        crash(patched, "W-1", ZeroDivisionError())
        for _ in range(MOST_CRASHES + 1):
            world.process()
            world.after(timedelta(minutes=10))
    assert [duty.state for duty in world.inbound_duties()] == [DutyState.PARKED]
    assert reprocess(world, world.record("W-1").id) == Reprocessed(1, 0)
    world.process()
    assert world.record("W-1").state is RecordState.APPLIED


def test_processing_again_is_once_for_each_key_and_audited() -> None:
    world = a_receiving()
    world.send(LOST)
    kept, record = garbled(world), world.record("W-1")
    told = [reprocess(world, record.id, kept.id, key="again-00001") for _ in range(2)]
    assert told == [Reprocessed(1, 1)] * 2
    noted = [entry for entry in entries(world) if entry.action == "InboxReprocessed"]
    assert sorted(entry.subject for entry in noted) == [
        f"InboxMessage:{kept.id}",
        f"InboxRecord:{record.id}",
    ]
    assert {entry.actor_name for entry in noted} == {PROVINCE_DUTY.name}


def test_only_what_waits_for_a_person_can_be_processed_again() -> None:
    world = a_receiving()
    world.send(a_warning(), a_warning("W-2", level="PURPLE"))
    waiting, refused = world.record("W-1"), world.record("W-2")
    (message,) = world.inbox()
    for ids in ([waiting.id], [refused.id], [message.id], [an_id("nothing")]):
        with pytest.raises(NotFound):
            reprocess(world, *ids)
    for ids in ([], [an_id(number) for number in range(501)]):
        with pytest.raises(InvalidValue):
            reprocess(world, *ids)


# ------------------------------------------------------------ seeing


def test_the_raw_message_is_for_the_province_and_each_reading_is_audited() -> None:
    world = a_receiving()
    kept = garbled(world)
    assert world.system.app.inbox.raw_message(world.actor(PROVINCE_DUTY), kept.id).raw == GARBLED
    (entry,) = [entry for entry in entries(world) if entry.action == "RawMessageRead"]
    assert (entry.subject, entry.actor_name) == (f"InboxMessage:{kept.id}", PROVINCE_DUTY.name)
    with pytest.raises(NotFound):
        world.system.app.inbox.raw_message(world.actor(PROVINCE_DUTY), an_id("nothing"))
    for person in (INSPECTOR, CITY_DUTY, HEAD, SYSTEM_ADMIN, AUDIT_ADMIN):
        with pytest.raises(Forbidden):
            world.system.app.inbox.raw_message(world.actor(person), kept.id)


def test_the_ledger_is_for_the_province_and_its_doings_for_head_and_duty() -> None:
    world = a_receiving()
    world.send(LOST)
    inbox, record = world.system.app.inbox, world.record("W-1")
    everything, every_message = InboxRecordFilter(), InboxMessageFilter()
    for person in (PROVINCE_HEAD, PROVINCE_DUTY, INSPECTOR):
        actor = world.actor(person)
        assert [row.id for row in inbox.records(actor, everything, Page(10)).rows] == [record.id]
        assert inbox.record_count(actor, everything) == inbox.message_count(actor, every_message) == 1
        (message,) = inbox.messages(actor, every_message, Page(10)).rows
        assert inbox.messages_by_id(actor, [message.id]) == {message.id: message}
        assert set(inbox.records_by_id(actor, [record.id])) == {record.id}
    for person in (CITY_DUTY, COUNTY_HEAD, HEAD, SYSTEM_ADMIN, AUDIT_ADMIN):
        actor = world.actor(person)
        for asked in (
            lambda who: inbox.records(who, everything, Page(10)),
            lambda who: inbox.record_count(who, everything),
            lambda who: inbox.records_by_id(who, [record.id]),
            lambda who: inbox.messages(who, every_message, Page(10)),
            lambda who: inbox.message_count(who, every_message),
            lambda who: inbox.messages_by_id(who, [record.message_id]),
        ):
            with pytest.raises(Forbidden):
                asked(actor)
    for person in (INSPECTOR, CITY_DUTY, HEAD, SYSTEM_ADMIN):
        with pytest.raises(Forbidden):
            assign(world, record, by=person, enterprise_id=DONGFENG.id)
        with pytest.raises(Forbidden):
            reprocess(world, record.id, by=person)


# ------------------------------------------------------------ health


def test_an_exchange_in_which_nothing_waits_is_green() -> None:
    world = a_receiving()
    health = world.system.app.inbox.health(world.actor(SYSTEM_ADMIN))
    assert (health.colour, health.sentence) == (HealthColour.GREEN, ALL_IS_WELL)
    assert [row.topic for row in health.topics] == list(Topic)
    assert health.inbox.last_received_at is None


def test_what_waits_for_a_person_makes_it_yellow_and_is_counted() -> None:
    world = a_receiving()
    world.send(LOST, a_warning("W-2"))
    garbled(world)
    health = world.system.app.inbox.health()
    assert (health.inbox.pending, health.inbox.quarantined, health.inbox.unreadable) == (1, 1, 1)
    assert (health.inbox.last_received_at, health.inbox.last_settled_at) == (NOW, None)
    assert health.colour is HealthColour.YELLOW
    assert health.sentence == "收到的记录有1条待人工处置；收到的报文有1份不能识别。"


@pytest.mark.parametrize(
    ("wait", "colour", "sentence"),
    [
        (timedelta(minutes=10), HealthColour.GREEN, ALL_IS_WELL),
        (
            timedelta(minutes=11),
            HealthColour.YELLOW,
            "“处理部级平台下发的数据”最早的一项已超过应办时间11分钟。",
        ),
        (
            timedelta(hours=2),
            HealthColour.RED,
            "“处理部级平台下发的数据”最早的一项已超过应办时间2小时。",
        ),
    ],
)
def test_what_is_late_makes_it_yellow_and_what_is_stuck_red(
    wait: timedelta, colour: HealthColour, sentence: str
) -> None:
    world = a_receiving()
    world.send(a_warning())
    health = world.after(wait).system.app.inbox.health()
    assert (health.colour, health.sentence) == (colour, sentence)


def test_what_is_parked_makes_it_red(monkeypatch: pytest.MonkeyPatch) -> None:
    world = a_receiving()
    world.send(a_warning())
    crash(monkeypatch, "W-1", ZeroDivisionError())
    for _ in range(MOST_CRASHES + 1):
        world.process()
        world.after(timedelta(minutes=10))
    health = world.system.app.inbox.health()
    assert health.colour is HealthColour.RED
    assert health.sentence == "“处理部级平台下发的数据”有1项多次异常，已搁置。"


def test_health_is_for_the_province_and_the_system_administrator() -> None:
    world = a_receiving()
    for person in (CITY_DUTY, HEAD, AUDIT_ADMIN):
        with pytest.raises(Forbidden):
            world.system.app.inbox.health(world.actor(person))
    assert world.system.app.inbox.health(world.actor(PROVINCE_HEAD)).at == NOW
