"""Writing a workbook of 100,000 rows × 12 columns beside bare openpyxl: time and memory, each in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time
from typing import Final

from openpyxl import Workbook
from rich.progress import Progress

from yanbao.adapters.excel.writing.writer import ExcelWriter
from yanbao.application.ports.workbook import Book, Cell, CellKind, Column, Sheet

from .options import Options, Part
from .report import Shown

MOST_RATIO: Final = 0.4
MOST_MIB: Final = 150
_WARM: Final = 100
"""So many rows are written before anything is measured: libraries are loaded, and formats made."""
_BEGIN: Final = datetime(2026, 1, 1, tzinfo=UTC)
_COLUMNS: Final = (
    Column("序号", CellKind.INTEGER, 8),
    Column("企业名称", CellKind.TEXT, 36),
    Column("统一社会信用代码", CellKind.TEXT, 21),
    Column("区域", CellKind.TEXT, 24),
    Column("状态", CellKind.TEXT, 10),
    Column("承诺日期", CellKind.DATE, 12),
    Column("上报时间", CellKind.TIME, 17),
    Column("在岗人数", CellKind.INTEGER, 10, total=True),
    Column("药量", CellKind.DECIMAL, 12, total=True),
    Column("按时率", CellKind.PERCENT, 10),
    Column("反馈时长", CellKind.DURATION, 10),
    Column("说明", CellKind.TEXT, 60),
)


@dataclass(frozen=True, slots=True)
class Written:
    """One file: CPU seconds, and the most memory above what the process had before, in MiB."""

    seconds: float
    mib: float


def write_workbooks(options: Options, progress: Progress) -> list[Shown]:
    """Write the same rows by both, in turn, and compare."""
    if Part.WORKBOOKS not in options.parts:
        return []
    rounds, rows = options.workbook_rounds, options.workbook_rows
    bar = progress.add_task(f"workbooks of {rows:,} rows", total=2 * rounds)
    found: dict[str, list[Written]] = {"ours": [], "openpyxl": []}
    for _ in range(rounds):
        for name, kept in found.items():
            kept.append(_in_a_process(name, rows))
            progress.advance(bar)
    ours, bare = found["ours"], found["openpyxl"]
    ratio = median(a.seconds / b.seconds for a, b in zip(ours, bare, strict=True))
    mib = max(each.mib for each in ours)
    line = (
        f"{rows:,} × {len(_COLUMNS)}",
        f"{median(each.seconds for each in ours):.1f}",
        f"{median(each.seconds for each in bare):.1f}",
        f"{ratio:.2f} {'≤' if ratio <= MOST_RATIO else '>'} {MOST_RATIO}",
        f"{mib:.0f} {'≤' if mib <= MOST_MIB else '>'} {MOST_MIB}",
        f"{max(each.mib for each in bare):.0f}",
    )
    headings = ("rows", "CPU s", "openpyxl CPU s", "ratio", "peak MiB above idle", "openpyxl MiB")
    return [Shown("Writing a workbook, beside bare openpyxl in write-only mode", headings, [line])]


def _in_a_process(name: str, rows: int) -> Written:
    command = [sys.executable, "-m", "benchmarks.workbooks", name, str(rows)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    return Written(**json.loads(answer.stdout))


def rows_of(count: int) -> Iterator[tuple[Cell, ...]]:
    """Rows as lists have them: five texts, a date, an instant, and numbers of all kinds."""
    for n in range(count):
        yield (
            n + 1,
            f"测试烟花爆竹有限公司第{n % 977}厂",
            f"91610000MA6TX{n % 99_999:05}",
            "陕西省西安市蓝田县",
            "按时上报",
            date(2026, 1, 1) + timedelta(days=n % 300),
            _BEGIN + timedelta(seconds=n * 37),
            n % 500,
            Decimal(n % 10_000) / 8,
            (n % 1_000) / 1_000,
            timedelta(minutes=n % 5_000),
            f"带班领导：王某某，第{n % 31}号工房停用。",
        )


def write_ours(file: Path, count: int) -> None:
    """As the system writes it: formats, borders, headers, totals, print settings."""
    sheet = Sheet("安全承诺", _COLUMNS, rows_of(count), counted="条")
    book = Book("安全承诺", "陕西省应急管理厅", "2026-01-01至2026-10-27", "王某某", _BEGIN, [sheet])
    with file.open("wb") as target:
        ExcelWriter().write(book, target)


def write_bare(file: Path, count: int) -> None:
    """By openpyxl in write-only mode, without any format; it takes no aware instants."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("安全承诺")
    for row in rows_of(count):
        sheet.append([cell.replace(tzinfo=None) if isinstance(cell, datetime) else cell for cell in row])
    book.save(file)


_WRITERS: Final[dict[str, Callable[[Path, int], None]]] = {"ours": write_ours, "openpyxl": write_bare}


def _memory(what: str) -> float:
    """A line of /proc/self/status in MiB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{what}:"):
            return int(line.split()[1]) / 1024
    raise LookupError(what)


def _main(name: str, rows: int) -> None:
    write = _WRITERS[name]
    with TemporaryDirectory() as folder:
        write(Path(folder, "warm.xlsx"), _WARM)
        Path("/proc/self/clear_refs").write_text("5")  # The peak begins anew.
        idle, began = _memory("VmRSS"), process_time()
        write(Path(folder, "measured.xlsx"), rows)
        seconds = process_time() - began
        print(json.dumps({"seconds": seconds, "mib": _memory("VmHWM") - idle}))


if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]))
