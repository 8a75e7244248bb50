"""The tables of a run, for the terminal and for docs/benchmarks.md: every figure in them was measured by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rich.console import Console
from rich.table import Table

from .growth import Grown
from .reads import Found
from .submitting import Load

MIB: Final = 2**20
MOST_RATIO: Final = 1.5
LEAST_RATE: Final = 200
MOST_SECONDS: Final = 60
MOST_MIB: Final = 250
MOST_WEEKLY_SECONDS: Final = 2


@dataclass(frozen=True, slots=True)
class Shown:
    """One table; cells are text."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]

    def on(self, console: Console) -> None:
        table = Table(title=self.title)
        for place, heading in enumerate(self.headings):
            table.add_column(heading, justify="left" if place == 0 else "right")
        for row in self.rows:
            table.add_row(*row)
        console.print(table)

    def markdown(self) -> str:
        alignment = ["---", *["---:"] * (len(self.headings) - 1)]
        lines = [self.headings, alignment, *self.rows]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def reads(found: Sequence[Found], title: str) -> Shown:
    headings = (
        *("request", "seen by", "rows", "statements", "SQL ms", "by hand ms", "ratio"),
        *("without session", "request CPU ms", "by hand CPU ms", "request wall ms"),
    )
    rows = [
        (
            each.case.name,
            each.case.level.lower(),
            "" if each.case.rows is None else str(each.case.rows),
            str(each.statements),
            f"{each.sql:.2f}",
            f"{each.floor_sql:.2f}",
            f"{each.ratio:.2f}",
            f"{each.bare_ratio:.2f}",
            f"{each.cpu:.1f}",
            f"{each.floor_cpu:.1f}",
            f"{each.wall:.1f}",
        )
        for each in found
    ]
    return Shown(title, headings, rows)


def counts(found: Sequence[tuple[int, int]]) -> Shown:
    return Shown(
        "Statements of a history page", ("rows", "statements"), [(str(rows), str(n)) for rows, n in found]
    )


def growth(found: Sequence[Grown], days: int, more: int, *, what: str = "From") -> Shown:
    headings = (
        "request",
        "seen by",
        "rows",
        f"SQL ms, {days:,} days",
        f"SQL ms, {more:,} days",
        "times as much",
        "by hand, times",
    )
    rows = [
        (
            each.before.case.name,
            each.before.case.level.lower(),
            "" if each.before.case.rows is None else str(each.before.case.rows),
            f"{each.before.sql:.2f}",
            f"{each.after.sql:.2f}",
            f"{each.after.sql / each.before.sql:.2f}",
            f"{each.after.floor_sql / each.before.floor_sql:.2f}",
        )
        for each in found
    ]
    return Shown(f"{what} {days:,} to {more:,} days stored", headings, rows)


def loads(found: Sequence[Load]) -> Shown:
    headings = (
        *("load", "connections", "accepted", "not accepted", "lost", "seconds", "per second"),
        *("p50 ms", "p95 ms", "p99 ms", "API CPU ms each", "API peak MiB", "books"),
    )
    rows = [
        (
            each.name,
            str(each.connections),
            str(each.sent.accepted),
            str(sum(each.sent.failures.values())),
            str(each.lost),
            f"{each.sent.seconds:.1f}",
            f"{each.sent.rate:.0f}",
            f"{each.sent.percentile(50):.0f}",
            f"{each.sent.percentile(95):.0f}",
            f"{each.sent.percentile(99):.0f}",
            f"{1e3 * each.cpu / max(1, each.sent.accepted):.2f}",
            f"{each.peak / MIB:.0f}",
            "" if each.books is None else "right" if each.books.right(each.sent.accepted) else "WRONG",
        )
        for each in found
    ]
    return Shown("One API process", headings, rows)


def verdicts(found: Sequence[Found], weekly: Sequence[Found], sent: Sequence[Load]) -> Shown:
    """Each target beside what this run measured."""
    rows = []
    if found or weekly:
        worst = max((*found, *weekly), key=lambda each: each.ratio)
        where = f"{worst.case.name}, {worst.case.level.lower()}, {worst.case.rows or 'all'} rows"
        rows.append(
            ("SQL time beside hand-written SQL", f"≤ {MOST_RATIO}×", f"worst {worst.ratio:.2f}× ({where})")
        )
    if weekly:
        slowest = max(weekly, key=lambda each: each.wall)
        took = f"{slowest.wall / 1e3:.2f} s ({slowest.case.name})"
        rows.append(("Weekly figures of all regions", f"< {MOST_WEEKLY_SECONDS} s", took))
    for each in sent:
        if each.name == "sustained":
            rows.append(("Commitments per second", f"≥ {LEAST_RATE}", f"{each.sent.rate:.0f}"))
        if each.name.startswith("burst"):
            took = f"{each.sent.accepted} in {each.sent.seconds:.1f} s, {each.lost} lost"
            rows.append(("Burst at the deadline", f"within {MOST_SECONDS} s, none lost", took))
    if sent:
        rows.append(
            ("Memory of the API process", f"< {MOST_MIB} MiB", f"{max(e.peak for e in sent) / MIB:.0f} MiB")
        )
    return Shown("Targets", ("what", "target", "measured"), rows)
