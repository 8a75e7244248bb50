"""The folder in which the rows of unfinished workbooks wait, each workbook in a locked folder of its own.

The system releases the lock of a process that ends in any way. So a folder that can be locked is a leftover.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Final

_PREFIX: Final = "workbook-"
_EXCLUSIVE: Final = fcntl.LOCK_EX


def usual_folder() -> Path:
    """A folder of this user in the temporary folder of the system."""
    return Path(gettempdir()) / f"yanbao-workbooks-{os.getuid()}"


@contextmanager
def own_folder(parent: Path) -> Iterator[str]:
    """A new folder in `parent` for one workbook, which goes at the end; leftovers of others go first.

    Raises OSError when `parent` cannot be made, or belongs to somebody else.
    """
    with _locked(_private(parent)):
        _remove_unlocked(parent)
        made = TemporaryDirectory(prefix=_PREFIX, dir=parent)
        lock = os.open(made.name, os.O_RDONLY)
        fcntl.flock(lock, _EXCLUSIVE)
    try:
        with made as name:
            yield name
    finally:
        os.close(lock)


def remove_left_overs(parent: Path) -> int:
    """Remove the folders in `parent` that no process uses any more; return how many."""
    if not parent.exists():
        return 0
    with _locked(_private(parent)):
        return _remove_unlocked(parent)


def _private(parent: Path) -> Path:
    """The folder, made if it is missing. Others must not get at it: its name is known in a place of everybody."""
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = parent.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise PermissionError(f"{parent} must be a folder that only this user can use")
    return parent


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One process at a time makes and removes folders here: a new one has its lock before anybody looks."""
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, _EXCLUSIVE)
        yield
    finally:
        os.close(lock)


def _remove_unlocked(parent: Path) -> int:
    removed = 0
    for folder in parent.glob(f"{_PREFIX}*"):
        # Its workbook may be finished and the folder gone just now.
        with suppress(FileNotFoundError):
            lock = os.open(folder, os.O_RDONLY)
            try:
                fcntl.flock(lock, _EXCLUSIVE | fcntl.LOCK_NB)
                shutil.rmtree(folder)
                removed += 1
            except BlockingIOError:
                continue  # Somebody writes it.
            finally:
                os.close(lock)
    return removed
