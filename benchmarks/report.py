"""The tables of a run, for the terminal and for docs/benchmarks.md: every figure in them was measured by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from rich.console import Console
from rich.table import Table

from .growth import Counted, Grown
from .hostile.measure import Struck
from .inbound import OURS, Received
from .inspection_steps import Opened, Pushed
from .reads import Found
from .starting import Started
from .submitting import BY_HAND, SUSTAINED, Load
from .subscribing import Subscribed

MIB: Final = 2**20
MOST_RATIO: Final = 1.5
LEAST_RATE: Final = 200
MOST_SECONDS: Final = 60
MOST_MIB: Final = 250
MOST_WEEKLY_SECONDS: Final = 2
MOST_STRANGER_MS: Final = 20
MOST_ACKNOWLEDGED_MS: Final = 1_000
MOST_PROCESSING_SECONDS: Final = 30
MOST_SOCKET_KIB: Final = 40
MOST_CONNECTING_MS: Final = 2
MOST_IDLE_CORES: Final = 0.05
MOST_LAST_FRAME_MS: Final = 1_000
MOST_START_SECONDS: Final = 2.5
MOST_IDLE_MIB: Final = 110
LEAST_ROWS: Final = {"inspection": 1_000_000, "problem": 3_000_000}
NAMED: Final = ("records of a unit", "problems to me", "facts of the patrol form", "weekly figures")
"""Reads that the targets name."""


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


def plans(found: Sequence[Grown], days: int, more: int, title: str) -> Shown:
    """What the plans return and read in vain, over the whole history; and the pages of both histories."""
    headings = (
        *("request", "seen by", "rows", "plans return", "removed by filters"),
        *(f"pages, {days:,} days", f"pages, {more:,} days"),
    )
    rows = [
        (
            each.after.case.name,
            each.after.case.level.lower(),
            "" if each.after.case.rows is None else str(each.after.case.rows),
            f"{each.after.touched.returned:,}",
            f"{each.after.touched.removed:,}",
            f"{each.before.touched.pages:,}",
            f"{each.after.touched.pages:,}",
        )
        for each in found
    ]
    return Shown(title, headings, rows)


def counts(found: Sequence[Counted], title: str) -> Shown:
    """A line for each request, a column for each size. Where there are fewer rows than asked for, it says how many."""
    lines: dict[tuple[str, str], list[Counted]] = {}
    for each in found:
        lines.setdefault((each.name, each.level), []).append(each)
    sizes = sorted({each.asked for each in found})
    rows = [
        (name, level.lower(), *(_count(line) for line in sorted(counted, key=lambda each: each.asked)))
        for (name, level), counted in lines.items()
    ]
    return Shown(title, ("request", "seen by", *(f"{size} rows" for size in sizes)), rows)


def _count(found: Counted) -> str:
    return str(found.statements) + (f" ({found.rows} rows)" if found.rows < found.asked else "")


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


def _worst(found: Sequence[Found]) -> str:
    """With asking whose session it is on both sides, as every request has it, and without."""
    whole, bare = max(found, key=_ratio), max(found, key=_bare_ratio)
    shown = f"worst {whole.ratio:.2f}× ({_named(whole)})"
    if bare.bare_ratio > whole.ratio:
        shown += f", without session {bare.bare_ratio:.2f}× ({_named(bare)})"
    return shown


def _ratio(found: Found) -> float:
    return found.ratio


def _bare_ratio(found: Found) -> float:
    return found.bare_ratio


def _named(found: Found) -> str:
    rows = "" if found.case.rows is None else f", {found.case.rows} rows"
    return f"{found.case.name}, {found.case.level.lower()}{rows}"


def openings(found: Sequence[Opened]) -> Shown:
    headings = ("enterprises looked at that day", "statements", "SQL ms", "request wall ms")
    rows = [(str(each.visits), str(each.statements), f"{each.sql:.1f}", f"{each.wall:.1f}") for each in found]
    return Shown("Opening the patrol form of the largest city", headings, rows)


def pushes(found: Sequence[Pushed]) -> Shown:
    headings = (
        "days stored",
        "weeks",
        "rows frozen",
        "owed to the ministry",
        "statements",
        "SQL s",
        "seconds",
    )
    rows = [
        (
            f"{each.days:,}",
            str(each.weeks),
            str(each.rows),
            str(each.duties),
            str(each.statements),
            f"{each.sql:.3f}",
            f"{each.wall:.3f}",
        )
        for each in found
    ]
    return Shown("The Friday push", headings, rows)


def loads(found: Sequence[Load]) -> Shown:
    headings = (
        *("load", "connections", "accepted", "not accepted", "lost", "seconds", "per second"),
        *("p50 ms", "p95 ms", "p99 ms", "CPU ms each", "peak MiB", "books"),
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
            f"{each.cpu_each:.2f}",
            f"{each.peak / MIB:.0f}",
            "" if each.books is None else "right" if each.books.right(each.sent.accepted) else "WRONG",
        )
        for each in found
    ]
    return Shown("Loads of one process", headings, rows)


def inbound(found: Sequence[Received]) -> Shown:
    headings = (
        *("deliveries", "connections", "acknowledged", "not acknowledged", "seconds", "p50 ms", "p99 ms"),
        *("CPU ms each", "processed after s", "records"),
    )
    rows = [
        (
            each.name,
            str(each.connections),
            str(each.sent.accepted),
            str(sum(each.sent.failures.values())),
            f"{each.sent.seconds:.2f}",
            f"{each.sent.percentile(50):.0f}",
            f"{each.sent.percentile(99):.0f}",
            f"{1e3 * each.cpu / max(1, each.sent.accepted):.2f}",
            "" if each.processed is None else f"{each.processed:.1f}",
            ", ".join(f"{count} {state}" for state, count in each.states.items()),
        )
        for each in found
    ]
    return Shown("Deliveries of the ministry to one process", headings, rows)


def hostile(found: Sequence[Struck]) -> Shown:
    """The dearest first."""
    headings = (
        *(
            "request without a session",
            "bytes",
            "status",
            "bytes of answer",
            "loop CPU ms",
            "all threads CPU ms",
        ),
        *("target", "loop CPU ms with a session"),
    )
    rows = [
        (
            each.name,
            f"{each.size:,}",
            str(each.status),
            f"{each.answered:,}",
            f"{1e3 * each.loop:.1f}",
            f"{1e3 * each.whole:.1f}",
            f"≤ {MOST_STRANGER_MS}",
            f"{1e3 * each.known:.1f}",
        )
        for each in sorted(found, key=lambda each: -each.whole)
    ]
    return Shown("Hostile requests", headings, rows)


def _dearest(found: Sequence[Struck]) -> list[tuple[str, str, str]]:
    target = f"≤ {MOST_STRANGER_MS} ms"
    loop, whole = max(found, key=lambda each: each.loop), max(found, key=lambda each: each.whole)
    return [
        ("CPU of the event loop for a stranger", target, f"worst {1e3 * loop.loop:.1f} ms ({loop.name})"),
        ("… of all threads", target, f"worst {1e3 * whole.whole:.1f} ms ({whole.name})"),
    ]


def _burst(burst: Received) -> list[tuple[str, str, str]]:
    acknowledged = f"p99 {burst.sent.percentile(99):.0f} ms of {burst.sent.accepted}"
    took = "not in time" if burst.processed is None else f"{burst.processed:.1f} s"
    return [
        ("Warnings acknowledged", f"p99 ≤ {MOST_ACKNOWLEDGED_MS:,} ms", acknowledged),
        ("… and all processed", f"≤ {MOST_PROCESSING_SECONDS} s", took),
    ]


def _beside(ours: Load, by_hand: Load) -> str:
    """The rate and the CPU of a request as parts of the other's: medians over the turns, which lie next to each other.

    A turn in which either accepted nothing, or was done sooner than CPU is counted, says nothing of that.
    """
    pairs = zip(ours.turns, by_hand.turns, strict=True)
    turns = [pair for pair in pairs if all(load.sent.accepted and load.cpu for load in pair)]
    if not turns:
        return "no turn could be measured"
    rate = median(one.sent.rate / other.sent.rate for one, other in turns)
    cpu = median(one.cpu_each / other.cpu_each for one, other in turns)
    return (
        f"{rate:.2f}× its rate ({ours.sent.rate:.0f}/s beside {by_hand.sent.rate:.0f}/s), "
        f"{cpu:.1f}× its CPU for each ({ours.cpu_each:.2f} ms beside {by_hand.cpu_each:.2f} ms)"
    )


def verdicts(
    found: Sequence[Found],
    pushed: Sequence[Pushed],
    stored: Mapping[str, int],
    sent: Sequence[Load],
    struck: Sequence[Struck] = (),
    received: Sequence[Received] = (),
    subscribed: Sequence[Subscribed] = (),
    began: Sequence[Started] = (),
    more: Sequence[tuple[str, str, str]] = (),
) -> Shown:
    """Each target beside what this run measured. `stored`: how many rows the tables of inspections have.

    `more` are rows that others have made.
    """
    rows = [
        (f"Rows of `{name}`", f"≥ {least:,}", f"{stored[name]:,}")
        for name, least in LEAST_ROWS.items()
        if name in stored
    ]
    if found:
        rows.append(("SQL time beside hand-written SQL", f"≤ {MOST_RATIO}×", _worst(found)))
    for name in NAMED:
        if of_it := [each for each in found if each.case.name.startswith(name)]:
            rows.append((f"… {name}", f"≤ {MOST_RATIO}×", _worst(of_it)))
    singles = [each for each in pushed if each.weeks == 1]
    if singles:
        took = ", ".join(f"{each.wall:.2f} s with {each.days:,} days stored" for each in singles)
        rows.append(("The Friday push of all regions", f"< {MOST_WEEKLY_SECONDS} s", took))
    for each in sent:
        if each.name == SUSTAINED:
            rows.append(("Commitments per second", f"≥ {LEAST_RATE}", f"{each.sent.rate:.0f}"))
        if each.name == BY_HAND:
            ours = next(load for load in sent if load.name == SUSTAINED)
            rows.append(("… beside a bare server that writes the same by hand", "—", _beside(ours, each)))
        if each.name.startswith("burst"):
            took = f"{each.sent.accepted} in {each.sent.seconds:.1f} s, {each.lost} lost"
            rows.append(("Burst at the deadline", f"within {MOST_SECONDS} s, none lost", took))
    if sent:
        peak = max(each.peak for each in sent if each.name != BY_HAND)
        rows.append(("Memory of the API process", f"< {MOST_MIB} MiB", f"{peak / MIB:.0f} MiB"))
    if struck:
        rows += _dearest(struck)
    for burst in received:
        if burst.name == OURS:
            rows += _burst(burst)
    if subscribed:
        rows += _open(subscribed[0])
    if began:
        rows += _started(began[0])
    rows += more
    return Shown("Targets", ("what", "target", "measured"), rows)


def _open(ours: Subscribed) -> list[tuple[str, str, str]]:
    idle = f"{ours.idle:.3f}, without any {ours.alone:.3f}"
    return [
        ("Memory of each subscription", f"≤ {MOST_SOCKET_KIB} KiB", f"{ours.memory / 1024:.1f} KiB"),
        ("… CPU of connecting it", f"≤ {MOST_CONNECTING_MS} ms", f"{1e3 * ours.connecting:.2f} ms"),
        (f"… {ours.sockets:,} of them idle", f"≤ {MOST_IDLE_CORES} of a core", idle),
        ("… last frame of a change", f"≤ {MOST_LAST_FRAME_MS:,} ms", f"{1e3 * median(ours.last):.0f} ms"),
    ]


def started(found: Sequence[Started]) -> Shown:
    """One row for each server."""
    rows = [(each.name, f"{each.cpu:.2f}", f"{each.memory / MIB:.0f}") for each in found]
    return Shown("A start", ("server", "CPU s until the first answer", "idle MiB"), rows)


def _started(ours: Started) -> list[tuple[str, str, str]]:
    return [
        ("CPU of a start until the first answer", f"≤ {MOST_START_SECONDS} s", f"{ours.cpu:.2f} s"),
        ("… memory after it, idle", f"≤ {MOST_IDLE_MIB} MiB", f"{ours.memory / MIB:.0f} MiB"),
    ]
