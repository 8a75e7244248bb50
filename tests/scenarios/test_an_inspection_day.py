"""A day of patrols and spot checks on a real database: it goes as on the twin, also where two devices are at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine, event

from yanbao.adapters.sql.engine import make_engine
from yanbao.adapters.sql.migrations import upgrade
from yanbao.adapters.sql.storage import SqlStorage
from yanbao.application.inspection.automatic import Recorded, RecordsMissing
from yanbao.application.ports.inspection import InspectionFilter, OnlineRates
from yanbao.application.ports.paging import Page
from yanbao.domain.directory.organisation import Person
from yanbao.domain.inspection.form import Finding, FindingResult
from yanbao.domain.refusals import Conflict
from yanbao.domain.signed import Origin

from ..support.accounts import an_account
from ..support.builders import DAY, LINTONG, NOW, XIAN, a_permit, a_region_tree, an_enterprise
from ..support.databases import fresh_postgres, fresh_sqlite
from ..support.inspecting import (
    A_CHECK,
    A_PATROL,
    ALL,
    CITY_INSPECTOR,
    COLLEAGUE,
    COUNTED,
    COUNTY_INSPECTOR,
    INSPECTORS,
    PROVINCE_INSPECTOR,
    Inspecting,
)
from ..support.inspections import a_statement
from ..support.system import make_world
from ..support.world import DEPARTMENTS, DONGFENG, ENTERPRISES, HEAD, HEADS, HONGXING, LIMIN, STAFF, clock

EVERYBODY = (*STAFF, *HEADS, *INSPECTORS)
LAST_DAY = InspectionFilter(DAY - timedelta(days=1), DAY + timedelta(days=1), replaced=True)


def populated(storage_of: Callable[[Any], Any] | None = None) -> Inspecting:
    stage = Inspecting(make_world(storage_of))
    stage.world.clock.moment = NOW
    stage.settle(*a_region_tree(), *DEPARTMENTS, *ENTERPRISES, *(a_permit(of) for of in ENTERPRISES))
    stage.settle(*EVERYBODY, *(an_account(p, f"user-{p.id.hex}") for p in EVERYBODY))
    stage.world.app.commitments.open_day(DAY)
    return stage


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    with fresh_sqlite(tmp_path) if request.param == "sqlite" else fresh_postgres() as url:
        made = make_engine(url)
        upgrade(made)
        yield made
        made.dispose()


@pytest.fixture
def stage(engine: Engine) -> Inspecting:
    return populated(lambda reactions: SqlStorage(engine, reactions=reactions))


def played(stage: Inspecting) -> list[object]:
    """Everything that somebody could notice, in order."""
    seen: list[object] = []
    stage.world.monitoring.rates[LINTONG] = OnlineRates(Decimal("97.6"), None, NOW)
    stage.logs_in(CITY_INSPECTOR, COUNTY_INSPECTOR, COUNTY_INSPECTOR)
    stage.submit()
    stage.views(CITY_INSPECTOR, DONGFENG)
    stage.views(COLLEAGUE, HONGXING)
    stage.views(COUNTY_INSPECTOR, LIMIN)
    patrol = stage.open(key="patrol-0001")
    check = stage.open(whom=DONGFENG, key="check-0001")
    picture = stage.uploads("照片")
    seen += [patrol, check, stage.sheet(patrol), stage.sheet(check)]

    stage.after(timedelta(hours=1))
    found = Finding("PERSONS", FindingResult.NOT_OK, "多1人", (picture,))
    problems = (a_statement(responsible=(HEAD.id,)), a_statement(responsible=()))
    check = stage.edit(check, replace(A_CHECK, findings=(found,), problems=problems), key="edit-0001")
    seen += [check, stage.turn_in(check, key="submit-0001"), stage.turn_in(check, key="submit-0001")]
    refreshed = stage.refresh(stage.edit(patrol))
    seen += [refreshed, stage.sheet(patrol), stage.discard(stage.open(whom=LIMIN, key="thrown-0001"))]
    issued = stage.world.readers.problems.of_inspections([check.id], stage.actor(HEAD).scope)
    seen.append(issued)

    stage.at("23:30")
    seen += [stage.world.app.automatic_inspections.record(clock("23:30")) for _ in range(2)]
    stage.after(timedelta(minutes=15))
    seen.append(stage.turn_in(refreshed.inspection))
    for by in (PROVINCE_INSPECTOR, CITY_INSPECTOR, COLLEAGUE, COUNTY_INSPECTOR):
        rows = stage.seen(by, ALL)
        contents = stage.world.app.inspections.contents(stage.actor(by), [row.id for row in rows])
        seen += [rows, contents, stage.seen(by, COUNTED), stage.seen(by, LAST_DAY)]
        seen.append(stage.world.app.inspections.drafts(stage.actor(by), Page(10)).rows)
    return seen


def test_it_goes_on_a_database_as_on_the_twin(stage: Inspecting) -> None:
    on_database, on_twin = played(stage), played(populated())
    for here, there in zip(on_database, on_twin, strict=True):
        assert here == there
    records = stage.seen(CITY_INSPECTOR, ALL)
    replaced = [(row.origin, row.target_region_id) for row in records if row.replaced]
    assert replaced == [(Origin.AUTO, LINTONG)], "the patrol that was submitted after the end of the day"
    assert len(records) == 6
    assert not stage.seen(CITY_INSPECTOR, replace(ALL, region_id=XIAN, first_day=DAY, text="没有这样的字"))


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Begin at once; gives what each of them gave or raised."""
    ready = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        ready.wait()
        try:
            return act()
        except Exception as failure:  # noqa: BLE001
            # What was raised is what the tests look at.
            return failure

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


def test_a_draft_that_is_sent_twice_at_once_is_one(stage: Inspecting) -> None:
    rows = at_once(*[stage.open] * 4)
    assert rows == [rows[0]] * 4 and not isinstance(rows[0], Exception)
    assert len(stage.world.app.inspections.drafts(stage.actor(CITY_INSPECTOR), Page(10)).rows) == 1


def test_a_draft_that_is_submitted_on_two_devices_at_once_issues_its_problems_once(stage: Inspecting) -> None:
    row = stage.edit(stage.open(), replace(A_PATROL, problems=(a_statement(responsible=()),)))
    outcomes = at_once(lambda: stage.turn_in(row), lambda: stage.turn_in(row))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "InspectionRow"]
    assert len(stage.world.readers.problems.of_inspections([row.id], stage.actor(CITY_INSPECTOR).scope)) == 1


def test_of_two_edits_at_once_one_wins(stage: Inspecting) -> None:
    row = stage.open()
    forms = [replace(A_PATROL, observations=words) for words in ("平板", "手机")]
    outcomes = at_once(*[lambda form=form: stage.edit(row, form) for form in forms])
    assert sorted(isinstance(outcome, Conflict) for outcome in outcomes) == [False, True]


def test_two_nodes_that_record_at_once_write_each_record_once(stage: Inspecting) -> None:
    stage.logs_in(CITY_INSPECTOR)
    stage.views(CITY_INSPECTOR)
    stage.at("23:30")

    def record() -> Recorded:
        return stage.world.app.automatic_inspections.record(clock("23:30"))

    for outcome in at_once(record, record):
        assert isinstance(outcome, Recorded | RecordsMissing), "what the other has written first comes again"
    record()
    assert len(stage.seen(CITY_INSPECTOR)) == 3


def test_the_patrol_form_takes_as_many_statements_for_a_large_region_as_for_a_small_one(
    stage: Inspecting, engine: Engine
) -> None:
    def statements(key: str, by: Person = CITY_INSPECTOR) -> int:
        count = 0

        def note(*_: object) -> None:
            nonlocal count
            count += 1

        event.listen(engine, "before_cursor_execute", note)
        stage.open(by, key=key)
        event.remove(engine, "before_cursor_execute", note)
        return count

    stage.after(timedelta(seconds=2))
    small = statements("draft-0001")
    enterprises = [an_enterprise(f"第{number}厂") for number in range(20)]
    stage.settle(*enterprises)
    stage.world.app.commitments.open_day(DAY)
    for enterprise in enterprises:
        stage.views(CITY_INSPECTOR, enterprise)
    stage.logs_in(*[COUNTY_INSPECTOR] * 5)
    stage.after(timedelta(seconds=2))
    assert statements("draft-0002") == small <= 16
