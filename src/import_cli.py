"""`yanbao import …`: the archives that a department has today, from workbooks and CSV files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from .settings import Settings

MOST_SHOWN = 50


def add_commands(app: typer.Typer, console: Console, settings: Callable[[], Settings]) -> None:
    """Add the group `import` with one command per kind of archive, and `template`."""
    from .adapters.excel import write_template
    from .application.imports import ArchiveKind

    group = typer.Typer(
        help="导入档案。Archives from .xlsx or .csv: all rows are checked first; twice is an update, never double.",
        no_args_is_help=True,
    )
    app.add_typer(group, name="import")

    @group.command("template")
    def template(
        kind: Annotated[ArchiveKind, typer.Argument(help="Which archive.")],
        file: Annotated[Path, typer.Argument(help="Where to write the workbook.")],
    ) -> None:
        """Write an empty workbook with the right headers, explanations and choices."""
        write_template(kind, file)
        console.print(f"模板已写入 {file}")

    for kind in ArchiveKind:
        _add_kind(group, kind, console, settings)


def _add_kind(group: typer.Typer, kind: object, console: Console, settings: Callable[[], Settings]) -> None:
    from .application.imports import ArchiveKind

    assert isinstance(kind, ArchiveKind), "called for each kind"
    chosen: ArchiveKind = kind

    @group.command(chosen.value, help=f"Import {chosen.value.replace('-', ' ')}.")
    def run(
        file: Annotated[Path, typer.Argument(help=".xlsx or .csv with Chinese headers.")],
        valid_only: Annotated[
            bool, typer.Option("--valid-only", help="Import the good rows, write the others to a workbook.")
        ] = False,
        sheet: Annotated[
            str | None, typer.Option(help="For CSV files of enterprises: 企业, 工房 or 仓库.")
        ] = None,
    ) -> None:
        raise typer.Exit(_run(chosen, file, valid_only, sheet, console, settings()))


def _run(kind: object, file: Path, valid_only: bool, sheet: str | None, console: Console, found: Settings) -> int:
    from .adapters.excel import read_table, write_refused
    from .application.access import SYSTEM
    from .application.imports import ArchiveKind, ImportArchives
    from .domain.refusals import Refused
    from .wiring import wire

    assert isinstance(kind, ArchiveKind), "called for each kind"
    system = wire(found)
    try:
        table = read_table(file, kind, sheet=sheet)
        with Progress(console=console) as progress:
            bar = progress.add_task("导入", total=None)
            result = ImportArchives(system.storage, system.clock).run(
                SYSTEM,
                kind,
                table,
                valid_only=valid_only,
                progress=lambda done, total: progress.update(bar, completed=done, total=total),
            )
    except Refused as refusal:
        console.print(f"[red]不能导入：[/red]{refusal.sentence}")
        return 1
    finally:
        system.close()
    if result.errors:
        shown = Table(title=f"有{len(result.errors)}处不能接受")
        for heading in ("工作表", "行", "列", "值", "原因"):
            shown.add_column(heading)
        for error in result.errors[:MOST_SHOWN]:
            shown.add_row(error.sheet, str(error.row), error.column, error.value, error.reason)
        console.print(shown)
        if len(result.errors) > MOST_SHOWN:
            console.print(f"另有{len(result.errors) - MOST_SHOWN}处未列出")
    if result.errors and not valid_only:
        console.print("没有导入任何一行。改正后重试，或用 --valid-only 只导入正确的行。")
        return 1
    console.print(f"新增{result.added}，更新{result.updated}，未变{result.unchanged}，拒绝{result.refused}")
    if result.refused:
        refused_file = file.with_name(f"{file.stem}-未导入.xlsx")
        write_refused(result, refused_file)
        console.print(f"未导入的行已写入 {refused_file}")
    return 0
