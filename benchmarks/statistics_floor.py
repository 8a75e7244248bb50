"""Statistics of commitments by hand: the same answers by one statement each, through psycopg alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Final

from .floor import global_id

_NAMES: Final = (
    "expected",
    "reported",
    "inProduction",
    "stopped",
    "unreported",
    "onTime",
    "late",
    "automatic",
)
_SUMS: Final = """sum(t.expected) AS expected, sum(t.expected - t.unreported) AS reported,
       sum(t.in_production) AS in_production, sum(t.stopped) AS stopped, sum(t.unreported) AS unreported,
       sum(t.on_time) AS on_time, sum(t.late) AS late, sum(t.automatic) AS automatic"""
_AGAIN: Final = """sum(expected), sum(reported), sum(in_production), sum(stopped), sum(unreported), sum(on_time),
       sum(late), sum(automatic)"""
_DAYS: Final = "t.business_date BETWEEN %(first_day)s AND %(last_day)s"

Answer = Callable[[Sequence[Sequence[Any]]], Any]


def by_period(unit: str) -> dict[str, str]:
    """The ways to write it by period alone; `unit` is that of date_trunc."""
    start = f"greatest(date_trunc('{unit}', t.business_date::timestamp)::date, %(first_day)s)"
    return {
        "straight": f"""
            SELECT NULL, NULL, {start} AS start, {_SUMS} FROM commitment_tally t WHERE {_DAYS}
            GROUP BY 3 ORDER BY 3
        """,
        "by day first": f"""
            SELECT NULL, NULL, greatest(date_trunc('{unit}', day::timestamp)::date, %(first_day)s) AS start, {_AGAIN}
            FROM (SELECT t.business_date AS day, {_SUMS} FROM commitment_tally t WHERE {_DAYS} GROUP BY 1) days
            GROUP BY 3 ORDER BY 3
        """,
    }


def by_city_and_period(unit: str) -> dict[str, str]:
    """The ways to write it by period and by city, which everything lies below."""
    start = f"greatest(date_trunc('{unit}', t.business_date::timestamp)::date, %(first_day)s)"
    placed = "JOIN region_closure k ON k.descendant = {0}.region_id JOIN region r ON r.id = k.ancestor AND r.level = 'CITY'"
    return {
        "grouping sets": f"""
            SELECT r.id, r.name, {start} AS start, {_SUMS} FROM commitment_tally t {placed.format("t")} WHERE {_DAYS}
            GROUP BY GROUPING SETS ((r.id, r.name), (3)) ORDER BY r.id, 3
        """,
        "by county first": f"""
            SELECT r.id, r.name, c.start, {_AGAIN} FROM (
                SELECT t.region_id, {start} AS start, {_SUMS} FROM commitment_tally t WHERE {_DAYS} GROUP BY 1, 2
            ) c {placed.format("c")} GROUP BY GROUPING SETS ((r.id, r.name), (c.start)) ORDER BY r.id, 3
        """,
    }


def answer(last_day: date) -> Answer:
    """The answer to documents.STATISTICS."""

    def shown(rows: Sequence[Sequence[Any]]) -> Any:
        cities = [row for row in rows if row[0] is not None]
        periods = [row for row in rows if row[0] is None]
        starts = [row[2] for row in periods]
        ends = [date.fromordinal(start.toordinal() - 1) for start in starts[1:]] + [last_day]
        whole = [sum(row[place] for row in periods) for place in range(3, 3 + len(_NAMES))]
        return {
            "commitmentStatistics": {
                "whole": {"tally": _tally(whole)},
                "periods": [
                    {"firstDay": start.isoformat(), "lastDay": end.isoformat(), "tally": _tally(row[3:])}
                    for start, end, row in zip(starts, ends, periods, strict=True)
                ],
                "regions": [
                    {
                        "figures": {
                            "region": {"id": global_id("Region", row[0]), "name": row[1]},
                            "tally": _tally(row[3:]),
                        }
                    }
                    for row in cities
                ],
            }
        }

    return shown


def _tally(values: Sequence[Any]) -> dict[str, int]:
    return {name: int(value) for name, value in zip(_NAMES, values, strict=True)}
