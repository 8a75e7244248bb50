"""Inspections and problems, measured over the newest part of a history and then over all of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from rich.progress import Progress

from . import counting_reads, inspection_history, inspection_reads, report
from .growth import Grown, count_statements, measure
from .inspection_steps import Pushed, open_patrols, push_weeks
from .options import Options, Part
from .reads import Found
from .report import Shown
from .stage import Stage

FEW: Final = 3
"""Rounds, and repeats in each: the weekly figures take their time."""


@dataclass(slots=True)
class Inspected:
    """What was found over all of the history: the reads that people wait for, the weekly figures and their pushes, the statistics, and the tables."""

    reads: list[Found] = field(default_factory=list)
    weekly: list[Found] = field(default_factory=list)
    counting: list[Found] = field(default_factory=list)
    pushed: list[Pushed] = field(default_factory=list)
    tables: list[Shown] = field(default_factory=list)


def inspect(stage: Stage, options: Options, progress: Progress) -> Inspected:
    """Fill and measure whichever of the three parts are wanted."""
    if not options.parts & {Part.INSPECTIONS, Part.WEEKLY, Part.COUNTING}:
        return Inspected()
    recent, days = options.recent_days, options.inspection_days
    bar = progress.add_task(f"inspections of {days:,} days", total=days)
    write_days(stage, options, 0, recent, lambda done: progress.advance(bar, done))
    inspection_reads.write_visits(stage)
    before = _measured(stage, options, progress, recent)
    write_days(stage, options, recent, days, lambda done: progress.advance(bar, done))
    after = _measured(stage, options, progress, days)
    for title, former, found in (
        ("Inspections and problems", before.reads, after.reads),
        ("Weekly figures", before.weekly, after.weekly),
        ("Statistics of problems and records", before.counting, after.counting),
    ):
        if found:
            grown = [Grown(*pair) for pair in zip(former, found, strict=True)]
            after.tables.append(report.reads(found, f"{title}, {days:,} days"))
            after.tables.append(report.growth(grown, recent, days, what=f"{title}, from"))
            after.tables.append(report.plans(grown, recent, days, f"{title}: what the plans read"))
    if Part.INSPECTIONS in options.parts:
        counted = count_statements(stage, inspection_reads.pages(stage, options))
        after.tables.append(report.counts(counted, "Statements of a page of records or problems"))
        after.tables.append(report.openings(open_patrols(stage)))
    if Part.WEEKLY in options.parts:
        after.pushed = [*before.pushed, *after.pushed]
        after.tables.append(report.pushes(after.pushed))
    return after


def write_days(
    stage: Stage, options: Options, since: int, until: int, advance: Callable[[int], None] = lambda days: None
) -> None:
    """Write the days that lie so many days back, `until` not included."""
    inspection_history.write_days(
        stage.connection,
        stage.day - timedelta(days=until - 1),
        stage.day - timedelta(days=since),
        each_day=options.inspections_each_day,
        now=stage.system.clock.now(),
        advance=advance,
    )


def _measured(stage: Stage, options: Options, progress: Progress, days: int) -> Inspected:
    found = Inspected()
    bar = progress.add_task(f"reading inspections of {days:,} days", total=None)
    if Part.INSPECTIONS in options.parts:
        asked = inspection_reads.cases(stage, options)
        found.reads = measure(stage, options, asked, lambda done: progress.advance(bar, done))
    few = replace(options, rounds=FEW, repeats=FEW)
    if Part.COUNTING in options.parts:
        counted = counting_reads.cases(stage)
        found.counting = measure(stage, few, counted, lambda done: progress.advance(bar, done))
    if Part.WEEKLY in options.parts:
        weeks = inspection_reads.weeks(stage)
        found.weekly = measure(stage, few, weeks, lambda done: progress.advance(bar, done))
        found.pushed = push_weeks(stage, days)
    progress.update(bar, total=1, completed=1)
    return found
