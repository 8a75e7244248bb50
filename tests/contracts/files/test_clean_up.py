"""What belongs to nothing is removed, on every storage with every store; what belongs to something never is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from yanbao.adapters.clock import FixedClock
from yanbao.adapters.files.contents import CheckedContents
from yanbao.adapters.identity import OpaqueTokens
from yanbao.application.access import SYSTEM, Actor
from yanbao.application.files.files import Files, FilesLeft
from yanbao.application.files.tickets import PATH, Downloads
from yanbao.application.ports.files import FileMissing, FileStoreFailed
from yanbao.domain.directory.organisation import Role
from yanbao.domain.files.attachment import Attachment, file_key
from yanbao.domain.files.ticket import TicketSubject

from ...support.accounts import an_account
from ...support.builders import NOW, a_department_tree, a_person, an_id
from ...support.inspections import INSPECTOR, a_draft, a_patrol_target, an_attachment
from ...support.samples import a_pdf, a_picture
from ...support.settling import settle_in
from ..conftest import World
from ..problem.problems import settle_parties
from .stores import StoreWorld, a_store, content

HER = replace(a_person("赵检查", Role.INSPECTOR, of=a_department_tree()[1]), id=INSPECTOR)
ACCOUNT = an_account(HER, "zhao")
DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)


@pytest.fixture(params=["memory", "local", "s3"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StoreWorld]:
    with a_store(request.param, tmp_path) as world:
        yield world


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def files(world: World, kept: StoreWorld, clock: FixedClock) -> Files:
    settle_parties(world.storage)
    settle_in(world.storage, SYSTEM, HER, replace(ACCOUNT, version=0))
    return Files(world.storage, world.readers, clock, OpaqueTokens(), kept.store, CheckedContents())


@pytest.fixture
def her(world: World, files: Files) -> Actor:
    found = world.readers.access.actor(HER.id)
    assert found is not None
    return replace(found, account_id=ACCOUNT.id, session_id=an_id("session"))


def upload(files: Files, her: Actor, body: bytes) -> Attachment:
    issued = files.request_upload(her, name="图", size=len(body))
    ticket = files.begin_upload(her, issued.path.removeprefix(PATH))
    return files.take_in(her, ticket, BytesIO(body))


def attach(world: World, file: Attachment) -> None:
    draft = a_draft(a_patrol_target(), key=f"draft-{file.id.hex}")
    with world.storage.work(SYSTEM) as work:
        work.inspections.save(draft)
        work.attachments.claim([file.id], HER.id, inspection_id=draft.id)
        work.commit()


def stored(kept: StoreWorld) -> set[str]:
    return set(kept.store.older_than(timedelta(0)))


def keys_of(file: Attachment) -> set[str]:
    return {file_key(file.id), file_key(file.id, thumbnail=True)}


def make_all_older(kept: StoreWorld, by: timedelta) -> None:
    for key in stored(kept):
        kept.make_older(key, by)


class Dying:
    """A storage of a process that is killed before it can begin."""

    def work(self, actor: Actor) -> Any:
        raise KeyboardInterrupt


def test_what_nobody_claims_is_removed_after_a_day_with_all_its_bytes(
    world: World, kept: StoreWorld, clock: FixedClock, files: Files, her: Actor
) -> None:
    attached, loose = upload(files, her, a_picture("PNG")), upload(files, her, a_picture("JPEG"))
    attach(world, attached)
    make_all_older(kept, 400 * DAY)
    clock.moment += DAY
    assert files.clean_up() == (0, 0) and stored(kept) == keys_of(attached) | keys_of(loose)
    clock.moment += INSTANT
    young = upload(files, her, a_pdf())
    assert files.clean_up() == (1, 0)
    assert stored(kept) == keys_of(attached) | {file_key(young.id)}
    assert set(files.attachments(her, [attached.id, loose.id, young.id])) == {attached.id, young.id}
    assert files.clean_up() == (0, 0)


def test_what_a_crash_before_the_row_leaves_is_removed_after_a_day(
    world: World, kept: StoreWorld, files: Files, her: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued = files.request_upload(her, name="图", size=9)
    ticket = files.begin_upload(her, issued.path.removeprefix(PATH))
    with monkeypatch.context() as dying:
        dying.setattr(files, "_storage", Dying())
        with pytest.raises(KeyboardInterrupt):
            files.take_in(her, ticket, BytesIO(a_picture("PNG")))
    assert world.readers.attachments.attachments([issued.subject_id]) == {}
    assert len(stored(kept)) == 2
    make_all_older(kept, DAY - 60 * SECOND)
    assert files.clean_up() == (0, 0) and len(stored(kept)) == 2, "its row may be about to come"
    make_all_older(kept, 60 * SECOND)
    assert files.clean_up() == (0, 2) and stored(kept) == set()


def test_what_a_crash_after_the_row_was_removed_leaves_is_removed_the_next_time(
    kept: StoreWorld, clock: FixedClock, files: Files, her: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = upload(files, her, a_picture("PNG"))
    make_all_older(kept, 2 * DAY)
    clock.moment += 2 * DAY

    def fail(key: str) -> None:
        raise FileStoreFailed("away")

    with monkeypatch.context() as away:
        away.setattr(kept.store, "delete", fail)
        with pytest.raises(FilesLeft):
            files.clean_up()
    assert files.attachments(her, [file.id]) == {} and stored(kept) == keys_of(file)
    assert files.clean_up() == (0, 2) and stored(kept) == set()


def test_a_row_without_its_bytes_stays_and_holds_nothing_up(
    world: World, kept: StoreWorld, clock: FixedClock, files: Files, her: Actor
) -> None:
    lost, well, loose = (upload(files, her, a_picture("PNG")) for _ in range(3))
    attach(world, lost)
    attach(world, well)
    for key in keys_of(lost) | keys_of(loose):
        kept.store.delete(key)
    make_all_older(kept, 400 * DAY)
    clock.moment += 2 * DAY
    assert files.clean_up() == (1, 0)
    assert set(files.attachments(her, [lost.id, well.id, loose.id])) == {lost.id, well.id}
    assert content(kept.store, file_key(well.id)) == a_picture("PNG")
    issued = files.request_download(her, lost.id, thumbnail=False)
    with pytest.raises(FileMissing):
        openers = {TicketSubject.ATTACHMENT: files.open}
        Downloads(files.tickets, openers).fetch(her, issued.path.removeprefix(PATH))


def test_left_overs_beside_what_is_attached_go_and_what_is_not_ours_stays(
    world: World, kept: StoreWorld, files: Files, her: Actor
) -> None:
    document = upload(files, her, a_pdf())
    attach(world, document)
    left_over = {f"{file_key(document.id)}-incoming-0a1b2c3d", file_key(document.id, thumbnail=True)}
    orphan = {file_key(an_attachment("孤儿")), file_key(an_attachment("孤儿"), thumbnail=True)}
    for key in (*left_over, *orphan, "notofours"):
        kept.store.put(key, BytesIO(b"x"))
    make_all_older(kept, DAY)
    assert files.clean_up() == (0, 4)
    assert stored(kept) == {file_key(document.id), "notofours"}
