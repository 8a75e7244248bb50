"""`yanbao import …`: imports a department's existing directory from workbooks and CSV files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from ..adapters.excel.reading import read_table
from ..adapters.excel.refused import write_refused
from ..adapters.excel.template import write_template
from ..application.access import SYSTEM
from ..application.directory.imports.columns import IMPORT_NAMES, ImportKind
from ..application.directory.imports.run import ImportDirectory
from ..application.directory.imports.tables import ImportResult
from ..domain.refusals import Refused
from ..settings import Settings

MOST_SHOWN: Final = 50


def add_commands(app: typer.Typer, console: Console, settings: Callable[[], Settings]) -> None:
    """Add the group `import` with one command per kind of directory entry, and `template`."""
    group = typer.Typer(
        help="导入档案。Lookups from .xlsx or .csv: all rows are checked first; twice is an update, never double.",
        no_args_is_help=True,
    )
    app.add_typer(group, name="import")

    @group.command("template")
    def template(
        kind: Annotated[ImportKind, typer.Argument(help="Which kind of directory entries.")],
        file: Annotated[Path, typer.Argument(help="Where to write the workbook.")],
    ) -> None:
        """导入模板。Write an empty workbook with the right headers, explanations and choices."""
        write_template(kind, file)
        console.print(f"{IMPORT_NAMES[kind]}导入模板已写入 {file}")

    for kind in ImportKind:
        group.command(kind.value, help=f"导入{IMPORT_NAMES[kind]}。")(_command(kind, console, settings))


def _command(
    kind: ImportKind, console: Console, settings: Callable[[], Settings]
) -> Callable[[Path, bool, str | None], None]:
    def run(
        file: Annotated[Path, typer.Argument(help=".xlsx or .csv with Chinese headers.")],
        valid_only: Annotated[
            bool, typer.Option("--valid-only", help="Import the good rows, write the others to a workbook.")
        ] = False,
        sheet: Annotated[
            str | None, typer.Option(help="For a CSV file of enterprises: 企业, 工房 or 仓库.")
        ] = None,
    ) -> None:
        raise typer.Exit(_import(kind, file, valid_only, sheet, console, settings()))

    return run


def _import(
    kind: ImportKind, file: Path, valid_only: bool, sheet: str | None, console: Console, settings: Settings
) -> int:
    """Import the file and return the exit code: 1 if errors kept everything from being imported."""
    from ..wiring import opened

    try:
        table = read_table(file, kind, sheet=sheet)
        with opened(settings) as system, Progress(console=console) as progress:
            bar = progress.add_task(f"导入{IMPORT_NAMES[kind]}", total=None)
            result = ImportDirectory(system.storage, system.clock).run(
                SYSTEM,
                kind,
                table,
                valid_only=valid_only,
                progress=lambda done, total: progress.update(bar, completed=done, total=total),
            )
    except Refused as refusal:
        console.print(f"[red]不能导入：[/red]{refusal.sentence}")
        return 1
    _show(result, console)
    if not result.imported:
        console.print("没有导入任何一行。改正后重试，或用 --valid-only 只导入正确的行。")
        return 1
    console.print(
        f"新增{result.added}，更新{result.updated}，未变{result.unchanged}，拒绝{result.refused}行。"
    )
    if result.refused_rows:
        refused = file.with_name(f"{file.stem}-未导入.xlsx")
        write_refused(result, refused)
        console.print(f"未导入的行及原因已写入 {refused}")
    return 0


def _show(result: ImportResult, console: Console) -> None:
    for title, colour, remarks in (("不能接受", "red", result.errors), ("提示", "yellow", result.warnings)):
        if not remarks:
            continue
        table = Table(title=f"{title}：{len(remarks)}处", title_style=colour)
        for heading in ("工作表", "行", "列", "值", "原因"):
            table.add_column(heading, overflow="fold")
        for remark in remarks[:MOST_SHOWN]:
            table.add_row(remark.sheet, str(remark.row), remark.column, remark.value, remark.reason)
        console.print(table)
        if len(remarks) > MOST_SHOWN:
            console.print(f"另有{len(remarks) - MOST_SHOWN}处未列出。")
