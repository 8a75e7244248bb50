"""Making the file: progress, cancelling, what goes wrong half way, and owners who have changed meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from yanbao.application.access import SYSTEM
from yanbao.application.export.runs import WHY_CRASHED, WHY_FAILED
from yanbao.application.ports.files import FileStoreFailed
from yanbao.application.ports.unavailable import Unavailable
from yanbao.domain.exchange.duty import DutyState, Topic
from yanbao.domain.export.events import ExportAdvanced
from yanbao.domain.export.workflow import ExportState
from yanbao.domain.identity.account import Account
from yanbao.domain.refusals import ActionNotAllowed, Conflict
from yanbao.domain.restore import Restore

from ...support.world import CITY_DUTY, LINTONG, entries
from .exporting import LARGE, ExportWorld, an_export_world, rows_in

LEASE_OVER = timedelta(minutes=3)


@pytest.fixture
def world() -> ExportWorld:
    world = an_export_world()
    # Progress is stored after every page, not once a second.
    world.system.app.export_runs._progress_seconds = 0.0
    return world


def duty_state(world: ExportWorld) -> DutyState:
    (duty,) = world.duties(Topic.EXPORT)
    return duty.state


def raising(error: BaseException, *, on: int = 1) -> Callable[[int], None]:
    """Raise it when this page is read."""

    def act(page: int) -> None:
        if page == on:
            raise error

    return act


def test_progress_is_seen_while_it_runs(world: ExportWorld) -> None:
    row, seen = world.request(rows=LARGE), []
    world.catalogue.each_page = lambda page: seen.append((world.seen(row).state, world.seen(row).rows_done))
    world.work()
    assert seen == [(ExportState.RUNNING, done) for done in (0, 1_000, 2_000)]


def test_live_clients_are_told_and_the_trail_is_not_filled(world: ExportWorld) -> None:
    told: list[Any] = []
    world.system.storage.after_commit = lambda topics, events: told.extend(events)  # type: ignore[attr-defined]
    row = world.request()
    world.work()
    assert sum(isinstance(event, ExportAdvanced) for event in told) >= 4
    assert all(event.export_id == row.id for event in told)
    assert {entry.action for entry in entries(world)} >= {"ExportRequested", "ExportFinished"}
    assert "ExportAdvanced" not in {entry.action for entry in entries(world)}


# ---------------------------------------------------------------- cancelling


def test_what_waits_is_cancelled_and_never_begun(world: ExportWorld) -> None:
    row = world.request()
    cancelled = world.system.app.exports.cancel(world.actor(CITY_DUTY), row.id, key="cancel-key-1")
    assert cancelled.state is ExportState.CANCELLED and duty_state(world) is DutyState.DROPPED
    assert world.work() == 0 and world.catalogue.pages == []
    again = world.system.app.exports.cancel(world.actor(CITY_DUTY), row.id, key="cancel-key-1")
    assert again == cancelled
    with pytest.raises(ActionNotAllowed, match="该导出已取消，不能取消。"):
        world.system.app.exports.cancel(world.actor(CITY_DUTY), row.id)


def test_what_runs_is_cancelled_and_stops_at_the_next_page(world: ExportWorld) -> None:
    row = world.request(rows=9_000)

    def cancel(page: int) -> None:
        if page == 2:
            world.system.app.exports.cancel(world.actor(CITY_DUTY), row.id)

    world.catalogue.each_page = cancel
    world.work()
    assert world.seen(row).state is ExportState.CANCELLED
    assert world.catalogue.pages == [0, 1, 2] and world.system.files.keys == frozenset()
    world.after(LEASE_OVER)
    world.work()
    assert duty_state(world) is DutyState.DONE and world.catalogue.pages == [0, 1, 2]


def test_what_is_cancelled_at_the_last_moment_leaves_no_file(
    world: ExportWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    row, put = world.request(), world.system.files.put

    def cancelled_meanwhile(key: str, body: Any) -> None:
        put(key, body)
        world.system.app.exports.cancel(world.actor(CITY_DUTY), row.id)

    monkeypatch.setattr(world.system.files, "put", cancelled_meanwhile)
    world.work()
    assert world.seen(row).state is ExportState.CANCELLED and world.system.files.keys == frozenset()


# ---------------------------------------------------------------- what goes wrong


@pytest.mark.parametrize(
    "error", [RuntimeError("a bug"), Unavailable("no database"), FileStoreFailed("full")]
)
def test_a_run_that_fails_is_begun_again_from_the_first_row(world: ExportWorld, error: Exception) -> None:
    row = world.request()
    world.catalogue.each_page = raising(error)
    world.work()
    assert (world.seen(row).state, world.seen(row).rows_done) == (ExportState.QUEUED, 0)
    assert duty_state(world) is DutyState.PENDING and world.work() == 0, "after a wait"
    world.catalogue.each_page = lambda page: None
    world.after(timedelta(seconds=5)).work()  # type: ignore[attr-defined]
    ready = world.seen(row)
    assert ready.state is ExportState.READY and rows_in(world.fetched(ready)) == LARGE
    assert len(world.system.files.keys) == 1


def test_a_run_that_fails_every_time_is_given_up_and_says_so(world: ExportWorld) -> None:
    row = world.request()
    world.catalogue.each_page = raising(RuntimeError("a bug"))
    for _ in range(5):
        world.work()
        world.after(timedelta(minutes=1))
    failed = world.seen(row)
    assert (failed.state, failed.why) == (ExportState.FAILED, WHY_FAILED)
    assert duty_state(world) is DutyState.DONE and world.system.files.keys == frozenset()
    assert len([p for p in world.catalogue.pages if p == 0]) == 3
    assert "ExportFailed" in {entry.action for entry in entries(world)}


def test_what_cannot_even_be_counted_is_given_up_too(world: ExportWorld) -> None:
    row = world.request()

    def broken() -> None:
        raise RuntimeError("a bug")

    world.catalogue.counted = broken
    for _ in range(5):
        world.work()
        world.after(timedelta(minutes=1))
    assert (world.seen(row).state, world.seen(row).why) == (ExportState.FAILED, WHY_FAILED)


def test_a_small_one_that_fails_is_left_to_a_worker(
    world: ExportWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(key: str, body: Any) -> None:
        raise FileStoreFailed("away")

    with monkeypatch.context() as outage:
        outage.setattr(world.system.files, "put", away)
        row = world.request(rows=3)
    assert row.state is ExportState.QUEUED
    world.after(timedelta(minutes=2)).work()  # type: ignore[attr-defined]
    assert world.seen(row).state is ExportState.READY


def test_a_lost_race_for_the_row_is_no_failure(world: ExportWorld) -> None:
    row = world.request()
    world.catalogue.each_page = raising(Conflict("数据正被他人修改，请稍后重试。"))
    for _ in range(4):
        world.work()
        world.after(timedelta(minutes=1))
        assert world.seen(row).state is ExportState.QUEUED
    world.catalogue.each_page = lambda page: None
    world.work()
    assert world.seen(row).state is ExportState.READY


def crash(world: ExportWorld) -> None:
    """A worker begins and is killed half way: nothing of it is settled, and its lease runs out."""

    class Killed(BaseException):
        pass

    world.catalogue.each_page = raising(Killed())
    with pytest.raises(Killed):
        world.work()
    world.catalogue.each_page = lambda page: None
    world.after(LEASE_OVER)


def test_what_a_killed_worker_had_in_hand_is_made_from_the_beginning(world: ExportWorld) -> None:
    row = world.request()
    crash(world)
    assert world.seen(row).state is ExportState.RUNNING
    world.work()
    assert world.seen(row).state is ExportState.READY and world.catalogue.pages == [0, 0, 1, 2]
    assert rows_in(world.fetched(row)) == LARGE and len(world.system.files.keys) == 1


def test_after_three_crashes_it_has_failed_and_its_owner_sees_it(world: ExportWorld) -> None:
    row = world.request()
    for _ in range(3):
        crash(world)
    assert world.work() == 0
    failed = world.seen(row)
    assert (failed.state, failed.why) == (ExportState.FAILED, WHY_CRASHED)
    assert duty_state(world) is DutyState.PARKED and world.system.files.keys == frozenset()
    assert {"DutyGivenUp", "ExportFailed"} <= {entry.action for entry in entries(world)}


def test_a_worker_that_stood_still_does_not_disturb_the_one_that_took_over(world: ExportWorld) -> None:
    row = world.request()

    def stands_still(page: int) -> None:
        if page == 1:
            world.catalogue.each_page = lambda page: None
            world.after(LEASE_OVER).work()  # type: ignore[attr-defined]
            assert world.seen(row).state is ExportState.READY

    world.catalogue.each_page = stands_still
    world.work()
    job = world.state.exports[row.id]
    assert (job.state, job.run) == (ExportState.READY, 2) and job.file is not None
    assert world.system.files.keys == {job.file.key}
    assert rows_in(world.fetched(row)) == LARGE


def test_a_process_that_ends_leaves_the_rest_to_another(
    world: ExportWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = world.request(rows=9_000)
    with monkeypatch.context() as ending:
        ending.setattr(world.system.doorbell, "goes_on", lambda topic: len(world.catalogue.pages) < 3)
        world.work()
    assert world.seen(row).state is ExportState.QUEUED and len(world.catalogue.pages) < 5
    assert world.state.exports[row.id].failures == 0
    world.work()
    assert world.seen(row).state is ExportState.READY


def test_nothing_is_made_while_a_restore_is_open(world: ExportWorld) -> None:
    world.request()
    state = world.state.fork()
    now = world.system.clock.now()
    state.restores.put(now, Restore(begun_at=now, begun_by="op", reason="演练", known_until=None))
    world.system.storage.landed = state  # type: ignore[attr-defined]
    assert world.work() == 0 and world.catalogue.pages == []


# ---------------------------------------------------------------- owners who have changed


def disabled(account: Account) -> None:
    account.disabled = True


def test_an_account_that_was_disabled_gets_nothing(world: ExportWorld) -> None:
    row = world.request()
    world.change_account(CITY_DUTY, disabled)
    world.work()
    assert world.seen(row).why == "申请人的账号已停用或已离岗，导出已终止。"
    assert duty_state(world) is DutyState.DONE and world.catalogue.pages == []


def test_somebody_who_has_left_gets_nothing(world: ExportWorld) -> None:
    row = world.request()
    world.move(CITY_DUTY, active=False)
    world.work()
    assert world.state.exports[row.id].state is ExportState.FAILED and world.catalogue.pages == []


def test_somebody_who_works_elsewhere_by_now_gets_nothing(world: ExportWorld) -> None:
    row = world.request()
    world.move(CITY_DUTY, department_id=LINTONG.id)
    world.work()
    job = world.state.exports[row.id]
    assert (job.state, job.why) == (ExportState.FAILED, "申请人已不在原部门，导出已终止。")


def test_whose_filter_has_left_the_scope_gets_nothing(world: ExportWorld) -> None:
    row = world.request(region="610115")
    with world.system.storage.work(SYSTEM) as work:
        office = work.departments.get(CITY_DUTY.department_id, within=SYSTEM.scope)  # type: ignore[arg-type]
        world_without = type(office)(**{**_fields(office), "jurisdiction": frozenset({"610116"})})
        work.departments.save(world_without)
        work.commit()
    world.work()
    job = world.state.exports[row.id]
    assert job.state is ExportState.FAILED and job.why == "没有找到区域，或您无权查看。"


def test_it_is_made_for_the_jurisdiction_of_the_moment(world: ExportWorld) -> None:
    world.request()
    world.work()
    (actor,) = world.catalogue.actors
    assert actor.person_id == CITY_DUTY.id and actor.scope == world.actor(CITY_DUTY).scope


def _fields(thing: Any) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in thing.__dataclass_fields__}


def test_more_rows_than_fit_by_now_are_refused_with_their_number(world: ExportWorld) -> None:
    row = world.request()
    world.catalogue.rows = 1_000_001
    world.work()
    assert world.seen(row).state is ExportState.FAILED and "共1000001行" in world.seen(row).why
