"""How many statements delivery receipts take: as many for three thousand as for one."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from yanbao.adapters.sql.storage import SqlStorage
from yanbao.adapters.sql.tables.metadata import metadata
from yanbao.application.access import SYSTEM
from yanbao.application.notice.receipts import SAMPLES
from yanbao.domain.directory.organisation import Role
from yanbao.domain.exchange.duty import Duty, Topic
from yanbao.domain.notice.notice import Sms, SmsState

from ...support.builders import a_department_tree, a_person, a_region_tree, an_enterprise, an_id
from ...support.databases import empty, statements
from ...support.notices import an_sms
from ...support.settling import settle_in
from ...support.system import TwinSystem, make_system

ENTERPRISE = an_enterprise()
HEAD = a_person("钱厂长", Role.ENTERPRISE_HEAD, of=ENTERPRISE)


@pytest.fixture
def system(engine: Engine) -> TwinSystem:
    return start(engine)


def start(engine: Engine) -> TwinSystem:
    empty(engine, metadata)
    system = make_system(lambda reactions: SqlStorage(engine, reactions=reactions))
    settle_in(system.storage, SYSTEM, *a_region_tree(), *a_department_tree(), ENTERPRISE, HEAD)
    return system


def sent(system: TwinSystem, count: int) -> None:
    """So many SMS that the gateway has accepted, one message group for each."""
    with system.storage.work(SYSTEM) as work:
        work.texts.add([a_text(number) for number in range(count)])
        work.commit()


def a_text(number: int) -> Sms:
    return replace(an_sms(HEAD, number), state=SmsState.ACCEPTED, gateway_id=f"gw-{number}", text="内容")


def called_back(count: int, status: str = "DELIVRD") -> bytes:
    """One callback with a receipt for each."""
    told = [
        {"msgGroup": f"gw-{number}", "mobile": HEAD.phone.text, "reportStatus": status}
        for number in range(count)
    ]
    return json.dumps(told, separators=(",", ":")).encode()


def taking(engine: Engine, count: int) -> tuple[int, int]:
    """The statements of receiving so many receipts in one call, and those of taking them in."""
    system = start(engine)
    sent(system, count)
    with statements(engine) as receiving:
        assert system.app.receipts.receive(called_back(count))
    with statements(engine) as passing:
        assert system.app.receipts.take_due() == count
    assert system.app.receipts.take_due() == 0, "one pass is enough"
    with system.storage.work(SYSTEM) as work:
        found = work.texts.find_all([a_text(number).id for number in range(count)])
        done = work.outbox.settled(Topic.SMS_RECEIPT, a_text(0).topic.business_date)
    assert {sms.state for sms in found.values()} == {SmsState.DELIVERED}
    assert len(found) == len(done) == count
    return len(receiving), len(passing)


def test_three_thousand_receipts_of_one_call_take_as_many_statements_as_two(engine: Engine) -> None:
    assert len(called_back(3_000)) < 256 * 1024
    assert taking(engine, 2) == taking(engine, 3_000)


def test_a_receipt_that_fails_takes_no_other_with_it(engine: Engine) -> None:
    system = start(engine)
    sent(system, 3)
    broken = Duty(
        id=an_id("broken"),
        topic=Topic.SMS_RECEIPT,
        object_key="broken",
        revision=1,
        business_date=a_text(0).topic.business_date,
        facts={},
        created_at=system.clock.now(),
        due_at=system.clock.now(),
    )
    with system.storage.work(SYSTEM) as work:
        work.outbox.add([broken])
        work.commit()
    system.app.receipts.receive(called_back(3))
    assert system.app.receipts.take_due() == 4
    with system.storage.work(SYSTEM) as work:
        found = work.texts.find_all([a_text(number).id for number in range(3)])
    assert {sms.state for sms in found.values()} == {SmsState.DELIVERED}


def test_receipts_that_contradict_each_other_are_taken_in_their_order(system: TwinSystem) -> None:
    sent(system, 1)
    system.app.receipts.receive(called_back(1))
    system.app.receipts.receive(called_back(1, "EXPIRED"))
    assert system.app.receipts.take_due() == 2
    with system.storage.work(SYSTEM) as work:
        sms = work.texts.find(a_text(0).id)
    assert sms is not None and sms.state in (SmsState.DELIVERED, SmsState.FAILED)
    assert (sms.state is SmsState.FAILED) == bool(sms.note)


def test_of_garbage_a_few_are_kept_and_all_are_counted(system: TwinSystem, engine: Engine) -> None:
    for number in range(74):
        assert not system.app.receipts.receive(b"\xff garbage %d" % number)
    for number in range(20):
        assert not system.app.receipts.receive(json.dumps([{}] * number + [number]).encode())
    assert system.app.receipts.unread() == {
        "the body is not JSON": 74,
        "item n lacks msgGroup": 19,
        "item n is not an object": 1,
    }
    with engine.connect() as connection:
        (kept,) = connection.exec_driver_sql("SELECT count(*) FROM outbox WHERE state = 'REFUSED'").one()
    assert SAMPLES < kept <= 3 * SAMPLES
