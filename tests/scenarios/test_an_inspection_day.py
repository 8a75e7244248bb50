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
from yanbao.adapters.sql.storage import SqlStorage
from yanbao.application.inspection.automatic import RecordCounts, RecordsMissing
from yanbao.application.ports.inspection import InspectionFilter, OnlineRates
from yanbao.application.ports.paging import Page
from yanbao.domain.directory.organisation import Person
from yanbao.domain.inspection.form import Finding, FindingResult
from yanbao.domain.refusals import Conflict
from yanbao.domain.signed import Origin

from ..support.accounts import an_account
from ..support.builders import DAY, LINTONG, NOW, XIAN, a_permit, a_region_tree, an_enterprise
from ..support.databases import migrated_postgres, migrated_sqlite
from ..support.inspecting import (
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
from ..support.inspections import a_check_form, a_patrol_form, a_statement, all_findings
from ..support.system import make_system
from ..support.world import DEPARTMENTS, DONGFENG, ENTERPRISES, HEAD, HEADS, HONGXING, LIMIN, STAFF, clock

EVERYBODY = (*STAFF, *HEADS, *INSPECTORS)
LAST_DAY = InspectionFilter(DAY - timedelta(days=1), DAY + timedelta(days=1), replaced=True)


def populated(storage_of: Callable[[Any], Any] | None = None) -> Inspecting:
    world = Inspecting(make_system(storage_of))
    world.system.clock.moment = NOW
    world.settle(*a_region_tree(), *DEPARTMENTS, *ENTERPRISES, *(a_permit(of) for of in ENTERPRISES))
    world.settle(*EVERYBODY, *(an_account(p, f"user-{p.id.hex}") for p in EVERYBODY))
    world.system.app.commitments.open_day(DAY)
    return world


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    with migrated_sqlite(tmp_path) if request.param == "sqlite" else migrated_postgres() as url:
        made = make_engine(url)
        yield made
        made.dispose()


@pytest.fixture
def world(engine: Engine) -> Inspecting:
    return populated(lambda reactions: SqlStorage(engine, reactions=reactions))


def played(world: Inspecting) -> list[object]:
    """Everything that somebody could notice, in order."""
    seen: list[object] = []
    world.system.monitoring.rates[LINTONG] = OnlineRates(Decimal("97.6"), None, NOW)
    world.logs_in(CITY_INSPECTOR, COUNTY_INSPECTOR, COUNTY_INSPECTOR)
    world.submit()
    world.views(CITY_INSPECTOR, DONGFENG)
    world.views(COLLEAGUE, HONGXING)
    world.views(COUNTY_INSPECTOR, LIMIN)
    patrol = world.open(key="patrol-0001")
    check = world.open(whom=DONGFENG, key="check-0001")
    picture = world.uploads("照片")
    seen += [patrol, check, world.sheet(patrol), world.sheet(check)]

    world.after(timedelta(hours=1))
    found = Finding("PERSONS", FindingResult.NOT_OK, "多1人", (picture,), problem=1)
    problems = (a_statement(responsible=(HEAD.id,)), a_statement(responsible=()))
    form = a_check_form(findings=all_findings(DONGFENG.kind, found), problems=problems)
    check = world.edit(check, form, key="edit-0001")
    seen += [check, world.turn_in(check, key="submit-0001"), world.turn_in(check, key="submit-0001")]
    refreshed = world.refresh(world.edit(patrol))
    seen += [refreshed, world.sheet(patrol), world.discard(world.open(whom=LIMIN, key="thrown-0001"))]
    issued = world.system.readers.problems.of_inspections([check.id], world.actor(HEAD).scope)
    seen.append(issued)

    world.at("23:30")
    seen += [world.system.app.automatic_inspections.record(clock("23:30")) for _ in range(2)]
    world.after(timedelta(minutes=15))
    seen.append(world.turn_in(refreshed.inspection))
    for by in (PROVINCE_INSPECTOR, CITY_INSPECTOR, COLLEAGUE, COUNTY_INSPECTOR):
        rows = world.seen(by, ALL)
        contents = world.system.app.inspections.contents(world.actor(by), [row.id for row in rows])
        seen += [rows, contents, world.seen(by, COUNTED), world.seen(by, LAST_DAY)]
        seen.append(world.system.app.inspections.drafts(world.actor(by), Page(10)).rows)
    return seen


def test_it_goes_on_a_database_as_on_the_twin(world: Inspecting) -> None:
    on_database, on_twin = played(world), played(populated())
    for here, there in zip(on_database, on_twin, strict=True):
        assert here == there
    records = world.seen(CITY_INSPECTOR, ALL)
    replaced = [(row.origin, row.target_region_id) for row in records if row.replaced]
    assert replaced == [(Origin.AUTO, LINTONG)], "the patrol that was submitted after the end of the day"
    assert len(records) == 6
    assert not world.seen(CITY_INSPECTOR, replace(ALL, region_id=XIAN, first_day=DAY, text="没有这样的字"))


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


def test_a_draft_that_is_sent_twice_at_once_is_one(world: Inspecting) -> None:
    rows = at_once(*[world.open] * 4)
    assert rows == [rows[0]] * 4 and not isinstance(rows[0], Exception)
    assert len(world.system.app.inspections.drafts(world.actor(CITY_INSPECTOR), Page(10)).rows) == 1


def test_a_draft_that_is_submitted_on_two_devices_at_once_issues_its_problems_once(world: Inspecting) -> None:
    row = world.edit(world.open(), a_patrol_form(problems=(a_statement(responsible=()),)))
    outcomes = at_once(lambda: world.turn_in(row), lambda: world.turn_in(row))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "InspectionRow"]
    assert len(world.system.readers.problems.of_inspections([row.id], world.actor(CITY_INSPECTOR).scope)) == 1


def test_of_two_edits_at_once_one_wins(world: Inspecting) -> None:
    row = world.open()
    forms = [replace(A_PATROL, observations=words) for words in ("平板", "手机")]
    outcomes = at_once(*[lambda form=form: world.edit(row, form) for form in forms])
    assert sorted(isinstance(outcome, Conflict) for outcome in outcomes) == [False, True]


def test_two_nodes_that_record_at_once_write_each_record_once(world: Inspecting) -> None:
    world.logs_in(CITY_INSPECTOR)
    world.views(CITY_INSPECTOR)
    world.at("23:30")

    def record() -> RecordCounts:
        return world.system.app.automatic_inspections.record(clock("23:30"))

    for outcome in at_once(record, record):
        assert isinstance(outcome, RecordCounts | RecordsMissing), (
            "what the other has written first comes again"
        )
    record()
    assert len(world.seen(CITY_INSPECTOR)) == 3


def test_the_patrol_form_takes_as_many_statements_for_a_large_region_as_for_a_small_one(
    world: Inspecting, engine: Engine
) -> None:
    def statements(key: str, by: Person = CITY_INSPECTOR) -> int:
        count = 0

        def note(*_: object) -> None:
            nonlocal count
            count += 1

        event.listen(engine, "before_cursor_execute", note)
        world.open(by, key=key)
        event.remove(engine, "before_cursor_execute", note)
        return count

    world.after(timedelta(seconds=2))
    small = statements("draft-0001")
    enterprises = [an_enterprise(f"第{number}厂") for number in range(20)]
    world.settle(*enterprises)
    world.system.app.commitments.open_day(DAY)
    for enterprise in enterprises:
        world.views(CITY_INSPECTOR, enterprise)
    world.logs_in(*[COUNTY_INSPECTOR] * 5)
    world.after(timedelta(seconds=2))
    # Three of them read settings and restores, which are cached for a second.
    assert statements("draft-0002") == small <= 19
