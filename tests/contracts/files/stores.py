"""The stores of files for tests to run on, each with a hand that makes what is in it older."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from yanbao.adapters.files.local import LocalFileStore
from yanbao.adapters.files.memory import MemoryFileStore
from yanbao.adapters.files.s3 import S3Account, S3FileStore
from yanbao.application.ports.files import FileStore

from ...support.s3 import ACCESS_KEY, BUCKET, REGION, SECRET_KEY, s3_stand_in


@dataclass
class StoreWorld:
    """A store, and how to make what is under a key older."""

    store: FileStore
    make_older: Callable[[str, timedelta], None]


@contextmanager
def a_store(kind: str, tmp_path: Path) -> Iterator[StoreWorld]:
    """An empty one: `memory`, `local` or `s3`."""
    if kind == "memory":
        yield _in_memory()
    elif kind == "local":
        yield _in_a_folder(tmp_path / "files")
    else:
        with s3_stand_in() as stand_in:
            account = S3Account(stand_in.url, BUCKET, REGION, ACCESS_KEY, SECRET_KEY)
            with closing(S3FileStore(account)) as store:
                yield StoreWorld(store, stand_in.make_older)


def _in_memory() -> StoreWorld:
    twin = MemoryFileStore()

    def make_older(key: str, by: timedelta) -> None:
        body, at = twin._kept[key]
        twin._kept[key] = body, at - by

    return StoreWorld(twin, make_older)


def _in_a_folder(root: Path) -> StoreWorld:
    def backdate(key: str, by: timedelta) -> None:
        file = root / key[:2] / key[2:4] / key
        then = file.stat().st_mtime - by.total_seconds()
        os.utime(file, (then, then))

    return StoreWorld(LocalFileStore(root), backdate)


def content(store: FileStore, key: str) -> bytes:
    """All of it, in parts."""
    file = store.open(key)
    try:
        parts = list(iter(lambda: file.read(100_000), b""))
    finally:
        file.close()
    whole = b"".join(parts)
    assert file.size == len(whole)
    return whole
