"""Automatic records: who looked and wrote nothing has a record all the same, once, and each day for itself."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest

from yanbao.adapters.memory.inspections import MemoryInspections
from yanbao.adapters.memory.reading.inspections import MemoryInspectionReader
from yanbao.application.inspection.automatic import CHUNK, RecordCounts, RecordsMissing
from yanbao.application.inspection.jobs import AUTOMATIC_INSPECTIONS
from yanbao.application.ports.inspection import InspectionCounts, PatrolFacts
from yanbao.application.ports.operations import SlotState
from yanbao.domain.directory.organisation import Level
from yanbao.domain.inspection.form import PATROL_FIGURES, Conclusion, InspectionForm, InspectionKind
from yanbao.domain.inspection.inspection import Inspection, InspectionState
from yanbao.domain.inspection.week import latest_closed
from yanbao.domain.policy import Policy, SettingKey
from yanbao.domain.signed import Origin
from yanbao.domain.values import RegionId

from ...support.builders import DAY, LINTONG, WEINAN, a_department, a_region, a_setting, an_enterprise
from ...support.builders import XIAN as XIAN_REGION
from ...support.inspecting import (
    ALL,
    CITY_INSPECTOR,
    COLLEAGUE,
    COUNTED,
    COUNTY_INSPECTOR,
    PROVINCE_INSPECTOR,
    Inspecting,
    an_inspection_day,
)
from ...support.world import CHANGAN, DONGFENG, HONGXING, PROVINCE_HEAD, WEINAN_DUTY, XIAN, clock
from ...support.world import LINTONG as LINTONG_BUREAU

TOMORROW = DAY + timedelta(days=1)
END = clock("23:30")


@pytest.fixture
def world() -> Inspecting:
    return an_inspection_day()


def run(world: Inspecting, day: date = DAY) -> RecordCounts:
    """The run of the day, at its own instant."""
    world.at("23:30", day)
    return world.system.app.automatic_inspections.record(clock("23:30", day))


def automatic(world: Inspecting) -> list[Inspection]:
    found = [kept.inspection for kept in world.state.inspections.values()]
    return sorted((i for i in found if i.origin is Origin.AUTO), key=lambda i: str(i.target))


def whom(world: Inspecting) -> list[tuple[str, str]]:
    """(inspecting department, target) of every automatic record that counts."""
    rows = world.seen(PROVINCE_HEAD, replace(COUNTED, origins=(Origin.AUTO,)))
    return sorted((row.department_name, row.target_name) for row in rows)


# ---------------------------------------------------------------- who gets a record


def test_a_department_that_was_in_the_system_has_patrolled_those_directly_below_it(world: Inspecting) -> None:
    world.logs_in(CITY_INSPECTOR)
    assert run(world) == RecordCounts(patrols=2, spot_checks=0)
    assert whom(world) == sorted([(XIAN.name, CHANGAN.name), (XIAN.name, LINTONG_BUREAU.name)])


def test_the_province_patrols_its_cities_and_not_their_counties(world: Inspecting) -> None:
    world.logs_in(PROVINCE_INSPECTOR)
    assert run(world).patrols == 3
    rows = world.seen(PROVINCE_HEAD)
    assert {row.target_region_name for row in rows} == {"西安市", "渭南市", "杨凌示范区"}


def test_a_department_that_was_not_in_the_system_has_looked_at_nothing(world: Inspecting) -> None:
    world.logs_in(COUNTY_INSPECTOR)
    assert run(world) == RecordCounts(0, 0)
    assert automatic(world) == []


def test_an_enterprise_that_was_looked_at_has_been_checked(world: Inspecting) -> None:
    for by in (CITY_INSPECTOR, COLLEAGUE, COUNTY_INSPECTOR):
        world.views(by)
    assert run(world) == RecordCounts(patrols=0, spot_checks=2)
    assert whom(world) == sorted([(XIAN.name, DONGFENG.name), (LINTONG_BUREAU.name, DONGFENG.name)])


def test_who_has_written_a_record_gets_no_automatic_one_of_the_same_target(world: Inspecting) -> None:
    world.logs_in(CITY_INSPECTOR)
    world.views(CITY_INSPECTOR, DONGFENG)
    world.views(CITY_INSPECTOR, HONGXING)
    world.record(CITY_INSPECTOR, LINTONG)
    world.record(COLLEAGUE, DONGFENG)
    assert run(world) == RecordCounts(patrols=1, spot_checks=1)
    assert whom(world) == sorted([(XIAN.name, CHANGAN.name), (XIAN.name, HONGXING.name)])


def test_a_draft_is_no_record(world: Inspecting) -> None:
    world.views(CITY_INSPECTOR)
    world.open(whom=DONGFENG)
    assert run(world).spot_checks == 1


# ---------------------------------------------------------------- what it says


def test_a_record_says_what_was_seen_by_everybody_of_the_department_and_that_nobody_verified_it(
    world: Inspecting,
) -> None:
    world.logs_in(CITY_INSPECTOR)
    world.views(CITY_INSPECTOR, DONGFENG)
    world.views(COLLEAGUE, HONGXING)
    run(world)
    patrol = next(i for i in automatic(world) if i.target.region_id == LINTONG and i.kind.value == "PATROL")
    assert [figure.key for figure in patrol.sheet.figures] == list(PATROL_FIGURES)
    assert {visit.name for visit in patrol.sheet.visits} == {DONGFENG.name, HONGXING.name}
    assert patrol.form == InspectionForm(conclusion=Conclusion.NOT_VERIFIED)
    assert patrol.conclusion_text.startswith("系统根据登录情况自动生成，未经人工核查。系统数据显示：")
    assert f"{DONGFENG.name}：当日承诺未上报" in patrol.conclusion_text
    assert "未发现问题" not in patrol.conclusion_text
    assert (patrol.state, patrol.problem_ids) == (InspectionState.SUBMITTED, ())
    assert (patrol.inspector.person_id, patrol.inspector.name) == (None, "系统自动")
    assert patrol.submitted is not None and patrol.submitted.at == END
    assert patrol.business_date == DAY


def test_lists_count_manual_and_automatic_records_apart(world: Inspecting) -> None:
    world.views(CITY_INSPECTOR, DONGFENG)
    world.views(CITY_INSPECTOR, HONGXING)
    world.record(CITY_INSPECTOR, DONGFENG)
    run(world)

    def counts(*origins: Origin) -> InspectionCounts:
        where = replace(COUNTED, origins=origins)
        return world.system.app.inspections.counts(world.actor(CITY_INSPECTOR), where)

    assert counts() == counts(*Origin) == InspectionCounts(manual=1, automatic=1)
    assert counts(Origin.AUTO) == InspectionCounts(manual=0, automatic=1)


def test_a_record_leaves_a_line_in_the_trail_that_nobody_signed(world: Inspecting) -> None:
    world.views(CITY_INSPECTOR)
    run(world)
    (entry,) = [e for e in world.state.audit.values() if e.action == "InspectionSubmitted"]
    assert (entry.actor_id, entry.actor_name) == (None, "系统自动")


# ---------------------------------------------------------------- once, and less than a record by hand


def test_repeating_the_run_adds_nothing(world: Inspecting) -> None:
    world.logs_in(CITY_INSPECTOR)
    world.views(CITY_INSPECTOR)
    assert run(world) == RecordCounts(2, 1)
    before = world.state
    assert run(world) == RecordCounts(0, 0)
    assert world.state is before


def test_a_record_by_hand_of_the_same_day_takes_the_place_of_the_automatic_one(world: Inspecting) -> None:
    world.views(CITY_INSPECTOR)
    row = world.edit(world.open(whom=DONGFENG))
    run(world)
    world.after(timedelta(minutes=10))
    record = world.turn_in(row)
    assert [row.id for row in world.seen(CITY_INSPECTOR, COUNTED)] == [record.id]
    assert Counter((row.origin, row.replaced) for row in world.seen(CITY_INSPECTOR, ALL)) == {
        (Origin.MANUAL, False): 1,
        (Origin.AUTO, True): 1,
    }


def test_a_record_by_hand_of_another_department_takes_no_place(world: Inspecting) -> None:
    world.views(CITY_INSPECTOR)
    run(world)
    world.record(COUNTY_INSPECTOR, DONGFENG)
    assert len(world.seen(CITY_INSPECTOR, COUNTED)) == 2


# ---------------------------------------------------------------- when


def test_a_day_ends_by_the_setting_of_the_province_and_not_of_a_region_below(world: Inspecting) -> None:
    key = SettingKey.AUTO_INSPECTION_AT
    world.settle(a_setting("22:00", key), a_setting("21:00", key, region=WEINAN)).after(timedelta(seconds=2))
    assert world.system.app.automatic_inspections.instants(DAY) == [clock("22:00")]
    world.logs_in(CITY_INSPECTOR, WEINAN_DUTY)
    assert world.system.app.automatic_inspections.record(clock("22:00")).patrols == 3


def test_the_schedule_writes_the_records_at_the_end_of_the_day(world: Inspecting) -> None:
    world.system.app.schedule.tick()
    world.views(CITY_INSPECTOR)
    world.at("23:29:59").system.app.schedule.tick()
    assert automatic(world) == []
    world.at("23:30").system.app.schedule.tick()
    assert len(automatic(world)) == 1
    (slot,) = [row.slot for row in world.state.slots.values() if row.slot.job == AUTOMATIC_INSPECTIONS]
    assert (slot.slot_at, slot.state) == (END, SlotState.DONE)
    assert slot.note == "自动巡查记录0条，自动抽查记录1条"


def test_after_a_standstill_every_missed_day_is_made_up_for_itself(world: Inspecting) -> None:
    world.system.app.schedule.tick()
    world.views(CITY_INSPECTOR)
    world.at("10:00", TOMORROW)
    world.views(CITY_INSPECTOR)
    world.views(CITY_INSPECTOR, HONGXING)
    world.at("09:00", DAY + timedelta(days=3)).system.app.schedule.tick()
    closed = latest_closed(world.system.clock.now(), Policy()).until
    assert Counter(record.business_date for record in automatic(world)) == {DAY: 1, TOMORROW: 2}
    submitted = {record.submitted.at for record in automatic(world) if record.submitted}
    assert submitted == {max(END, closed), max(clock("23:30", TOMORROW), closed)}
    assert {record.sheet.taken_at for record in automatic(world)} == {world.system.clock.now()}


# ---------------------------------------------------------------- when something fails


def test_one_that_fails_does_not_stop_the_others_and_comes_with_the_next_run(
    world: Inspecting, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = MemoryInspectionReader.patrol_facts

    def fails(
        self: MemoryInspectionReader, region_id: RegionId, *args: object, **named: object
    ) -> PatrolFacts:
        if region_id == LINTONG:
            raise RuntimeError("no facts today")
        return real(self, region_id, *args, **named)  # type: ignore[arg-type]

    world.system.app.schedule.tick()
    world.logs_in(CITY_INSPECTOR)
    world.views(CITY_INSPECTOR)
    world.at("23:30")
    with monkeypatch.context() as patched, caplog.at_level(logging.ERROR):
        patched.setattr(MemoryInspectionReader, "patrol_facts", fails)
        with pytest.raises(RecordsMissing, match=f"1 records of {DAY} are missing, 2 were written"):
            world.system.app.automatic_inspections.record(END)
        assert "no facts today" in caplog.text
        world.system.app.schedule.tick()
    (slot,) = [row.slot for row in world.state.slots.values() if row.slot.job == AUTOMATIC_INSPECTIONS]
    assert (slot.state, slot.note) == (SlotState.DUE, "RecordsMissing")
    world.after(timedelta(minutes=1)).system.app.schedule.tick()
    assert len(automatic(world)) == 3


def test_one_that_cannot_be_stored_does_not_take_its_chunk_along(
    world: Inspecting, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = MemoryInspections.save

    def fails(self: MemoryInspections, inspection: Inspection) -> None:
        if inspection.target.region_id == LINTONG:
            raise RuntimeError("no room")
        real(self, inspection)

    world.logs_in(CITY_INSPECTOR)
    monkeypatch.setattr(MemoryInspections, "save", fails)
    with pytest.raises(RecordsMissing):
        run(world)
    assert whom(world) == [(XIAN.name, CHANGAN.name)]
    monkeypatch.undo()
    assert run(world).patrols == 1
    assert {record.version for record in automatic(world)} == {1}


def test_more_than_a_chunk_is_written_chunk_by_chunk(
    world: Inspecting, monkeypatch: pytest.MonkeyPatch
) -> None:
    enterprises = [an_enterprise(f"第{number}厂") for number in range(2 * CHUNK + 1)]
    world.settle(*enterprises)
    for enterprise in enterprises:
        world.views(CITY_INSPECTOR, enterprise)
    asked: list[date] = []
    real = MemoryInspectionReader.unrecorded_spot_checks

    def counting(self: MemoryInspectionReader, day: date) -> object:
        asked.append(day)
        return real(self, day)

    monkeypatch.setattr(MemoryInspectionReader, "unrecorded_spot_checks", counting)
    assert run(world).spot_checks == 2 * CHUNK + 1
    assert len(asked) == 4, "anew for each chunk: people go on writing records of their own"


def test_two_departments_with_one_region_are_one_target(world: Inspecting) -> None:
    second = a_department("临潼区应急管理二局", level=Level.COUNTY, over=[LINTONG], parent=XIAN)
    world.settle(second)
    world.logs_in(CITY_INSPECTOR)
    assert run(world).patrols == 2
    assert run(world).patrols == 0


def test_a_region_that_the_province_governs_directly_is_counted_by_itself(world: Inspecting) -> None:
    governed = RegionId("610581")
    office = a_department("韩城市应急管理局", level=Level.COUNTY, over=[governed], parent=a_department())
    world.settle(a_region(governed, "韩城市", Level.COUNTY, RegionId("610000")), office)
    world.logs_in(PROVINCE_INSPECTOR)
    run(world)
    cities = {record.target.region_id: record.target.city_id for record in automatic(world)}
    assert cities[governed] == governed
    assert cities[XIAN_REGION] == XIAN_REGION
    assert all(record.kind is InspectionKind.PATROL for record in automatic(world))
