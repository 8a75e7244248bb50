"""Ports of the statistics: sums of roll-ups over periods and regions, and the check of the roll-ups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from ...domain.directory.enterprise import EnterpriseKind
from ...domain.values import RegionId
from ..access import Scope
from .commitment import Tally


@dataclass(frozen=True, slots=True)
class TallyQuestion:
    """Which commitments are counted, and into which lines and periods they are divided.

    Counted are those of `region_id` and below, from the first day in `starts` to `last_day`. Each period
    begins on a day of `starts`, which ascend, and ends before the next. Each line is a region of `lines`
    with all below it; no line lies below another. What lies below no line is counted for its own region,
    which then is a line, too. Empty `lines`: each region is one. `everywhere`: no region lies outside of it.
    """

    region_id: RegionId
    starts: tuple[date, ...]
    last_day: date
    lines: tuple[RegionId, ...] = ()
    kinds: tuple[EnterpriseKind, ...] = ()
    everywhere: bool = False


@dataclass(frozen=True, slots=True)
class TallyMargins:
    """The sums by line and by period, of one moment: both add up to the same. What is missing is zero."""

    lines: Mapping[RegionId, Tally]
    periods: Mapping[int, Tally]


class StatisticsReader(Protocol):
    """Sums stored roll-ups; the number of statements depends on nothing. Only what is in scope is counted."""

    def commitment_cells(self, question: TallyQuestion, scope: Scope) -> Mapping[tuple[RegionId, int], Tally]:
        """The sum for each line and period, by its number from 0; what is missing is zero."""
        ...

    def commitment_margins(self, question: TallyQuestion, scope: Scope) -> TallyMargins:
        """The same sums, over all periods and over all lines."""
        ...


@dataclass(frozen=True, slots=True)
class TallyDifference:
    """A roll-up of a region, day and kind that is not what its rows add up to."""

    region_id: RegionId
    business_date: date
    kind: EnterpriseKind
    kept: Tally
    counted: Tally


class RollUpReader(Protocol):
    """Compares the roll-up of commitments with the rows that it counts."""

    def span(self) -> tuple[date, date] | None:
        """The first and the last day of the rows and of the roll-up; None if there is neither."""
        ...

    def differences(self, day: date) -> Sequence[TallyDifference]:
        """Where roll-up and rows of the day differ, at one moment; by region and kind."""
        ...
