"""Automatic records: who looked and wrote nothing has a record all the same, once, and each day for itself."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest

from yanbao.adapters.memory.inspections import MemoryInspections
from yanbao.adapters.memory.reading.inspections import MemoryInspectionReader
from yanbao.application.inspection.automatic import CHUNK, Recorded, RecordsMissing
from yanbao.application.inspection.jobs import AUTOMATIC_INSPECTIONS
from yanbao.application.ports.inspection import PatrolFacts
from yanbao.application.ports.operations import SlotState
from yanbao.domain.directory.organisation import Level
from yanbao.domain.inspection.form import NO_PROBLEM_FOUND, PATROL_FIGURES, InspectionForm, InspectionKind
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
def stage() -> Inspecting:
    return an_inspection_day()


def run(stage: Inspecting, day: date = DAY) -> Recorded:
    """The run of the day, at its own instant."""
    stage.at("23:30", day)
    return stage.world.app.automatic_inspections.record(clock("23:30", day))


def automatic(stage: Inspecting) -> list[Inspection]:
    found = [kept.inspection for kept in stage.state.inspections.values()]
    return sorted((i for i in found if i.origin is Origin.AUTO), key=lambda i: str(i.target))


def whom(stage: Inspecting) -> list[tuple[str, str]]:
    """(inspecting department, target) of every automatic record that counts."""
    rows = stage.seen(PROVINCE_HEAD, replace(COUNTED, origins=(Origin.AUTO,)))
    return sorted((row.department_name, row.target_name) for row in rows)


# ---------------------------------------------------------------- who gets a record


def test_a_department_that_was_in_the_system_has_patrolled_those_directly_below_it(stage: Inspecting) -> None:
    stage.logs_in(CITY_INSPECTOR)
    assert run(stage) == Recorded(patrols=2, spot_checks=0)
    assert whom(stage) == sorted([(XIAN.name, CHANGAN.name), (XIAN.name, LINTONG_BUREAU.name)])


def test_the_province_patrols_its_cities_and_not_their_counties(stage: Inspecting) -> None:
    stage.logs_in(PROVINCE_INSPECTOR)
    assert run(stage).patrols == 3
    rows = stage.seen(PROVINCE_HEAD)
    assert {row.target_region_name for row in rows} == {"西安市", "渭南市", "杨凌示范区"}


def test_a_department_that_was_not_in_the_system_has_looked_at_nothing(stage: Inspecting) -> None:
    stage.logs_in(COUNTY_INSPECTOR)
    assert run(stage) == Recorded(0, 0)
    assert automatic(stage) == []


def test_an_enterprise_that_was_looked_at_has_been_checked(stage: Inspecting) -> None:
    for by in (CITY_INSPECTOR, COLLEAGUE, COUNTY_INSPECTOR):
        stage.views(by)
    assert run(stage) == Recorded(patrols=0, spot_checks=2)
    assert whom(stage) == sorted([(XIAN.name, DONGFENG.name), (LINTONG_BUREAU.name, DONGFENG.name)])


def test_who_has_written_a_record_gets_no_automatic_one_of_the_same_target(stage: Inspecting) -> None:
    stage.logs_in(CITY_INSPECTOR)
    stage.views(CITY_INSPECTOR, DONGFENG)
    stage.views(CITY_INSPECTOR, HONGXING)
    stage.record(CITY_INSPECTOR, LINTONG)
    stage.record(COLLEAGUE, DONGFENG)
    assert run(stage) == Recorded(patrols=1, spot_checks=1)
    assert whom(stage) == sorted([(XIAN.name, CHANGAN.name), (XIAN.name, HONGXING.name)])


def test_a_draft_is_no_record(stage: Inspecting) -> None:
    stage.views(CITY_INSPECTOR)
    stage.open(whom=DONGFENG)
    assert run(stage).spot_checks == 1


# ---------------------------------------------------------------- what it says


def test_a_record_says_what_was_seen_by_everybody_of_the_department_and_that_nothing_was_found(
    stage: Inspecting,
) -> None:
    stage.logs_in(CITY_INSPECTOR)
    stage.views(CITY_INSPECTOR, DONGFENG)
    stage.views(COLLEAGUE, HONGXING)
    run(stage)
    patrol = next(i for i in automatic(stage) if i.target.region_id == LINTONG and i.kind.value == "PATROL")
    assert [figure.key for figure in patrol.sheet.figures] == list(PATROL_FIGURES)
    assert {visit.name for visit in patrol.sheet.visits} == {DONGFENG.name, HONGXING.name}
    assert patrol.form == InspectionForm(conclusion=NO_PROBLEM_FOUND)
    assert (patrol.state, patrol.problem_ids) == (InspectionState.SUBMITTED, ())
    assert (patrol.inspector.person_id, patrol.inspector.name) == (None, "系统自动")
    assert patrol.submitted is not None and patrol.submitted.at == END
    assert patrol.business_date == DAY


def test_a_record_leaves_a_line_in_the_trail_that_nobody_signed(stage: Inspecting) -> None:
    stage.views(CITY_INSPECTOR)
    run(stage)
    (entry,) = [e for e in stage.state.audit.values() if e.action == "InspectionSubmitted"]
    assert (entry.actor_id, entry.actor_name) == (None, "系统自动")


# ---------------------------------------------------------------- once, and less than a record by hand


def test_repeating_the_run_adds_nothing(stage: Inspecting) -> None:
    stage.logs_in(CITY_INSPECTOR)
    stage.views(CITY_INSPECTOR)
    assert run(stage) == Recorded(2, 1)
    before = stage.state
    assert run(stage) == Recorded(0, 0)
    assert stage.state is before


def test_a_record_by_hand_of_the_same_day_takes_the_place_of_the_automatic_one(stage: Inspecting) -> None:
    stage.views(CITY_INSPECTOR)
    row = stage.edit(stage.open(whom=DONGFENG))
    run(stage)
    stage.after(timedelta(minutes=10))
    record = stage.turn_in(row)
    assert [row.id for row in stage.seen(CITY_INSPECTOR, COUNTED)] == [record.id]
    assert Counter((row.origin, row.replaced) for row in stage.seen(CITY_INSPECTOR, ALL)) == {
        (Origin.MANUAL, False): 1,
        (Origin.AUTO, True): 1,
    }


def test_a_record_by_hand_of_another_department_takes_no_place(stage: Inspecting) -> None:
    stage.views(CITY_INSPECTOR)
    run(stage)
    stage.record(COUNTY_INSPECTOR, DONGFENG)
    assert len(stage.seen(CITY_INSPECTOR, COUNTED)) == 2


# ---------------------------------------------------------------- when


def test_a_day_ends_by_the_setting_of_the_region(stage: Inspecting) -> None:
    earlier = a_setting("22:00", SettingKey.AUTO_INSPECTION_AT, region=WEINAN)
    stage.settle(earlier).after(timedelta(seconds=2))
    assert stage.world.app.automatic_inspections.instants(DAY) == [clock("22:00"), END]
    stage.logs_in(CITY_INSPECTOR, WEINAN_DUTY)
    assert stage.world.app.automatic_inspections.record(clock("22:00")).patrols == 1
    assert [name for name, _ in whom(stage)] == ["渭南市应急管理局"]
    assert run(stage).patrols == 2


def test_the_schedule_writes_the_records_at_the_end_of_the_day(stage: Inspecting) -> None:
    stage.world.app.schedule.tick()
    stage.views(CITY_INSPECTOR)
    stage.at("23:29:59").world.app.schedule.tick()
    assert automatic(stage) == []
    stage.at("23:30").world.app.schedule.tick()
    assert len(automatic(stage)) == 1
    (slot,) = [row.slot for row in stage.state.slots.values() if row.slot.job == AUTOMATIC_INSPECTIONS]
    assert (slot.slot_at, slot.state) == (END, SlotState.DONE)
    assert slot.note == "自动巡查记录0条，自动抽查记录1条"


def test_after_a_standstill_every_missed_day_is_made_up_for_itself(stage: Inspecting) -> None:
    stage.world.app.schedule.tick()
    stage.views(CITY_INSPECTOR)
    stage.at("10:00", TOMORROW)
    stage.views(CITY_INSPECTOR)
    stage.views(CITY_INSPECTOR, HONGXING)
    stage.at("09:00", DAY + timedelta(days=3)).world.app.schedule.tick()
    closed = latest_closed(stage.world.clock.now(), Policy()).until
    assert Counter(record.business_date for record in automatic(stage)) == {DAY: 1, TOMORROW: 2}
    submitted = {record.submitted.at for record in automatic(stage) if record.submitted}
    assert submitted == {max(END, closed), max(clock("23:30", TOMORROW), closed)}
    assert {record.sheet.taken_at for record in automatic(stage)} == {stage.world.clock.now()}


# ---------------------------------------------------------------- when something fails


def test_one_that_fails_does_not_stop_the_others_and_comes_with_the_next_run(
    stage: Inspecting, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = MemoryInspectionReader.patrol_facts

    def fails(
        self: MemoryInspectionReader, region_id: RegionId, *args: object, **named: object
    ) -> PatrolFacts:
        if region_id == LINTONG:
            raise RuntimeError("no facts today")
        return real(self, region_id, *args, **named)  # type: ignore[arg-type]

    stage.world.app.schedule.tick()
    stage.logs_in(CITY_INSPECTOR)
    stage.views(CITY_INSPECTOR)
    stage.at("23:30")
    with monkeypatch.context() as patched, caplog.at_level(logging.ERROR):
        patched.setattr(MemoryInspectionReader, "patrol_facts", fails)
        with pytest.raises(RecordsMissing, match=f"1 records of {DAY} are missing, 2 were written"):
            stage.world.app.automatic_inspections.record(END)
        assert "no facts today" in caplog.text
        stage.world.app.schedule.tick()
    (slot,) = [row.slot for row in stage.state.slots.values() if row.slot.job == AUTOMATIC_INSPECTIONS]
    assert (slot.state, slot.note) == (SlotState.DUE, "RecordsMissing")
    stage.after(timedelta(minutes=1)).world.app.schedule.tick()
    assert len(automatic(stage)) == 3


def test_one_that_cannot_be_stored_does_not_take_its_chunk_along(
    stage: Inspecting, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = MemoryInspections.save

    def fails(self: MemoryInspections, inspection: Inspection) -> None:
        if inspection.target.region_id == LINTONG:
            raise RuntimeError("no room")
        real(self, inspection)

    stage.logs_in(CITY_INSPECTOR)
    monkeypatch.setattr(MemoryInspections, "save", fails)
    with pytest.raises(RecordsMissing):
        run(stage)
    assert whom(stage) == [(XIAN.name, CHANGAN.name)]
    monkeypatch.undo()
    assert run(stage).patrols == 1
    assert {record.version for record in automatic(stage)} == {1}


def test_more_than_a_chunk_is_written_chunk_by_chunk(
    stage: Inspecting, monkeypatch: pytest.MonkeyPatch
) -> None:
    enterprises = [an_enterprise(f"第{number}厂") for number in range(2 * CHUNK + 1)]
    stage.settle(*enterprises)
    for enterprise in enterprises:
        stage.views(CITY_INSPECTOR, enterprise)
    asked: list[date] = []
    real = MemoryInspectionReader.unrecorded_spot_checks

    def counting(self: MemoryInspectionReader, day: date) -> object:
        asked.append(day)
        return real(self, day)

    monkeypatch.setattr(MemoryInspectionReader, "unrecorded_spot_checks", counting)
    assert run(stage).spot_checks == 2 * CHUNK + 1
    assert len(asked) == 4, "anew for each chunk: people go on writing records of their own"


def test_two_departments_with_one_region_are_one_target(stage: Inspecting) -> None:
    second = a_department("临潼区应急管理二局", level=Level.COUNTY, over=[LINTONG], parent=XIAN)
    stage.settle(second)
    stage.logs_in(CITY_INSPECTOR)
    assert run(stage).patrols == 2
    assert run(stage).patrols == 0


def test_a_region_that_the_province_governs_directly_is_counted_by_itself(stage: Inspecting) -> None:
    governed = RegionId("610581")
    office = a_department("韩城市应急管理局", level=Level.COUNTY, over=[governed], parent=a_department())
    stage.settle(a_region(governed, "韩城市", Level.COUNTY, RegionId("610000")), office)
    stage.logs_in(PROVINCE_INSPECTOR)
    run(stage)
    cities = {record.target.region_id: record.target.city_id for record in automatic(stage)}
    assert cities[governed] == governed
    assert cities[XIAN_REGION] == XIAN_REGION
    assert all(record.kind is InspectionKind.PATROL for record in automatic(stage))
