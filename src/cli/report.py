"""`yanbao report make daily --day 2026-11-24 -o FILE`: writes the document of a period for the operator."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from ..application.report.making import Preview, ReportMaking
from ..domain.refusals import InvalidValue, Refused
from ..domain.report.report import ReportKind
from ..domain.values import parse_region_code
from ..settings import Settings


def add_commands(app: typer.Typer, console: Console, settings: Callable[[], Settings]) -> None:
    """Add the commands `report …`."""
    commands = typer.Typer(help="通报：日报、周报、月报。Written reports as .docx.", no_args_is_help=True)
    app.add_typer(commands, name="report")

    @commands.callback()
    def report() -> None:
        pass  # With a callback, typer keeps `make` as a command of its own.

    @commands.command("make")
    def make(
        kind: Annotated[str, typer.Argument(help="daily 日报, weekly 周报, monthly 月报.")],
        day: Annotated[
            str, typer.Option(help="The day; the day on which the week closes; any day of the month.")
        ],
        output: Annotated[Path, typer.Option("-o", "--output", help="The .docx file to write.")],
        region: Annotated[str | None, typer.Option(help="市级区域 code; the province when left out.")] = None,
    ) -> None:
        """Write the document of a period that is over: of the stored figures if there are any, else counted now."""
        from ..wiring import opened

        with opened(settings()) as system:
            try:
                preview = write_report(system.app.report_making, kind, day, region, output)
            except Refused as refusal:
                console.print(f"[red]不能生成：[/red]{escape(refusal.sentence)}")
                raise typer.Exit(1) from None
            except OSError as failure:
                console.print(f"[red]{escape(str(output))}:[/red] {escape(failure.strerror or str(failure))}")
                raise typer.Exit(1) from None
        origin = "已留存的数据" if preview.kept else "现时统计的数据（未留存，系统尚未生成该期通报）"
        console.print(
            f"{preview.report.title}：按{origin}写入{output}", markup=False, highlight=False, soft_wrap=True
        )


def write_report(making: ReportMaking, kind: str, day: str, region: str | None, output: Path) -> Preview:
    """Write the file. Raises InvalidValue for a kind, day or code in the wrong form, and as `preview` does."""
    wanted = next((each for each in ReportKind if each.value.lower() == kind.lower()), None)
    if wanted is None:
        names = "、".join(each.value.lower() for each in ReportKind)
        raise InvalidValue(f"种类应为{names}之一，现为“{kind[:20]}”。", field="kind")
    code = None if region is None else parse_region_code(region, field="region")
    preview = making.preview(wanted, _day(day), code)
    output.write_bytes(preview.body)
    return preview


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidValue(f"日期应写作“2026-11-24”，现为“{text[:20]}”。", field="day") from None
