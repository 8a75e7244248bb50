"""The tables of reads through real servers, and what the targets say of them."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Final

from .load import Sent
from .report import Shown
from .serving import BY_HAND, OURS, Served, Serving, Spread

MOST_CPU_RATIO: Final = 1.6
WANTED_CPU_RATIO: Final = 1.4
LEAST_RATE_RATIO: Final = 1.7


def serving(found: Serving) -> list[Shown]:
    """Reads at each server, and at one and two processes of the API."""
    return [_reads(found), _spread(found.spread)]


def targets(found: Serving | None) -> list[tuple[str, str, str]]:
    """A row for each target, as `report.verdicts` has them."""
    if found is None:
        return []
    ratios = {read.short: median(of_it) for read in found.reads if (of_it := read.ratios(OURS))}
    shown = ", ".join(f"{short} {ratio:.2f}×" for short, ratio in ratios.items())
    worst = f"worst {max(ratios.values()):.2f}×: {shown}" if ratios else "no round could be measured"
    target = f"≤ {MOST_CPU_RATIO}×, wanted {WANTED_CPU_RATIO}×"
    rows = [("CPU of a read as served, beside the bare server's", target, worst)]
    for one, two in found.spread:
        shown = (
            f"{_times(two.rate, one.rate)}× measured, of {one.most:.2f}× that {one.cores} cores have room for, "
            f"{_times(two.alone, one.alone)}× by CPU time with a core each"
        )
        rows.append(
            (f"Two processes beside one, {one.short}", f"≥ {LEAST_RATE_RATIO}× the rate", shown),
        )
        rows += [(f"… cores in use at {each.processes}", "—", _shares(each)) for each in (one, two)]
    return rows


def _shares(spread: Spread) -> str:
    """Who used the machine's cores meanwhile."""
    kinds = {"API": spread.api, "database": spread.database, "load": spread.load, "others": spread.others}
    return ", ".join(f"{kind} {seconds / spread.seconds:.2f}" for kind, seconds in kinds.items())


def _reads(found: Serving) -> Shown:
    headings = (
        *(
            "read",
            "server",
            "answers",
            "not accepted",
            "CPU ms each",
            "CPU beside by hand",
            "lowest and highest",
        ),
        *("per second", "p50 ms", "p99 ms", "load's CPU ms each"),
    )
    rows = [_read(read, server) for read in found.reads for server in read.turns]
    rows += [("all", name, *[""] * (len(headings) - 3), why) for name, why in found.missing.items()]
    return Shown("Reads as served", headings, rows)


def _read(read: Served, server: str) -> tuple[str, ...]:
    turns, ratios = read.turns[server], read.ratios(server)
    sent = Sent.together([turn.sent for turn in turns])
    known = bool(ratios) and server != BY_HAND
    return (
        read.short,
        server,
        f"{sent.accepted:,}",
        str(sum(sent.failures.values())),
        f"{median(turn.cpu_each for turn in turns):.2f}",
        f"{median(ratios):.2f}" if known else "",
        f"{min(ratios):.2f} … {max(ratios):.2f}" if known else "",
        f"{median(turn.sent.rate for turn in turns):.0f}",
        f"{sent.percentile(50):.1f}",
        f"{sent.percentile(99):.1f}",
        f"{1e3 * sent.cpu / max(1, sent.accepted):.2f}",
    )


def _spread(found: Sequence[tuple[Spread, Spread]]) -> Shown:
    headings = (
        *("read", "API processes", "answers", "per second", "times", "API CPU ms each"),
        *("API, cores", "database, cores", "load, cores", "others, cores", "most times by cores"),
        *("a core each, per second", "times, a core each"),
    )
    rows = []
    for one, two in found:
        for each in (one, two):
            rows.append(
                (
                    each.short,
                    str(each.processes),
                    f"{each.accepted:,}",
                    f"{each.rate:.0f}",
                    _times(each.rate, one.rate),
                    f"{each.cpu_each:.2f}",
                    f"{each.api / each.seconds:.2f}",
                    f"{each.database / each.seconds:.2f}",
                    f"{each.load / each.seconds:.2f}",
                    f"{each.others / each.seconds:.2f}",
                    f"{each.most:.2f}" if each is one else "",
                    f"{each.alone:.0f}",
                    _times(each.alone, one.alone),
                )
            )
    return Shown("Reads at one and at two processes", headings, rows)


def _times(figure: float, other: float) -> str:
    """How many times the other a figure is; a question mark where the other could not be measured."""
    return f"{figure / other:.2f}" if other else "?"
