"""The exchange ledger: every duty and attempt as people look them up, count them and narrow them down."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from yanbao.application.access import SYSTEM
from yanbao.application.ports.exchange import Attempt, DutyFilter
from yanbao.application.ports.paging import Page
from yanbao.application.ports.readers import Readers
from yanbao.application.ports.work import Storage
from yanbao.domain.exchange.duty import DutyState, Topic

from ...support.builders import DAY, NOW, a_duty, an_id
from .outbox import LATER, MINISTRY, TOMORROW, finish, owe, row


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


def test_the_duties_of_objects_come_by_revision_and_of_the_asked_topics_only(
    storage: Storage, readers: Readers
) -> None:
    steps = [a_duty(of="甲", revision=n, topic=Topic.MINISTRY_PROBLEM) for n in (2, 1, 3)]
    other = a_duty(of="乙", topic=Topic.MINISTRY_ALERT)
    owe(storage, *steps, other, a_duty(of="甲", topic=MINISTRY), a_duty(of="丙", topic=Topic.MINISTRY_ALERT))
    found = readers.exchange.duties_of([Topic.MINISTRY_PROBLEM, Topic.MINISTRY_ALERT], ["甲", "乙", "丁"])
    assert found == {
        "甲": [row(readers, steps[1]), row(readers, steps[0]), row(readers, steps[2])],
        "乙": [row(readers, other)],
    }


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
