"""Asking for an export: small ones at once, large ones in a queue, and what is refused before any work begins."""

from __future__ import annotations

from datetime import timedelta

import pytest

from yanbao.application.export.exports import RequestExport
from yanbao.application.ports.paging import Page
from yanbao.application.ports.problem import ProblemFilter
from yanbao.domain.directory.organisation import Person
from yanbao.domain.exchange.duty import DutyState, Topic
from yanbao.domain.export.job import MOST_OPEN, ROWS_AT_ONCE, ExportTooLarge, TooManyExports
from yanbao.domain.export.kind import ExportKind
from yanbao.domain.export.workflow import ExportState
from yanbao.domain.refusals import Conflict, Forbidden, InvalidValue, NotFound, Refused
from yanbao.domain.values import ExportId

from ...support.builders import DAY, PUCHENG, an_id
from ...support.world import (
    CITY_DUTY,
    COUNTY_DUTY,
    HEAD,
    PROVINCE_DUTY,
    SECURITY_ADMIN,
    WEINAN_DUTY,
    entries,
)
from .exporting import LARGE, ExportWorld, an_export_world, rows_in


@pytest.fixture
def world() -> ExportWorld:
    return an_export_world()


def nothing_has_begun(world: ExportWorld) -> bool:
    return not world.state.exports and not world.duties(Topic.EXPORT) and not world.catalogue.pages


def test_a_small_export_is_ready_when_the_request_returns(world: ExportWorld) -> None:
    row = world.request(rows=ROWS_AT_ONCE)
    assert (row.state, row.rows_done, row.rows_total) == (ExportState.READY, 2_000, 2_000)
    assert row.file_name == f"安全承诺（{DAY}）.xlsx" and row.size
    assert rows_in(world.fetched(row)) == 2_000
    (duty,) = world.duties(Topic.EXPORT)
    assert duty.state is DutyState.DROPPED, "no worker has to make it again"
    assert world.system.doorbell.rung == []
    assert world.system.files.keys == {world.state.exports[row.id].file.key}  # type: ignore[union-attr]


def test_a_large_one_waits_for_a_worker(world: ExportWorld) -> None:
    row = world.request(rows=ROWS_AT_ONCE + 1)
    assert (row.state, row.rows_done, row.rows_total) == (ExportState.QUEUED, 0, 2_001)
    assert world.catalogue.pages == [] and world.system.doorbell.rung == ["EXPORT"]
    assert world.work() == 1
    ready = world.seen(row)
    assert (ready.state, ready.rows_done) == (ExportState.READY, 2_001)
    assert rows_in(world.fetched(ready)) == 2_001
    assert world.work() == 0


def test_a_list_without_rows_is_a_workbook_without_rows(world: ExportWorld) -> None:
    row = world.request(rows=0)
    assert row.state is ExportState.READY and rows_in(world.fetched(row)) == 0


def test_the_rows_are_read_page_by_page(world: ExportWorld) -> None:
    world.request(rows=LARGE)
    world.work()
    assert world.catalogue.pages == [0, 1, 2]


def test_the_trail_says_who_exported_what_and_how_many_rows(world: ExportWorld) -> None:
    row = world.request(rows=LARGE)
    world.work()
    world.fetched(row)
    told = [entry for entry in entries(world) if entry.subject == f"Export:{row.id}"]
    by_action = {entry.action: entry for entry in told}
    assert len(told) == len(by_action) == 3
    asked, made, fetched = (by_action[f"Export{what}"] for what in ("Requested", "Finished", "Downloaded"))
    assert (asked.actor_name, made.actor_name, fetched.actor_name) == (
        CITY_DUTY.name,
        "系统自动",
        CITY_DUTY.name,
    )
    assert asked.detail["kind"] == "COMMITMENTS" and asked.detail["rows"] == LARGE
    assert asked.detail["selection"] == {"first_day": f"{DAY}", "last_day": f"{DAY}"}
    assert made.detail["rows"] == fetched.detail["rows"] == LARGE and len(made.detail["sha256"]) == 64


# ---------------------------------------------------------------- refused before work begins


def test_two_million_rows_are_refused_with_their_number(world: ExportWorld) -> None:
    with pytest.raises(
        ExportTooLarge, match="本次导出共2000000行，一次最多1000000行，请缩小查询范围后再导出。"
    ):
        world.request(rows=2_000_000)
    assert nothing_has_begun(world)


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        (-1, f"结束日期{DAY - timedelta(days=1)}早于开始日期{DAY}。"),
        (5 * 366, "一次最多查询366天，现为1831天。"),
    ],
)
def test_days_that_run_backwards_or_for_years_are_refused(
    world: ExportWorld, days: int, sentence: str
) -> None:
    with pytest.raises(InvalidValue) as refusal:
        world.request(last_day=DAY + timedelta(days=days))
    assert refusal.value.sentence == sentence and refusal.value.field == "lastDay"
    assert nothing_has_begun(world)


def test_a_region_outside_the_scope_is_not_found(world: ExportWorld) -> None:
    for region in (PUCHENG, "999999"):
        with pytest.raises(NotFound):
            world.request(CITY_DUTY, region=region)
    assert nothing_has_begun(world)
    assert world.request(WEINAN_DUTY, region=PUCHENG, rows=1)


def test_a_filter_of_another_list_is_a_mistake_of_the_caller(world: ExportWorld) -> None:
    with pytest.raises(TypeError):
        command = RequestExport(ExportKind.COMMITMENTS, ProblemFilter())
        world.system.app.exports.request(world.actor(CITY_DUTY), command)


@pytest.mark.parametrize("by", [HEAD, SECURITY_ADMIN])
def test_enterprises_and_security_administrators_export_nothing(world: ExportWorld, by: Person) -> None:
    exports, actor, id = world.system.app.exports, world.actor(by), ExportId(an_id("export", "甲"))
    for act in (
        lambda: world.request(by),
        lambda: exports.page(actor, (), Page(1)),
        lambda: exports.count_own(actor, ()),
        lambda: exports.export(actor, id),
        lambda: exports.cancel(actor, id),
        lambda: exports.request_download(actor, id),
    ):
        with pytest.raises(Forbidden):
            act()
    assert nothing_has_begun(world)


def test_so_many_wait_and_then_one_has_to_be_finished_or_cancelled(world: ExportWorld) -> None:
    rows = [world.request() for _ in range(MOST_OPEN)]
    with pytest.raises(TooManyExports, match="您已有3项导出正在排队或生成，最多同时3项"):
        world.request()
    assert world.request(COUNTY_DUTY).state is ExportState.QUEUED, "others have places of their own"
    world.system.app.exports.cancel(world.actor(CITY_DUTY), rows[0].id)
    world.request()
    with pytest.raises(TooManyExports):
        world.request(rows=1)
    while world.work():
        pass
    assert world.request(rows=1).state is ExportState.READY


# ---------------------------------------------------------------- once


def test_the_same_key_gives_the_same_export(world: ExportWorld) -> None:
    first = world.request(key="export-key-1")
    again = world.request(key="export-key-1")
    assert again == first and len(world.state.exports) == 1
    world.work()
    assert world.request(key="export-key-1").state is ExportState.READY
    with pytest.raises(Conflict):
        world.request(key="export-key-1", region="610115")
    small = world.request(key="export-key-2", rows=3)
    assert world.request(key="export-key-2", rows=3) == small and len(world.state.exports) == 2


# ---------------------------------------------------------------- nobody else's


def test_an_export_is_its_owners_and_nobody_elses(world: ExportWorld) -> None:
    row = world.request(rows=1)
    exports = world.system.app.exports
    for other in (COUNTY_DUTY, PROVINCE_DUTY, WEINAN_DUTY):
        actor = world.actor(other)
        acts = (
            lambda: exports.export(actor, row.id),  # noqa: B023
            lambda: exports.cancel(actor, row.id),  # noqa: B023
            lambda: exports.request_download(actor, row.id),  # noqa: B023
        )
        sentences = set()
        for act in acts:
            with pytest.raises(Refused) as refusal:
                act()
            assert isinstance(refusal.value, NotFound)
            sentences.add(refusal.value.sentence)
        assert sentences == {"没有找到导出，或您无权查看。"}
        assert exports.rows(actor, [row.id]) == {} and exports.count_own(actor, ()) == 0


def test_somebodys_exports_are_listed_the_newest_first(world: ExportWorld) -> None:
    rows = []
    for minute in range(3):
        rows.append(world.at(f"08:3{minute}").request(rows=1).id)  # type: ignore[attr-defined]
    exports, actor = world.system.app.exports, world.actor(CITY_DUTY)
    assert [row.id for row in exports.page(actor, (), Page(9)).rows] == rows[::-1]
    assert exports.count_own(actor, (ExportState.READY,)) == 3
