"""The condition of both databases, read by a few look-ups."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine, make_url, text

from yanbao.adapters.sql.engine import make_engine, reading_engine
from yanbao.adapters.sql.reading.condition import SqlConditionReader
from yanbao.application.access import SYSTEM
from yanbao.application.ports.exchange import Outcome
from yanbao.application.ports.operations import SlotState
from yanbao.domain.exchange.duty import DutyState, Topic

from ...support.builders import NOW, a_duty
from ...support.databases import migrated_postgres, migrated_sqlite, statements
from .conftest import storage_on

HOUR = timedelta(hours=1)
LEASE = timedelta(minutes=2)
PUSH = Topic.MINISTRY_COMMITMENT


def reader_of(engine: Engine) -> SqlConditionReader:
    return SqlConditionReader(reading_engine(engine))


def test_an_empty_database_is_writable_and_owes_nothing(engine: Engine) -> None:
    found = reader_of(engine).condition(NOW, missed_after=HOUR)
    assert found.writable
    later = reader_of(engine).condition(NOW, missed_after=HOUR)
    assert found.database_time.tzinfo is not None and found.database_time <= later.database_time
    assert (found.oldest_due, found.missed_slots, found.newest_slot_at) == ({}, 0, None)
    assert reader_of(engine).dead_letters(NOW.date(), NOW.date()) == {}


def test_the_oldest_pending_duty_and_the_slots_that_nobody_has_run_are_found(engine: Engine) -> None:
    with storage_on(engine).work(SYSTEM) as work:
        work.outbox.add([a_duty(1, of="a"), a_duty(2, of="b")])
        late = NOW - HOUR - timedelta(seconds=1)
        work.slots.add([("remind", late), ("push", NOW - HOUR), ("push", late)])
        work.commit()
    with storage_on(engine).work(SYSTEM) as work:
        claimed = work.slots.claim(now=NOW, lease=LEASE)
        assert claimed is not None
        work.slots.finish(*claimed, state=SlotState.DONE, note="", at=NOW)
        work.commit()
    found = reader_of(engine).condition(NOW, missed_after=HOUR)
    assert found.oldest_due == {PUSH: min(a_duty(1).due_at, a_duty(2).due_at)}
    assert (found.missed_slots, found.newest_slot_at) == (1, NOW - HOUR)


def test_dead_letters_are_counted_by_topic_and_state_within_the_days(engine: Engine) -> None:
    duties = [a_duty(number, of=f"object-{number}") for number in range(3)]
    with storage_on(engine).work(SYSTEM) as work:
        work.outbox.add(duties)
        work.commit()
    with storage_on(engine).work(SYSTEM) as work:
        claims = work.outbox.claim(PUSH, now=NOW + timedelta(days=1), limit=9, lease=LEASE)
        states = (DutyState.REFUSED, DutyState.REFUSED, DutyState.DONE)
        outcomes = [Outcome(claim, state) for claim, state in zip(claims, states, strict=True)]
        work.outbox.settle(outcomes, at=NOW)
        work.commit()
    day, reader = duties[0].business_date, reader_of(engine)
    assert reader.dead_letters(day, day) == {(PUSH, DutyState.REFUSED): 2}
    assert reader.dead_letters(day - timedelta(days=40), day - timedelta(days=1)) == {}


def test_a_look_is_one_statement_on_postgresql(postgres: Engine) -> None:
    with statements(postgres) as seen:
        reader_of(postgres).condition(NOW, missed_after=HOUR)
    assert len(seen) == 1


def test_a_read_only_database_says_so() -> None:
    with migrated_postgres() as url:
        engine = make_engine(url)
        with engine.begin() as connection:
            name = make_url(url).database
            connection.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))
        engine.dispose()
        assert reader_of(engine).condition(NOW, missed_after=HOUR).writable is False
        engine.dispose()


def test_a_read_only_sqlite_file_says_so_and_one_in_use_is_writable(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with migrated_sqlite(tmp_path_factory.mktemp("condition")) as url:
        engine = make_engine(url)
        with storage_on(engine).work(SYSTEM):  # Somebody has the write lock.
            assert reader_of(engine).condition(NOW, missed_after=HOUR).writable
        file = make_url(url).database
        closed = make_engine(f"sqlite:///file:{file}?mode=ro&uri=true")
        assert reader_of(closed).condition(NOW, missed_after=HOUR).writable is False
        closed.dispose()
        engine.dispose()
