"""Files in a folder: whole or not there, readable by nobody else, and never outside the folder."""

from __future__ import annotations

import os
import stat
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest

from yanbao.adapters.files.local import LocalFileStore
from yanbao.application.ports.files import FileStoreFailed
from yanbao.domain.files.attachment import file_key, owner_of

from ...support.inspections import an_attachment

ID = an_attachment("图")
KEY = file_key(ID)


class BreakingOff(BytesIO):
    """A body that cannot be read to its end."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() > 0:
            raise OSError("the disk it comes from has gone")
        return super().read(10)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest.fixture
def store(root: Path) -> LocalFileStore:
    return LocalFileStore(root)


def files_in(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def test_files_are_spread_over_folders_that_only_we_may_enter(store: LocalFileStore, root: Path) -> None:
    store.put(KEY, BytesIO(b"x"))
    assert files_in(root) == [root / KEY[:2] / KEY[2:4] / KEY]
    assert stat.S_IMODE((root / KEY[:2] / KEY[2:4] / KEY).stat().st_mode) == 0o600
    assert stat.S_IMODE((root / KEY[:2]).stat().st_mode) == 0o700


def test_a_body_that_breaks_off_leaves_nothing(store: LocalFileStore, root: Path) -> None:
    with pytest.raises(FileStoreFailed):
        store.put(KEY, BreakingOff(b"x" * 100))
    assert files_in(root) == []


def test_a_body_that_breaks_off_leaves_what_was_there(store: LocalFileStore, root: Path) -> None:
    store.put(KEY, BytesIO(b"before"))
    with pytest.raises(FileStoreFailed):
        store.put(KEY, BreakingOff(b"x" * 100))
    assert [file.read_bytes() for file in files_in(root)] == [b"before"]


def test_what_a_crash_left_behind_is_found_and_can_be_deleted(store: LocalFileStore, root: Path) -> None:
    store.put(KEY, BytesIO(b"x"))
    (left,) = files_in(root)
    left.rename(left.with_name(f"{KEY}-incoming-0a1b2c3d"))
    (found,) = store.older_than(timedelta(0))
    assert owner_of(found) == ID and found != KEY
    store.delete(found)
    assert files_in(root) == []


def test_what_others_put_into_the_folder_is_not_listed(store: LocalFileStore, root: Path) -> None:
    store.put(KEY, BytesIO(b"x"))
    (root / KEY[:2] / KEY[2:4] / "README.txt").write_text("x")
    (root / "lost+found").mkdir()
    assert list(store.older_than(timedelta(0))) == [KEY]


@pytest.mark.parametrize(
    "key", ["", "../../etc/passwd", "ab/cd", "ABCDEFGHIJ", "a" * 101, "short", f"{KEY}\n"]
)
def test_what_is_no_key_reaches_no_file(store: LocalFileStore, root: Path, key: str) -> None:
    for act in (store.open, store.delete, lambda k: store.put(k, BytesIO(b"x"))):
        with pytest.raises(ValueError, match="not a key"):
            act(key)
    assert not root.exists()


def test_a_folder_that_cannot_be_written_is_a_failure_that_says_where(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("a file is in the way")
    with pytest.raises(FileStoreFailed, match=f"putting {KEY}"):
        LocalFileStore(tmp_path / "files").put(KEY, BytesIO(b"x"))


def test_file_and_folders_are_on_the_disk_before_put_returns(
    store: LocalFileStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        synced.append(os.fstat(handle).st_ino)
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    store.put(KEY, BytesIO(b"x"))
    folder = root / KEY[:2] / KEY[2:4]
    assert synced[-2:] == [(folder / KEY).stat().st_ino, folder.stat().st_ino]
    assert {path.stat().st_ino for path in (root.parent, root, folder.parent)} <= set(synced)
