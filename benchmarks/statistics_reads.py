"""Statistics over five years: beside SQL written by hand, and while reports come in."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any, Final

from rich.progress import Progress

from yanbao.domain.deadlines import instant

from . import documents, history, statistics_floor
from .api import served
from .asking import Cost, Meter, Server
from .bulk import settle, trusting, without_indexes
from .growth import measure
from .load import Sent, send, write_requests
from .options import Options, Part
from .reads import VIEWERS, WARM, Case, Found, cases, request
from .report import Shown, reads
from .stage import Stage, account_of, open_sessions
from .submitting import heads_of, open_day, requests_of, wait_until_idle

YEAR: Final = 365
YEARS: Final = 1_826
MORNING: Final = time(9, 31)
RATE: Final = 100
"""Reports that come in each second."""
ASKED: Final = 30
"""Requests of each case while reports come in."""
MOST_MS: Final = {"overview": 5.0, "a year": 300.0, "five years": 1_000.0}
"""The target of each kind, by the beginning of its name; the overview's is of time in the database."""

# What the rows would add up to: as many of a thousand as in `history`.
_TALLIES: Final = """
INSERT INTO commitment_tally
    (region_id, business_date, kind, expected, in_production, stopped, unreported, on_time, late, automatic)
SELECT e.region_id, d.day, e.kind, e.n, e.n - s.stopped - s.unreported, s.stopped, s.unreported,
       e.n - s.unreported - s.late, s.late, s.automatic
FROM (SELECT region_id, kind, count(*)::int AS n FROM enterprise GROUP BY 1, 2) e
CROSS JOIN (SELECT day::date FROM generate_series(%(first)s::date, %(last)s::date, interval '1 day') day) d
CROSS JOIN LATERAL (
    SELECT e.n * 26 / 100 AS stopped, e.n * 4 / 100 AS unreported, e.n * 6 / 100 AS late, e.n * 10 / 100 AS automatic
) s
"""


@dataclass(frozen=True, slots=True)
class Statistic:
    """One statistic while reports come in; milliseconds in order."""

    name: str
    sql: list[float]
    wall: list[float]


def count_statistics(
    stage: Stage, options: Options, progress: Progress
) -> tuple[list[Found], list[Shown], list[tuple[str, str, str]]]:
    """Fill five years, compare each statistic with SQL by hand, then ask while reports come in.

    Gives the reads, their tables, and each target beside what was measured.
    """
    if Part.STATISTICS not in options.parts:
        return [], [], []
    bar = progress.add_task(f"figures of {YEARS:,} days", total=None)
    fill(stage, options)
    asked = statistics(stage)
    found = measure(stage, options, asked, lambda done: None)
    day = open_day(stage, ahead=2)  # The loads have reported the next.
    heads = heads_of(stage.connection)
    with served(stage.url, stage.var / "api", now=instant(day, MORNING)) as api:
        wait_until_idle(stage.connection)
        quiet = _asked(stage, asked)
        busy, sent = _while_reporting(stage, api.port, asked, day, heads)
    progress.update(bar, total=1, completed=1)
    rows = history.rows_of(stage.connection)
    title = f"Statistics, {rows['commitment_tally'][0]:,} rows of the roll-up, {rows['commitment'][0]:,} commitments"
    return found, [reads(found, title), _table(quiet, busy, sent)], _verdicts(busy, sent)


def fill(stage: Stage, options: Options) -> None:
    """Write what is missing of five years: the sums alone, or every commitment as well."""
    first = stage.day - timedelta(days=YEARS - 1)
    row = stage.connection.execute("SELECT min(business_date) FROM commitment_tally").fetchone()
    assert row is not None, "the history is written first"
    last = row[0] - timedelta(days=1)
    if options.every_row:
        history.grow(stage.connection, first, last, advance=lambda days: None)
        return
    with without_indexes(stage.connection, "commitment_tally"), trusting(stage.connection):
        stage.connection.execute(_TALLIES, {"first": first, "last": last})
    settle(stage.connection)


def statistics(stage: Stage) -> list[Case]:
    """Today's overview, and what the province's screens ask for."""
    username, region = VIEWERS["PROVINCE"]
    account = account_of(stage.connection, username)
    now = stage.system.clock.now()
    (token,) = open_sessions(stage.connection, [account], at=now, seen=now + timedelta(minutes=90))
    overview = next(each for each in cases(stage, 1) if each.name.startswith("overview"))

    def case(name: str, days: int, step: str, level: str | None, floors: dict[str, str]) -> Case:
        first_day = stage.day - timedelta(days=days - 1)
        variables = {
            "first": first_day.isoformat(),
            "last": stage.day.isoformat(),
            "step": step,
            "level": level,
        }
        return Case(
            name=name,
            level="PROVINCE",
            rows=None,
            asked=request(documents.STATISTICS, token, **variables),
            floors=floors,
            params={"first_day": first_day, "last_day": stage.day, "region": region},
            answer=statistics_floor.answer(stage.day),
        )

    months, weeks = statistics_floor.by_period("month"), statistics_floor.by_period("week")
    cities = statistics_floor.by_city_and_period("month")
    return [
        overview,
        case("a year by month", YEAR, "MONTH", None, months),
        case("a year by month and city", YEAR, "MONTH", "CITY", cities),
        case("a year by week", YEAR, "WEEK", None, weeks),
        case("five years by month", YEARS, "MONTH", None, months),
        case("five years by month and city", YEARS, "MONTH", "CITY", cities),
        case("five years by week", YEARS, "WEEK", None, weeks),
    ]


def _asked(stage: Stage, asked: Sequence[Case]) -> list[Statistic]:
    """Ask every case some times, in turns, so that all meet the same load."""
    server, meter = Server(stage.system), Meter(stage.system.engine)
    costs: dict[str, list[Cost]] = {each.name: [] for each in asked}
    with meter.listening():
        for number in range(WARM + ASKED):
            for each in asked:
                (cost,) = server.measured([each.asked], meter)
                if number >= WARM:
                    costs[each.name].append(cost)
    server.close()
    return [
        Statistic(name, sorted(1e3 * cost.sql for cost in of), sorted(1e3 * cost.wall for cost in of))
        for name, of in costs.items()
    ]


def _while_reporting(
    stage: Stage, port: int, asked: Sequence[Case], day: date, heads: Sequence[Any]
) -> tuple[list[Statistic], Sent]:
    """Ask while the heads of the enterprises report, so many each second; ends with the questions."""
    file = stage.var / "requests"
    write_requests(file, requests_of(stage, heads, day, at=instant(day, MORNING)))
    with ThreadPoolExecutor(1) as beside:
        load = beside.submit(send, port, file, connections=16, seconds=len(heads) / RATE, rate=RATE)
        found = _asked(stage, asked)
        return found, load.result()


def _table(quiet: Sequence[Statistic], busy: Sequence[Statistic], sent: Sent) -> Shown:
    headings = (
        *("statistic", "SQL p50 ms", "SQL p95 ms", "wall p50 ms", "wall p95 ms"),
        *("SQL p95 ms, quiet", "wall p95 ms, quiet", "target"),
    )
    rows = [
        (
            each.name,
            *(
                f"{_percentile(times, percent):.1f}"
                for times in (each.sql, each.wall)
                for percent in (50, 95)
            ),
            *(f"{_percentile(times, 95):.1f}" for times in (calm.sql, calm.wall)),
            next(
                f"≤ {most:,.0f}{' in SQL' if name == 'overview' else ''}"
                for name, most in MOST_MS.items()
                if each.name.startswith(name)
            ),
        )
        for each, calm in zip(busy, quiet, strict=True)
    ]
    title = f"Statistics while {sent.rate:.0f} reports come in each second ({sent.accepted:,} accepted)"
    return Shown(title, headings, rows)


def _verdicts(busy: Sequence[Statistic], sent: Sent) -> list[tuple[str, str, str]]:
    """The slowest statistic of each kind, at the 95th percentile."""
    found = []
    for kind, most in MOST_MS.items():
        of_kind = [each for each in busy if each.name.startswith(kind)]
        in_sql = kind == "overview"
        times = {each.name: _percentile(each.sql if in_sql else each.wall, 95) for each in of_kind}
        slowest = max(times, key=lambda name: times[name])
        what = f"Statistics of {kind}, {sent.rate:.0f} reports a second beside"
        target = f"≤ {most:,.0f} ms{' in SQL' if in_sql else ''}"
        found.append((what, target, f"p95 {times[slowest]:,.1f} ms ({slowest})"))
    return found


def _percentile(ordered: Sequence[float], percent: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]
