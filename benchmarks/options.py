"""How large a run is, and which of its parts are wanted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Part(StrEnum):
    """The parts of a run. GROWTH measures the reads again over a longer history; so do INSPECTIONS, WEEKLY and COUNTING, by themselves."""

    READS = "reads"
    STATISTICS = "statistics"
    GROWTH = "growth"
    SUBMIT = "submit"
    BURST = "burst"
    INSPECTIONS = "inspections"
    WEEKLY = "weekly"
    COUNTING = "counting"
    WATCH = "watch"
    ALERTS = "alerts"
    HOSTILE = "hostile"
    INBOUND = "inbound"
    WORKBOOKS = "workbooks"
    SUBSCRIPTIONS = "subscriptions"
    SERVED = "served"
    START = "start"


@dataclass(frozen=True, slots=True)
class Options:
    """Sizes of a run; the defaults are those that the targets speak of."""

    day: date = date(2026, 11, 24)
    """The business day that the newest data are of; fixed, so that two runs measure the same data."""
    enterprises: int = 20_000
    days: int = 30
    growth_days: int = 360
    rounds: int = 5
    repeats: int = 20
    """Requests of each kind in one round."""
    submit_seconds: float = 25.0
    connections: int = 16
    warm_up: int = 200
    """Reports that each server takes before anything is measured."""
    burst: int = 5_000
    burst_connections: int = 500
    inbound: int = 1_000
    """Warnings of the burst from the ministry, all due within one second."""
    inbound_connections: int = 200
    inspections_each_day: int = 550
    """A million in five years; they find three times as many problems."""
    inspection_days: int = 1_826
    recent_days: int = 365
    """Of these days first, then of all."""
    certificates: int = 200_000
    """The certificate watch looks among a tenth of these, then among all."""
    certificates_due: int = 2_000
    alerts: int = 1_000_000
    workbook_rows: int = 100_000
    workbook_rounds: int = 3
    every_row: bool = False
    """Whether the statistics' five years have their commitments as well, not their sums alone."""
    subscriptions: int = 5_000
    served_seconds: float = 2.0
    """Of each turn of a server, for one read."""
    starts: int = 5
    parts: frozenset[Part] = frozenset(Part)

    @classmethod
    def quick(cls, day: date, parts: frozenset[Part]) -> Options:
        """A minute's look: small enough to try a change, too small to judge the targets."""
        return cls(
            day=day,
            enterprises=2_000,
            days=10,
            growth_days=60,
            rounds=3,
            repeats=8,
            submit_seconds=4.0,
            burst=500,
            burst_connections=100,
            inbound=300,
            inspections_each_day=100,
            inspection_days=200,
            recent_days=40,
            certificates=20_000,
            certificates_due=500,
            alerts=100_000,
            workbook_rows=10_000,
            subscriptions=500,
            served_seconds=1.0,
            starts=3,
            parts=parts,
        )
