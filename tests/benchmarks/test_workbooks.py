"""The benchmark of workbooks in small: both writers write the same rows, each in a process of its own."""

from __future__ import annotations

from pathlib import Path

from benchmarks.options import Options, Part
from benchmarks.workbooks import rows_of, write_bare, write_ours, write_workbooks
from openpyxl import load_workbook
from rich.progress import Progress


def test_both_write_the_same_rows(tmp_path: Path) -> None:
    write_ours(tmp_path / "ours.xlsx", 20)
    write_bare(tmp_path / "bare.xlsx", 20)
    ours = load_workbook(tmp_path / "ours.xlsx").active
    bare = load_workbook(tmp_path / "bare.xlsx").active
    texts = (1, 2, 3, 4, 11)
    assert [[row[place].value for place in texts] for row in ours.iter_rows(min_row=4, max_row=23)] == [
        [row[place].value for place in texts] for row in bare.iter_rows()
    ]
    assert len(list(rows_of(20))) == bare.max_row == 20


def test_each_is_measured_in_a_process_of_its_own() -> None:
    options = Options(workbook_rows=50, workbook_rounds=1, parts=frozenset({Part.WORKBOOKS}))
    (table,) = write_workbooks(options, Progress(disable=True))
    ((rows, *figures),) = table.rows
    assert rows == "50 × 12"
    assert len(figures) == len(table.headings) - 1
