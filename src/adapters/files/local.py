"""Stores files in a local folder: written atomically, spread over sub-folders, mode 0600."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from ...application.ports.files import STORE_KEY, FileMissing, FileStoreFailed, check_key


class LocalFileStore:
    """Stores the key `3f2a…` as the file `3f/2a/3f2a…`. All processes must see the same folder."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, key: str, body: BinaryIO) -> None:
        target = self._path(key)
        # The temporary name is also a valid key, so `older_than` finds it after a crash.
        incoming = target.with_name(f"{key}-incoming-{secrets.token_hex(4)}")
        body.seek(0)
        with _failures(f"putting {key}"):
            self._make_folder(target.parent)
            try:
                with open(os.open(incoming, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                    shutil.copyfileobj(body, out, 1 << 20)
                    out.flush()
                    os.fsync(out.fileno())
                incoming.replace(target)
            except BaseException:
                incoming.unlink(missing_ok=True)
                raise
            _sync_folder(target.parent)

    def open(self, key: str) -> LocalFile:
        with _failures(f"opening {key}"):
            return LocalFile(self._path(key).open("rb"))

    def delete(self, key: str) -> None:
        with _failures(f"deleting {key}"):
            self._path(key).unlink(missing_ok=True)

    def older_than(self, age: timedelta) -> Iterator[str]:
        until = time.time() - age.total_seconds()
        with _failures("listing"):
            for file in self._root.glob("??/??/*"):
                try:
                    if STORE_KEY.fullmatch(file.name) and file.stat().st_mtime <= until:
                        yield file.name
                except FileNotFoundError:
                    continue  # Deleted after the folder was listed.

    def _path(self, key: str) -> Path:
        check_key(key)
        return self._root / key[:2] / key[2:4] / key

    def _make_folder(self, folder: Path) -> None:
        """Make the folder and its parents; fsync each parent, so that the folder survives a power cut."""
        if folder.is_dir():
            return
        if folder != self._root:
            self._make_folder(folder.parent)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sync_folder(folder.parent)


class LocalFile:
    """An open file of the store."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = os.fstat(file.fileno()).st_size

    def read(self, size: int, /) -> bytes:
        with _failures("reading"):
            return self._file.read(size)

    def close(self) -> None:
        self._file.close()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _failures(what: str) -> Iterator[None]:
    """Translate OSError into FileMissing or FileStoreFailed."""
    try:
        yield
    except FileNotFoundError as error:
        raise FileMissing(f"{what}: {error}") from error
    except OSError as error:
        raise FileStoreFailed(f"{what}: {error}") from error
