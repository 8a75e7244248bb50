"""The roll-up is always what counting would say, whatever happened and whoever was turned away."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, time, timedelta
from threading import Thread

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from yanbao.adapters.sql.storage import SqlStorage
from yanbao.adapters.sql.tables.metadata import metadata
from yanbao.adapters.sql.tally import kept, recount
from yanbao.application.access import EVERYTHING, SYSTEM, Scope
from yanbao.application.ports.commitment import CommitmentFilter
from yanbao.application.ports.paging import Page
from yanbao.domain.commitment.commitment import Commitment
from yanbao.domain.commitment.form import ProductionStatus
from yanbao.domain.deadlines import instant
from yanbao.domain.directory.enterprise import Enterprise
from yanbao.domain.refusals import Refused

from ...support.builders import (
    CHANGAN,
    DAY,
    LINTONG,
    PROVINCE,
    PUCHENG,
    WEINAN,
    XIAN,
    a_form_for,
    a_form_of_stopped,
    a_region_tree,
    a_wholesaler,
    an_enterprise,
    seen_from,
)
from ...support.commitments import facts, facts_in_shutdown, owed, signed
from ...support.databases import empty
from ...support.settling import settle_in
from .conftest import storage_on

ENTERPRISES = (
    an_enterprise("甲", region=LINTONG),
    an_enterprise("乙", region=LINTONG),
    a_wholesaler("丙", region=LINTONG),
    an_enterprise("丁", region=CHANGAN),
    a_wholesaler("戊", region=PUCHENG),
)
DAYS = (DAY, DAY - timedelta(days=1))
ACTIONS = ("owe", "work", "stop", "late", "correct", "automatic", "reopen", "abandon", "stale")
STEPS = st.lists(
    st.tuples(st.sampled_from(ACTIONS), st.sampled_from(ENTERPRISES), st.sampled_from(DAYS)), max_size=25
)


def act(storage: SqlStorage, action: str, enterprise: Enterprise, day: date) -> None:
    """One thing that happens to a commitment; what the rules refuse is refused and changes nothing."""
    with storage.work(SYSTEM) as work:
        if action == "owe":
            # Together with all of one county, so that some of them are there already.
            of_lintong = [e for e in ENTERPRISES if e.region_id == LINTONG]
            work.commitments.owe(
                [owed(e, day=day) for e in {e.id: e for e in (enterprise, *of_lintong)}.values()]
            )
            work.commit()
            return
        commitment = work.commitments.find(enterprise.id, day)
        if commitment is None:
            return
        change(commitment, action, enterprise)
        if action == "stale":
            commitment.version += 1
        work.commitments.save(commitment)
        if action != "abandon":
            work.commit()


def change(commitment: Commitment, action: str, enterprise: Enterprise) -> None:
    day = commitment.business_date
    known = facts(enterprise, day=day)
    by = signed(instant(day, time(10, 30) if action == "late" else time(9, 0)))
    match action:
        case "work" | "late" | "abandon" | "stale":
            commitment.submit(a_form_for(enterprise), facts=known, by=by)
        case "stop":
            commitment.submit(a_form_of_stopped(), facts=known, by=by)
        case "correct":
            commitment.correct(a_form_of_stopped(), facts=known, by=by)
        case "automatic":
            commitment.report_automatically(facts=facts_in_shutdown(enterprise, day=day), at=by.at)
        case "reopen":
            commitment.reopen("填报有误", by=signed(instant(day, time(16, 0))))


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_the_roll_up_is_the_recount_after_anything(
    engine: Engine, steps: Sequence[tuple[str, Enterprise, date]]
) -> None:
    empty(engine, metadata)
    storage = storage_on(engine)
    settle_in(storage, SYSTEM, *a_region_tree(), *ENTERPRISES)
    for step in steps:
        with suppress(Refused):
            act(storage, *step)
        with engine.connect() as connection:
            assert [kept(connection, day) for day in DAYS] == [recount(connection, day) for day in DAYS]
    figures_equal_lists(storage)


def figures_equal_lists(storage: SqlStorage) -> None:
    """Every figure is as long as the list it leads to, for every scope."""
    reader = storage.readers().commitments
    first, last = min(DAYS), max(DAYS)
    everything = Page(1_000)
    scopes = (EVERYTHING, seen_from(XIAN), seen_from(LINTONG, WEINAN), Scope(enterprise_id=ENTERPRISES[0].id))
    for scope in scopes:
        tallies = reader.tallies([PROVINCE, XIAN, LINTONG, PUCHENG], first, last, scope)
        for region, tally in tallies.items():
            for number, detail in (
                (tally.expected, {}),
                (tally.reported, {"reported": True}),
                (tally.unreported, {"reported": False}),
                (tally.late, {"late": True}),
                (tally.on_time, {"late": False}),
                (tally.stopped, {"statuses": (ProductionStatus.STOPPED,)}),
            ):
                where = CommitmentFilter(first, last, region_id=region, **detail)  # type: ignore[arg-type]
                assert reader.count(where, scope) == number
                assert len(reader.page(where, scope, everything).rows) == number


def test_many_who_report_at_once_are_all_counted(postgres: Engine) -> None:
    storage = storage_on(postgres)
    enterprises = [an_enterprise(f"厂{n}", region=(LINTONG, CHANGAN)[n % 2]) for n in range(40)]
    settle_in(storage, SYSTEM, *a_region_tree(), *enterprises, *(owed(e) for e in enterprises))
    failures: list[BaseException] = []

    def report(mine: Sequence[Enterprise]) -> None:
        try:
            with storage.work(SYSTEM) as work:
                for enterprise in mine:
                    commitment = work.commitments.find(enterprise.id, DAY)
                    assert commitment is not None
                    commitment.submit(a_form_for(enterprise), facts=facts(enterprise), by=signed())
                    work.commitments.save(commitment)
                work.commit()
        except BaseException as error:  # noqa: BLE001 - handed to the test, which shows it.
            failures.append(error)

    threads = [Thread(target=report, args=(enterprises[n::8],)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    tally = storage.readers().commitments.tallies([PROVINCE], DAY, DAY, EVERYTHING)[PROVINCE]
    assert (tally.expected, tally.in_production, tally.unreported) == (40, 40, 0)
    with postgres.connect() as connection:
        assert kept(connection, DAY) == recount(connection, DAY)


def test_more_than_one_batch_is_opened_in_one_call_and_only_once(engine: Engine) -> None:
    chunk = 1_200
    storage = storage_on(engine)
    enterprises = [an_enterprise(f"厂{n}") for n in range(chunk)]
    settle_in(storage, SYSTEM, *a_region_tree(), *enterprises)
    for expected in (chunk, 0):
        with storage.work(SYSTEM) as work:
            assert work.commitments.owe([owed(e) for e in enterprises]) == expected
            work.commit()
    with engine.connect() as connection:
        (counts,) = kept(connection, DAY).values()
        assert counts == (chunk, 0, 0, chunk, 0, 0, 0)
