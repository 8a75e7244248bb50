"""`yanbao export problems --from 2026-11-01 --to 2026-11-30 --out problems.xlsx`: a list as a workbook, audited."""

from __future__ import annotations

import os
from collections.abc import Callable
from getpass import getuser
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated, BinaryIO, Final, cast

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ..application.export.operator import OperatorExports, Written
from ..domain.export.kind import EXPORT_KIND_NAMES, ExportKind
from ..domain.refusals import InvalidValue, Refused
from ..settings import Settings

_KINDS: Final = ", ".join(kind.value.lower().replace("_", "-") for kind in ExportKind)
"""Typer evaluates the annotations of a command, and there sees names of the module only."""


def add_command(app: typer.Typer, console: Console, settings: Callable[[], Settings]) -> None:
    """Register the command; `settings` reads the settings."""

    @app.command("export")
    def export(
        kind: Annotated[str, typer.Argument(help=f"What to export: {_KINDS}.")],
        out: Annotated[Path, typer.Option(help="The .xlsx file to write; it must not exist yet.")],
        first_day: Annotated[
            str | None, typer.Option("--from", help="First business day, as 2026-11-01.")
        ] = None,
        last_day: Annotated[str | None, typer.Option("--to", help="Last business day, included.")] = None,
        region: Annotated[
            str | None, typer.Option(help="Six-digit code of a region, with all below it.")
        ] = None,
        text: Annotated[str | None, typer.Option(help="Text to search for, as in the list.")] = None,
        where: Annotated[
            list[str] | None,
            typer.Option(help="Any other condition of the list: unfed-back=true, states=ISSUED,RETURNED."),
        ] = None,
    ) -> None:
        """导出。Write a list of the whole province as a workbook; who did it is in the audit trail."""
        options = {"first_day": first_day, "last_day": last_day, "region_id": region, "text": text}
        conditions = {name: value for name, value in options.items() if value is not None}
        from ..wiring import opened

        with opened(settings()) as system:
            try:
                conditions |= dict(_condition(each) for each in where or ())
                written = write(console, system.app.operator_exports, _kind(kind), conditions, out)
            except Refused as refusal:
                console.print(f"[red]不能导出：[/red]{escape(refusal.sentence)}", highlight=False)
                raise typer.Exit(1) from None
            except OSError as error:
                console.print(f"[red]不能写入：[/red]{escape(str(error))}", highlight=False)
                raise typer.Exit(1) from None
        console.print(
            f"{out}：{written.rows}行，{written.size}字节，SHA-256 {written.sha256}", highlight=False
        )


def write(
    console: Console, exports: OperatorExports, kind: ExportKind, conditions: dict[str, str], out: Path
) -> Written:
    """Write the file under its name only when it is complete. Raises a Refused, or OSError."""
    command = exports.command(kind, conditions)
    if out.exists():
        raise InvalidValue(f"文件“{out}”已存在，请另取文件名。")
    total = exports.count(command)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with (
        Progress(*columns, console=console) as progress,
        NamedTemporaryFile("w+b", dir=out.parent, prefix=f".{out.name}.", delete=False) as unfinished,
    ):
        bar = progress.add_task(EXPORT_KIND_NAMES[kind], total=total)
        try:
            written = exports.write(
                command,
                cast(BinaryIO, unfinished),
                operator=getuser(),
                progress=lambda rows: progress.update(bar, completed=rows),
            )
            unfinished.flush()
            os.fsync(unfinished.fileno())
            # A link never replaces a file that has appeared meanwhile.
            os.link(unfinished.name, out)
        finally:
            os.unlink(unfinished.name)
    return written


def _word(kind: ExportKind) -> str:
    return kind.value.lower().replace("_", "-")


def _kind(word: str) -> ExportKind:
    for kind in ExportKind:
        if _word(kind) == word:
            return kind
    raise InvalidValue(f"没有“{word}”可导出，可用：{'、'.join(_word(kind) for kind in ExportKind)}。")


def _condition(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise InvalidValue(f"条件应写作“名称=值”，现为“{text[:40]}”。")
    return name.strip().replace("-", "_"), value.strip()
