"""日报: the commitments of a day as they stood at half past twelve, for the province and each city."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from yanbao.adapters.files.memory import MemoryFileStore
from yanbao.adapters.word.writer import DocxWriter
from yanbao.application.access import SYSTEM
from yanbao.application.commitment.commitments import CorrectCommitment
from yanbao.application.ports.files import FileStoreFailed
from yanbao.application.ports.report import Document
from yanbao.application.report.documents import document_of
from yanbao.application.report.jobs import DAILY_REPORTS
from yanbao.application.report.making import ReportsLeft
from yanbao.domain.commitment.commitment import commitment_id
from yanbao.domain.directory.organisation import Role
from yanbao.domain.notice.notice import MessageKind
from yanbao.domain.policy import SettingKey
from yanbao.domain.refusals import InvalidValue, NotFound
from yanbao.domain.report.figures import CommitmentFigures, DailyReportFigures
from yanbao.domain.report.report import RegionReport, ReportKind, report_id, report_key
from yanbao.domain.values import RegionId

from ...support.builders import (
    DAY,
    LINTONG,
    PROVINCE,
    WEINAN,
    YANGLING,
    a_form_of_stopped,
    a_person,
    a_setting,
    a_shutdown,
)
from ...support.builders import XIAN as XIAN_REGION
from ...support.dates import month_day
from ...support.world import (
    DONGFENG,
    FAR,
    FAR_HEAD,
    HEAD,
    HONGXING,
    HONGXING_HEAD,
    LIMIN,
    LIMIN_HEAD,
    LOCAL,
    PROVINCE_DUTY,
    PROVINCE_HEAD,
    WEINAN_DUTY,
    XIAN,
    World,
    a_world,
    actions,
    clock,
)

CITY_HEAD = a_person("高西安", Role.DEPARTMENT_HEAD, of=XIAN)
TOMORROW = DAY + timedelta(days=1)


@pytest.fixture
def world() -> World:
    """东风 has reported in time, 利民 late; 红星, 蒲城 and 杨凌 have not. It is a minute past the report's time."""
    world = a_world().settle(CITY_HEAD)
    world.at("09:00").submit(HEAD, DONGFENG)
    world.at("10:31").submit(LIMIN_HEAD, LIMIN, form=a_form_of_stopped())
    return world.at("12:31")


def make(world: World) -> int:
    return world.system.app.report_making.make(ReportKind.DAILY, DAY)


def report(world: World, region: RegionId = PROVINCE) -> RegionReport:
    with world.system.storage.work(SYSTEM) as work:
        found = work.region_reports.find(report_id(ReportKind.DAILY, DAY, region))
    assert found is not None
    return found


def figures(world: World, region: RegionId = PROVINCE) -> DailyReportFigures:
    found = report(world, region).figures
    assert isinstance(found, DailyReportFigures)
    return found


def counted(line: CommitmentFigures) -> tuple[object, ...]:
    return (line.name, line.expected, line.on_time, line.late, line.unreported, line.on_time_rate, line.place)


def store(world: World) -> MemoryFileStore:
    return world.system.files


def body(world: World, region: RegionId = PROVINCE) -> bytes:
    file = store(world).open(report_key(report(world, region).id))
    try:
        return file.read(file.size)
    finally:
        file.close()


# ---------------------------------------------------------------- what it counts


def test_the_province_and_each_city_get_one(world: World) -> None:
    assert make(world) == 4
    assert {r.region_id for r in world.state.region_reports.values()} == {
        PROVINCE,
        XIAN_REGION,
        WEINAN,
        YANGLING,
    }


def test_cities_are_ranked_by_what_came_in_time_and_equals_share_a_place(world: World) -> None:
    make(world)
    assert [counted(line) for line in figures(world).parts] == [
        ("西安市", 3, 1, 1, 1, "33.3", 1),
        ("渭南市", 1, 0, 0, 1, "0.0", 2),
        ("杨凌示范区", 1, 0, 0, 1, "0.0", 2),
    ]


def test_a_city_counts_its_counties_and_one_without_a_commitment_is_not_ranked(world: World) -> None:
    make(world)
    found = figures(world, XIAN_REGION)
    assert counted(found.whole) == ("西安市", 3, 1, 1, 1, "33.3", None)
    assert [counted(line) for line in found.parts] == [
        ("临潼区", 3, 1, 1, 1, "33.3", 1),
        ("长安区", 0, 0, 0, 0, None, None),
    ]


def test_what_lies_in_the_city_itself_has_a_line_of_its_own(world: World) -> None:
    make(world)
    parts = figures(world, YANGLING).parts
    assert [counted(line) for line in parts] == [
        ("杨陵区", 0, 0, 0, 0, None, None),
        ("杨凌示范区本级", 1, 0, 0, 1, "0.0", None),
    ]


def test_the_silent_and_the_late_are_named(world: World) -> None:
    make(world)
    found = figures(world)
    assert [(one.number, one.name, one.region) for one in found.silent] == [
        (1, HONGXING.name, "临潼区"),
        (2, FAR.name, "蒲城县"),
        (3, LOCAL.name, "杨凌示范区"),
    ]
    (late,) = found.late
    assert (late.name, late.due_at, late.reported_at, late.minutes) == (
        LIMIN.name,
        clock("10:00"),
        clock("10:31"),
        31,
    )


@pytest.mark.parametrize("region", [PROVINCE, XIAN_REGION, WEINAN, YANGLING])
def test_parts_and_kinds_add_up_to_the_whole(world: World, region: RegionId) -> None:
    make(world)
    found = figures(world, region)
    for name in (
        "expected",
        "reported",
        "in_production",
        "stopped",
        "unreported",
        "on_time",
        "late",
        "automatic",
    ):
        for lines in (found.parts, found.kinds):
            assert sum(getattr(line, name) for line in lines) == getattr(found.whole, name), name
    assert len(found.silent) == found.whole.unreported and len(found.late) == found.whole.late


def test_the_figures_are_those_of_the_overview_at_that_time(world: World) -> None:
    make(world)
    overview = world.system.app.figures.overview(world.actor(PROVINCE_DUTY))
    whole = figures(world).whole
    for name in ("expected", "in_production", "stopped", "unreported", "on_time", "late", "automatic"):
        assert getattr(whole, name) == getattr(overview.whole.tally, name)


def test_who_stands_still_by_a_registered_period_is_reported_automatically(world: World) -> None:
    world.settle(a_shutdown(HONGXING)).system.app.commitments.report_shutdowns(DAY)
    world.at("12:29")
    make_at_noon = world.at("12:31")
    make(make_at_noon)
    # It was reported at 12:31, after the instant of the figures.
    assert figures(world).whole.automatic == 0
    assert HONGXING.name in {one.name for one in figures(world).silent}


# ---------------------------------------------------------------- when


def test_it_is_made_by_the_schedule_a_little_after_its_time_and_once(world: World) -> None:
    world.at("12:30:54").system.app.schedule.tick()
    assert world.state.region_reports == {}
    world.at("12:30:56").system.app.schedule.tick()
    assert len(world.state.region_reports) == 4
    (slot,) = [row.slot for row in world.state.slots.values() if row.slot.job == DAILY_REPORTS]
    assert (slot.slot_at, slot.note) == (clock("12:30"), "生成日报4份")


def test_the_province_sets_when(world: World) -> None:
    world.settle(a_setting("13:15", SettingKey.DAILY_REPORT_AT))
    assert world.system.app.report_making.daily_instants(DAY) == [clock("13:15")]


def test_one_that_is_made_up_on_another_day_says_what_it_would_have_said(world: World) -> None:
    make(world)
    told = figures(world)
    later = a_world()
    later.at("09:00").submit(HEAD, DONGFENG)
    later.at("10:31").submit(LIMIN_HEAD, LIMIN, form=a_form_of_stopped())
    later.at("12:30").submit(HONGXING_HEAD, HONGXING)
    later.at("15:00").submit(FAR_HEAD, FAR)
    later.reopen(of=DONGFENG)
    stopped = CorrectCommitment(commitment_id(DONGFENG.id, DAY), 1, a_form_of_stopped())
    later.system.app.commitments.correct(later.actor(HEAD), stopped)
    make(later.at("08:00", TOMORROW))
    assert figures(later) == told


def test_a_period_that_is_not_over_is_refused(world: World) -> None:
    world.at("12:29:59.999999")
    with pytest.raises(InvalidValue, match="尚未截止"):
        make(world)


# ---------------------------------------------------------------- kept


def test_a_second_run_changes_nothing_and_tells_nobody_again(world: World) -> None:
    make(world)
    kept, files = dict(world.state.region_reports), {key: body(world) for key in store(world).keys}
    messages = len(world.state.messages)
    world.at("13:00").submit(FAR_HEAD, FAR)
    assert make(world) == 0
    assert dict(world.state.region_reports) == kept
    assert len(world.state.messages) == messages and set(files) == set(store(world).keys)


def test_the_document_can_be_written_again_unchanged_from_the_frozen_figures(world: World) -> None:
    world.system.reports.instead = DocxWriter()
    make(world)
    stored = report(world)
    assert stored.file is not None
    again = DocxWriter().write(document_of(stored))
    assert again == body(world)
    assert (len(again), hashlib.sha256(again).hexdigest()) == (stored.file.size, stored.file.sha256)


def test_when_the_store_fails_the_figures_stay_and_the_document_comes_later(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(key: str, body: object) -> None:
        raise FileStoreFailed("disk full")

    with monkeypatch.context() as broken:
        broken.setattr(store(world), "put", full)
        with pytest.raises(FileStoreFailed):
            make(world)
    frozen = report(world)
    assert frozen.file is None and world.messages(PROVINCE_HEAD) == []
    assert make(world.at("15:00")) == 4
    assert replace(report(world), file=None) == frozen


def test_one_region_that_fails_does_not_keep_the_others_waiting(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = world.system.reports.write

    def choosy(document: Document) -> bytes:
        if "全市" in str(document):
            raise ValueError("a fault")
        return write(document)

    with monkeypatch.context() as broken:
        broken.setattr(world.system.reports, "write", choosy)
        with pytest.raises(ReportsLeft, match="西安市, 渭南市"):
            make(world)
    assert report(world).file is not None and report(world, YANGLING).file is not None
    assert make(world) == 2


def test_the_clean_up_of_files_leaves_reports_alone(world: World) -> None:
    make(world)
    world.system.clock.moment += timedelta(days=3)
    world.system.app.files.clean_up()
    assert body(world)


# ---------------------------------------------------------------- told


def test_the_heads_of_the_department_are_told_in_the_app_and_nobody_by_sms(world: World) -> None:
    make(world)
    (message,) = world.messages(PROVINCE_HEAD)
    assert (message.kind, message.subject_type) == (MessageKind.REPORT_READY, "RegionReport")
    assert message.title == f"陕西省烟花爆竹安全承诺日报（{DAY.year}年{DAY.month}月{DAY.day}日）已生成"
    assert message.body == (
        f"截至{month_day(DAY)}12:30，全省应报安全承诺的烟花爆竹企业5家，已上报2家，上报率40.0%；其中按时上报1家，"
        "按时率20.0%，逾期上报1家；未上报3家。已上报的企业中，在产1家，停产1家。"
    )
    assert len(world.messages(CITY_HEAD)) == 1
    assert world.messages(PROVINCE_DUTY) == [] and world.texts(PROVINCE_HEAD) == []


def test_that_it_was_made_is_in_the_audit_trail(world: World) -> None:
    make(world)
    assert actions(world).count("ReportMade") == 4


# ---------------------------------------------------------------- for the operator


def test_the_operator_gets_stored_figures_where_there_are_any(world: World) -> None:
    making = world.system.app.report_making
    before = making.preview(ReportKind.DAILY, DAY, XIAN_REGION)
    assert not before.kept and world.state.region_reports == {}
    make(world)
    after = making.preview(ReportKind.DAILY, DAY, XIAN_REGION)
    assert after.kept and after.body == body(world, XIAN_REGION)
    assert after.report.figures == before.report.figures


@pytest.mark.parametrize("region", [LINTONG, RegionId("999999")])
def test_a_county_gets_none(world: World, region: RegionId) -> None:
    with pytest.raises(NotFound):
        world.system.app.report_making.preview(ReportKind.DAILY, DAY, region)


@pytest.fixture(autouse=True)
def _nobody_else() -> Iterator[None]:
    assert WEINAN_DUTY.role is not Role.DEPARTMENT_HEAD
    yield
