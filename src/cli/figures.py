"""`yanbao figures`: prints the definitions of all figures, and recounts the kept ones."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Final

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from ..adapters.workflow.figures import render_figures
from ..application.access import SYSTEM
from ..application.ports.commitment import Tally
from ..application.ports.statistics import TallyDifference
from ..application.statistics.commitment_figures import COMMITMENT_FIGURES
from ..application.statistics.verifying import RollUpCheck
from ..domain.directory.enterprise import KIND_NAMES
from ..settings import Settings

MOST_SHOWN: Final = 1_000
_KEPT: Final = tuple(entry.name for entry in fields(Tally))
_NAMES: Final = {figure.field: figure.name for figure in COMMITMENT_FIGURES.figures}


def add_commands(app: typer.Typer, console: Console, settings: Callable[[], Settings]) -> None:
    """Register the commands; `settings` reads the settings."""
    figures = typer.Typer(help="统计指标。The figures of the statistics.", no_args_is_help=True)
    app.add_typer(figures, name="figures")

    @figures.command("print")
    def print_() -> None:
        """Print docs/figures.md from the catalogue of the code."""
        sys.stdout.write(render_figures())

    @figures.command()
    def verify() -> None:
        """核对统计。Recount every kept figure from its rows; exit code 1 and the differences if one is wrong."""
        from ..wiring import opened

        with opened(settings()) as system:
            raise typer.Exit(verify_figures(console, system.app.roll_up_check))


def verify_figures(console: Console, check: RollUpCheck) -> int:
    """Recount with a progress bar, print the differences, and return the exit code."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("核对安全承诺统计（日）", total=None)
        result = check.recount(
            SYSTEM, progress=lambda done, total: progress.update(bar, completed=done, total=total)
        )
    if not result.differences:
        console.print(f"[green]统计数字与明细一致：[/green]共核对{result.days}日。")
        return 0
    console.print(f"[red]统计数字与明细不一致：[/red]共核对{result.days}日，有{len(result.differences)}处。")
    console.print(_table(result.differences[:MOST_SHOWN]))
    if len(result.differences) > MOST_SHOWN:
        console.print(f"以上为前{MOST_SHOWN}处，其余{len(result.differences) - MOST_SHOWN}处未列出。")
    return 1


def _table(differences: Sequence[TallyDifference]) -> Table:
    table = Table("区域", "日期", "企业类型", "不一致的数字（统计→明细）")
    for one in differences:
        wrong = [
            f"{_NAMES[name]} {getattr(one.kept, name)}→{getattr(one.counted, name)}"
            for name in _KEPT
            if getattr(one.kept, name) != getattr(one.counted, name)
        ]
        table.add_row(one.region_id, f"{one.business_date}", KIND_NAMES[one.kind], "、".join(wrong))
    return table
