"""`python -m benchmarks`: measure, print, and with --write keep it in docs/benchmarks.md. Never fails for a slow figure."""

from __future__ import annotations

import logging
import sys
from datetime import datetime, time
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from . import history, inspection_history, report
from .alerting import alerts
from .database import session
from .growth import Grown, count_statements, grow, history_pages, measure
from .hostile.attacks import attacks
from .hostile.measure import Struck, strike
from .inbound import Received, receive
from .inspecting import inspect
from .inspection_reads import token_of
from .machine import describe, measured, yardstick
from .options import Options, Part
from .page import write
from .prepare import prepare
from .reads import VIEWERS, Found, cases
from .report import Shown
from .served_report import serving, targets
from .serving import serve
from .stage import Stage, stage
from .starting import start
from .statistics_reads import count_statistics
from .submitting import Load, submit
from .subscribing import subscribe
from .subscription_report import subscriptions
from .watching import watch
from .workbooks import write_workbooks

console = Console()
if not console.is_terminal:
    console = Console(width=200)  # A file is as wide as the tables are.
DAY = datetime.combine(Options().day, time())


def main(
    enterprises: Annotated[int, typer.Option(min=1_000, max=20_000)] = 20_000,
    days: Annotated[int, typer.Option(min=2, max=360, help="Days of history.")] = 30,
    day: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="The business day of the newest data.")
    ] = DAY,
    quick: Annotated[bool, typer.Option(help="A small province and short loads.")] = False,
    only: Annotated[list[Part] | None, typer.Option(help="Only these parts; growth needs reads.")] = None,
    every_row: Annotated[
        bool, typer.Option(help="For the statistics: five years of commitments, not of their sums alone.")
    ] = False,
    keep: Annotated[bool, typer.Option("--write", help="Write docs/benchmarks.md.")] = False,
) -> None:
    """Measure reading, submitting and counting against PostgreSQL."""
    # The schema keeps warning of what a mutation refuses; here only the figures are wanted.
    logging.disable(logging.WARNING)
    parts = frozenset(only or Part)
    options = (
        Options.quick(day.date(), parts)
        if quick
        else Options(day=day.date(), enterprises=enterprises, days=days, parts=parts, every_row=every_row)
    )
    before = yardstick()
    with stage(options.day) as ready, Progress(console=console) as progress:
        machine = describe(ready.connection)
        _fill(ready, options, progress)
        data = history.rows_of(ready.connection)
        sent = _loads(ready, options, progress)
        found, tables = _reads(ready, options, progress)
        counted, of_statistics, statistics_targets = count_statistics(ready, options, progress)
        struck = _strike(ready, options, progress)
        received = _inbound(ready, options, progress)
        subscribed = subscribe(ready, options, progress)
        began = start(ready, options, progress)
        inspected = inspect(ready, options, progress)
        watched = watch(ready, options, progress)
        listed, of_alerts = alerts(ready, options, progress)
        workbooks = write_workbooks(options, progress)
        as_served = serve(ready, options, progress)
        found += counted
        found += inspected.reads
        found += inspected.weekly
        found += inspected.counting
        found += listed
        if inspected.tables:
            data |= history.rows_of(ready.connection, inspection_history.TABLES)
        stored = {name: rows for name, (rows, _) in data.items()}
        tables = [
            report.verdicts(
                found,
                inspected.pushed,
                stored,
                sent,
                struck,
                received,
                subscribed,
                began,
                [*statistics_targets, *targets(as_served)],
            ),
            *(serving(as_served) if as_served else []),
            *tables,
            *of_statistics,
            *inspected.tables,
            *watched,
            *([subscriptions(subscribed)] if subscribed else []),
            *([report.started(began)] if began else []),
            *of_alerts,
            *([report.loads(sent)] if sent else []),
            *([report.hostile(struck)] if struck else []),
            *([report.inbound(received)] if received else []),
            *workbooks,
        ]
        progress.stop()
        machine["yardstick"] = measured(before, yardstick())
        for table in tables:
            table.on(console)
        for load in (*sent, *received):
            for answer, times in load.sent.failures.items():
                console.print(f"{load.name}: {times} × {answer}", markup=False)
        console.print(f"yardstick: {machine['yardstick']}", markup=False)
        if keep:
            command = " ".join(["python -m benchmarks", *sys.argv[1:]])
            with session(ready.url) as connection:
                page = write(command, machine, data, tables, found, connection)
            console.print(f"written: {page.name}")


def _fill(ready: Stage, options: Options, progress: Progress) -> None:
    bar = progress.add_task(f"{options.enterprises:,} enterprises × {options.days} days", total=options.days)
    prepare(ready, options, lambda days: progress.advance(bar, days))


def _loads(ready: Stage, options: Options, progress: Progress) -> list[Load]:
    if not options.parts & {Part.SUBMIT, Part.BURST}:
        return []
    bar = progress.add_task("submitting", total=None)
    found = submit(ready, options)
    progress.update(bar, total=1, completed=1)
    return found


def _strike(ready: Stage, options: Options, progress: Progress) -> list[Struck]:
    if Part.HOSTILE not in options.parts:
        return []
    bar = progress.add_task("hostile requests", total=len(attacks()))
    found = strike(ready.system, token_of(ready, VIEWERS["PROVINCE"][0]), lambda: progress.advance(bar))
    progress.update(bar, total=1, completed=1)
    return found


def _inbound(ready: Stage, options: Options, progress: Progress) -> list[Received]:
    if Part.INBOUND not in options.parts:
        return []
    bar = progress.add_task(f"{options.inbound:,} deliveries of the ministry", total=None)
    found = receive(ready, options)
    progress.update(bar, total=1, completed=1)
    return found


def _reads(ready: Stage, options: Options, progress: Progress) -> tuple[list[Found], list[Shown]]:
    if Part.READS not in options.parts:
        return [], []
    bar = progress.add_task(f"reading {options.days} days", total=None)
    before = measure(ready, options, cases(ready, options.days), lambda done: progress.advance(bar, done))
    counted = count_statements(ready, history_pages(ready, options.days))
    progress.update(bar, total=1, completed=1)
    title = f"Reading, {options.enterprises:,} enterprises × {options.days} days"
    tables = [report.reads(before, title), report.counts(counted, "Statements of a history page")]
    if Part.GROWTH in options.parts:
        more = options.growth_days
        bar = progress.add_task(f"growing to {more} days", total=more - options.days)
        grow(ready, options, lambda days: progress.advance(bar, days))
        bar = progress.add_task(f"reading {more} days", total=None)
        after = measure(ready, options, cases(ready, more), lambda done: progress.advance(bar, done))
        progress.update(bar, total=1, completed=1)
        grown = [Grown(*pair) for pair in zip(before, after, strict=True)]
        tables.append(report.growth(grown, options.days, more))
    return before, tables


if __name__ == "__main__":
    typer.run(main)
