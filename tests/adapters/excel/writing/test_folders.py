"""What killed processes have left in the folder of unfinished workbooks goes; what is being written stays."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from yanbao.adapters.excel.writing.folders import usual_folder
from yanbao.adapters.excel.writing.writer import ExcelWriter
from yanbao.application.ports.workbook import PROGRESS_ROWS, Book, Column

from .written import a_book, a_sheet, read

KILLED: Final = """
import os, signal, sys
from io import BytesIO
from pathlib import Path
from tests.adapters.excel.writing.test_folders import long_book
from yanbao.adapters.excel.writing.writer import ExcelWriter

ExcelWriter(folder=Path(sys.argv[1])).write(long_book(), BytesIO(), lambda rows: os.kill(os.getpid(), signal.SIGKILL))
"""


def long_book() -> Book:
    return a_book(a_sheet([Column("序号")], ((str(n),) for n in range(PROGRESS_ROWS + 1))))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "workbooks"


@pytest.fixture
def left_over(folder: Path) -> Path:
    """What a killed process has left."""
    ended = subprocess.run([sys.executable, "-c", KILLED, folder], check=False)
    assert ended.returncode == -signal.SIGKILL
    (left,) = folder.iterdir()
    assert any(left.iterdir()), "the rows that were written"
    return left


def test_a_written_workbook_leaves_nothing(folder: Path) -> None:
    file = io.BytesIO()
    ExcelWriter(folder=folder).write(long_book(), file)
    assert list(folder.iterdir()) == [] and read(file.getvalue())


def test_a_workbook_that_fails_leaves_nothing(folder: Path) -> None:
    def broken() -> Iterator[tuple[str]]:
        yield ("1",)
        raise LookupError

    with pytest.raises(LookupError):
        ExcelWriter(folder=folder).write(a_book(a_sheet([Column("序号")], broken())), io.BytesIO())
    assert list(folder.iterdir()) == []


def test_what_a_killed_process_has_left_is_removed_once(folder: Path, left_over: Path) -> None:
    writer = ExcelWriter(folder=folder)
    assert (writer.clear(), writer.clear()) == (1, 0)
    assert not left_over.exists()


def test_the_next_workbook_removes_it_first(folder: Path, left_over: Path) -> None:
    def look(rows: int) -> None:
        assert not left_over.exists()

    ExcelWriter(folder=folder).write(long_book(), io.BytesIO(), look)


def test_a_workbook_in_the_making_stays(folder: Path) -> None:
    writer, cleared = ExcelWriter(folder=folder), []
    file = io.BytesIO()
    writer.write(long_book(), file, lambda rows: cleared.append(ExcelWriter(folder=folder).clear()))
    assert cleared == [0, 0] and read(file.getvalue()).active.max_row > PROGRESS_ROWS


def test_other_files_there_stay(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    (folder / "notes").write_text("x")
    assert ExcelWriter(folder=folder).clear() == 0 and (folder / "notes").exists()


def test_without_a_folder_there_is_nothing_to_clear(folder: Path) -> None:
    assert ExcelWriter(folder=folder).clear() == 0 and not folder.exists()


@pytest.mark.parametrize("mode", [0o777, 0o750])
def test_a_folder_that_others_can_use_is_not_used(folder: Path, mode: int) -> None:
    folder.mkdir()
    folder.chmod(mode)
    with pytest.raises(PermissionError):
        ExcelWriter(folder=folder).write(long_book(), io.BytesIO())


def test_a_link_is_not_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PermissionError):
        ExcelWriter(folder=folder).write(long_book(), io.BytesIO())


def test_the_usual_folder_is_one_of_this_user() -> None:
    assert usual_folder().name == f"yanbao-workbooks-{os.getuid()}"
