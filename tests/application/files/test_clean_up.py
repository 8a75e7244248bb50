"""Which files are removed, and which are not."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest

from yanbao.application.files import files as use_cases
from yanbao.application.ports.files import FileStoreFailed
from yanbao.application.ports.operations import SlotState
from yanbao.domain.files.attachment import file_key
from yanbao.domain.inspection.inspection import InspectionState

from ...support.accounts import an_account
from ...support.builders import DAY
from ...support.inspections import an_attachment
from ...support.samples import a_pdf
from ...support.world import HEAD, World, a_world
from .filing import FELLOW, INSPECTOR, an_inspection, claim, fetch, token_of, upload

SECOND = timedelta(seconds=1)
DAY_LONG = timedelta(days=1)


@pytest.fixture
def world() -> World:
    accounts = (an_account(person, name) for person, name in ((INSPECTOR, "zhao"), (FELLOW, "qian")))
    return a_world().settle(INSPECTOR, FELLOW, *accounts)


def test_loose_files_are_removed_after_a_day_with_their_thumbnails(world: World) -> None:
    upload(world)
    world.after(DAY_LONG)
    assert world.system.app.files.clean_up() == (0, 0)
    young = upload(world)
    world.after(SECOND)
    assert world.system.app.files.clean_up() == (1, 0)
    assert set(world.state.attachments) == {young.id}
    assert world.system.files.keys == {file_key(young.id), file_key(young.id, thumbnail=True)}
    assert world.system.app.files.clean_up() == (0, 0)


def test_what_belongs_to_something_stays(world: World) -> None:
    file = upload(world, INSPECTOR)
    claim(world, file, inspection=an_inspection(world, InspectionState.DRAFT))
    world.after(400 * DAY_LONG)
    assert world.system.app.files.clean_up() == (0, 0)
    assert fetch(world, INSPECTOR, file.id)


def test_files_without_a_row_are_removed_once_they_are_a_day_old(world: World) -> None:
    store = world.system.files
    kept = upload(world, INSPECTOR)
    claim(world, kept, inspection=an_inspection(world, InspectionState.DRAFT))
    orphan = file_key(an_attachment("孤儿"))
    for key in (orphan, f"{orphan}-thumbnail", f"{file_key(kept.id)}-incoming-0a1b2c3d", "notofours"):
        store.put(key, BytesIO(b"x"))
    world.after(DAY_LONG - SECOND)
    assert world.system.app.files.clean_up() == (0, 0)
    world.after(SECOND)
    assert world.system.app.files.clean_up() == (0, 3)
    assert store.keys == {file_key(kept.id), file_key(kept.id, thumbnail=True), "notofours"}


def test_more_than_one_chunk_is_removed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(use_cases, "CHUNK", 2)
    for _ in range(5):
        upload(world, content=a_pdf(), name="a.pdf")
    for n in range(5):
        world.system.files.put(file_key(an_attachment(f"孤儿{n}")), BytesIO(b"x"))
    world.after(DAY_LONG + SECOND)
    assert world.system.app.files.clean_up() == (5, 5)
    assert world.system.files.keys == set()


def test_a_file_that_cannot_be_removed_keeps_no_other_from_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, stuck = world.system.files, file_key(an_attachment("孤儿0"))
    delete = store.delete

    def mostly(key: str) -> None:
        if key == stuck:
            raise FileStoreFailed("read-only")
        delete(key)

    monkeypatch.setattr(store, "delete", mostly)
    upload(world, content=a_pdf(), name="a.pdf")
    for n in range(3):
        store.put(file_key(an_attachment(f"孤儿{n}")), BytesIO(b"x"))
    world.after(DAY_LONG + SECOND)
    with pytest.raises(use_cases.FilesLeft, match="1 files could not be removed, 3 were"):
        world.system.app.files.clean_up()
    assert store.keys == {stuck}
    monkeypatch.undo()
    assert world.system.app.files.clean_up() == (0, 1)


def test_a_store_that_is_away_is_not_asked_for_every_file(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def fail(key: str) -> None:
        asked.append(key)
        raise FileStoreFailed("away")

    monkeypatch.setattr(world.system.files, "delete", fail)
    for n in range(30):
        world.system.files.put(file_key(an_attachment(f"孤儿{n}")), BytesIO(b"x"))
    world.after(DAY_LONG + SECOND)
    with pytest.raises(FileStoreFailed, match="away"):
        world.system.app.files.clean_up()
    assert len(asked) == use_cases.MOST_LEFT + 1


def test_expired_tickets_are_forgotten(world: World) -> None:
    token_of(world, HEAD)
    world.after(timedelta(minutes=5))
    world.system.app.files.clean_up()
    assert world.state.file_tickets == {}


def test_the_schedule_cleans_up_every_night_and_says_what_it_removed(world: World) -> None:
    upload(world)
    world.system.app.schedule.tick()
    world.at("03:30", DAY + 2 * DAY_LONG).system.app.schedule.tick()
    slots = [kept.slot for kept in world.state.slots.values() if kept.slot.job == "clean-up-files"]
    assert {slot.state for slot in slots} == {SlotState.DONE}
    assert "清理无主附件1个，无记录的文件0个" in {slot.note for slot in slots}
    assert world.state.attachments == {}
