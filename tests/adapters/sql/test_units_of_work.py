"""What the database adds to a unit of work: connections given back, workers that never overlap, faults told apart."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Lock, Thread
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from yanbao.adapters.sql.connections import connections_of
from yanbao.adapters.sql.engine import make_engine
from yanbao.adapters.sql.storage import SqlStorage
from yanbao.application.access import EVERYTHING, SYSTEM
from yanbao.application.ports.exchange import Outcome
from yanbao.application.ports.operations import SlotState
from yanbao.application.ports.unavailable import Unavailable
from yanbao.application.ports.work import LONGEST_COMMIT
from yanbao.domain.directory.organisation import Level, Region
from yanbao.domain.exchange.duty import Duty, DutyState, Topic
from yanbao.domain.refusals import Conflict, NotFound, Refused
from yanbao.domain.values import RegionId

from ...support.builders import NOW, PROVINCE, a_duty, a_form_for, a_region_tree, an_enterprise
from ...support.commitments import facts, owed, signed
from ...support.databases import migrated_sqlite
from ...support.patience import PATIENCE
from ...support.settling import settle_in
from .conftest import storage_on

LEASE = timedelta(minutes=2)
PUSH = Topic.MINISTRY_COMMITMENT


def together(count: int, act: Callable[[int], None]) -> list[BaseException]:
    """Run it in so many threads that start at one moment; what they raised."""
    raised: list[BaseException] = []
    start = Barrier(count)

    def run(number: int) -> None:
        start.wait()
        try:
            act(number)
        except BaseException as error:  # noqa: BLE001 - handed to the test, which looks at it.
            raised.append(error)

    threads = [Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def add(storage: SqlStorage, *duties: Duty) -> None:
    with storage.work(SYSTEM) as work:
        work.outbox.add(duties)
        work.commit()


def expire(engine: Engine) -> None:
    """Let two hours pass for every lease."""
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE outbox SET leased_until = '2020-01-01' WHERE leased_until IS NOT NULL")
        )


def test_workers_that_claim_at_once_never_get_the_same(engine: Engine) -> None:
    storage = storage_on(engine)
    first = [a_duty(n, of=f"object-{n}") for n in range(60)]
    add(storage, *first, *(a_duty(n, of=f"object-{n}", revision=2) for n in range(60)))
    taken: list[UUID] = []
    lock = Lock()

    def work_off(number: int) -> None:
        while True:
            with storage.work(SYSTEM) as work:
                claims = work.outbox.claim(PUSH, now=NOW + timedelta(days=1), limit=7, lease=LEASE)
                work.commit()
            if not claims:
                return
            with lock:
                taken.extend(claim.duty.id for claim in claims)
            assert len({claim.duty.object_key for claim in claims}) == len(claims)

    assert together(6, work_off) == []
    # The first revision of each object; the second ones wait for an outcome of the first.
    assert sorted(taken) == sorted(duty.id for duty in first)


def test_a_lease_that_ran_out_three_times_parks_the_duty_and_late_outcomes_change_nothing(
    engine: Engine,
) -> None:
    storage = storage_on(engine)
    add(storage, a_duty())
    claims = []
    for _ in range(3):
        with storage.work(SYSTEM) as work:
            claims += work.outbox.claim(PUSH, now=NOW + timedelta(days=1), limit=5, lease=LEASE)
            work.commit()
        expire(engine)
    assert [(c.duty.attempts, c.duty.crashes) for c in claims] == [(1, 0), (2, 1), (3, 2)]
    with storage.work(SYSTEM) as work:
        assert work.outbox.settle([Outcome(claims[0], DutyState.DONE)], at=NOW) == 0
        assert work.outbox.claim(PUSH, now=NOW + timedelta(days=1), limit=5, lease=LEASE) == []
        work.commit()
    with storage.work(SYSTEM) as work:
        (parked,) = work.outbox.dead([a_duty().id])
        assert work.outbox.settle([Outcome(c, DutyState.DONE) for c in claims], at=NOW) == 0
    assert (parked.state, parked.crashes, parked.attempts) == (DutyState.PARKED, 3, 3)


def test_of_two_devices_that_report_at_once_exactly_one_is_told_to_reload(engine: Engine) -> None:
    storage = storage_on(engine)
    enterprise = an_enterprise()
    settle_in(storage, SYSTEM, *a_region_tree(), enterprise, owed(enterprise))
    with storage.work(SYSTEM) as work:
        seen = [work.commitments.get(owed(enterprise).id, within=EVERYTHING) for _ in range(2)]

    def save(number: int) -> None:
        with storage.work(SYSTEM) as work:
            seen[number].submit(a_form_for(enterprise), facts=facts(enterprise), by=signed())
            work.commitments.save(seen[number])
            work.commit()

    (conflict,) = together(2, save)
    assert isinstance(conflict, Conflict)
    assert "刷新" in conflict.sentence
    assert len(storage.readers().commitments.versions(owed(enterprise).id)) == 1


def test_a_slot_of_the_schedule_goes_to_one_node(engine: Engine) -> None:
    storage = storage_on(engine)
    with storage.work(SYSTEM) as work:
        assert work.slots.add([("remind", NOW), ("push", NOW)]) == 2
        work.commit()
    taken: list[str] = []

    def run(number: int) -> None:
        with storage.work(SYSTEM) as work:
            claimed = work.slots.claim(now=NOW, lease=LEASE)
            work.commit()
        if claimed is not None:
            taken.append(claimed[0].job)
            with storage.work(SYSTEM) as work:
                assert work.slots.finish(*claimed, state=SlotState.DONE, note="", at=NOW)
                work.commit()

    assert together(5, run) == []
    assert len(taken) == len(set(taken)) == 2


def test_a_deadlock_is_a_conflict(postgres: Engine) -> None:
    storage = storage_on(postgres)
    settle_in(storage, SYSTEM, *a_region_tree())
    meeting = Barrier(2, timeout=PATIENCE)
    pairs = (("610100", "610500"), ("610500", "610100"))

    def cross(number: int) -> None:
        with storage.work(SYSTEM) as work:
            for step, id in enumerate(pairs[number]):
                region = work.regions.find(next(r.id for r in a_region_tree() if r.id == id))
                assert region is not None
                work.regions.save(Region(region.id, f"改名{step}", region.level, region.parent_id))
                if step == 0:
                    meeting.wait()
            work.commit()

    raised = together(2, cross)
    assert [type(error) for error in raised] == [Conflict]


def test_a_fault_is_no_refusal(postgres: Engine) -> None:
    assert not issubclass(Unavailable, Refused)
    storage = storage_on(postgres)
    with pytest.raises(Unavailable), storage.work(SYSTEM) as work:
        work.regions.find(PROVINCE)
        with postgres.connect() as other:
            other.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND state = 'idle in transaction'"
                )
            )
        work.regions.find(PROVINCE)
    with storage.work(SYSTEM) as work:
        assert work.regions.find(PROVINCE) is None


def test_whatever_happens_the_connection_goes_back(engine: Engine) -> None:
    storage = storage_on(engine)
    with storage.work(SYSTEM) as work:
        work.commit()
    with pytest.raises(NotFound), storage.work(SYSTEM) as work:
        work.regions.save(Region(PROVINCE, "陕西省", Level.CITY, PROVINCE[:3] + "999"))  # type: ignore[arg-type]
    with pytest.raises(ZeroDivisionError), storage.work(SYSTEM) as work:
        raise ZeroDivisionError
    storage.readers().directory.regions()
    kept = connections_of(engine)
    if kept is not None:
        kept.close()  # Readers may keep some in hand, from other tests, too.
    assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_readers_of_sqlite_do_not_wait_for_a_writer(sqlite_engine: Engine) -> None:
    storage = storage_on(sqlite_engine)
    before = storage.readers().directory.regions()
    with storage.work(SYSTEM) as work:
        work.regions.save(Region(RegionId("990000"), "某省", Level.PROVINCE, None))
        assert storage.readers().directory.regions() == before


def test_a_writer_of_sqlite_who_waits_too_long_is_asked_to_try_again(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with migrated_sqlite(tmp_path_factory.mktemp("busy")) as url:
        engine, impatient = make_engine(url), make_engine(f"{url}?timeout=0.1")
        with impatient.connect() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout=50")
        with storage_on(engine).work(SYSTEM), pytest.raises(Conflict), storage_on(impatient).work(SYSTEM):
            raise AssertionError("two writers at once")
        engine.dispose()
        impatient.dispose()


def test_only_two_databases_are_spoken() -> None:
    with pytest.raises(ValueError, match="neither"):
        make_engine("mysql://nowhere/nothing")


def test_what_stops_in_the_middle_is_ended_before_anybody_believes_that_it_has_landed(
    postgres_engine: Engine,
) -> None:
    with postgres_engine.connect() as connection:
        asked = text("SELECT current_setting('idle_in_transaction_session_timeout')::interval")
        limit: timedelta = connection.execute(asked).scalar_one()
    assert timedelta(0) < limit < LONGEST_COMMIT
