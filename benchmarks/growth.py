"""What years cost: the same reads over a short and a long history, and the number of statements at several sizes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from . import history
from .options import Options
from .reads import FILTER, VIEWERS, Case, Comparison, Found
from .reads import history as history_case
from .stage import Stage, account_of, open_sessions

SIZES: Final = (5, 20, 100)


@dataclass(frozen=True, slots=True)
class Grown:
    """One request over the short history and over the long one."""

    before: Found
    after: Found


def measure(
    stage: Stage, options: Options, asked: Sequence[Case], advance: Callable[[int], None]
) -> list[Found]:
    """Each of these reads; told how many are done."""
    comparison = Comparison(stage, options)
    found = []
    for case in asked:
        found.append(comparison.compare(case))
        advance(1)
    comparison.close()
    return found


def count_statements(
    stage: Stage, options: Options, days: int, sizes: Sequence[int] = SIZES
) -> list[tuple[int, int]]:
    """(rows, statements) of the history page as the province sees it, its answer checked against the floor."""
    username, region = VIEWERS["PROVINCE"]
    now = stage.system.clock.now()
    account = account_of(stage.connection, username)
    (token,) = open_sessions(stage.connection, [account], at=now, seen=now + timedelta(minutes=90))
    comparison = Comparison(stage, options)
    found = []
    for rows in sizes:
        case = history_case(stage.day, days, "PROVINCE", region, token, rows, FILTER)
        found.append((rows, comparison.compare(case).statements))
    comparison.close()
    return found


def grow(stage: Stage, options: Options, advance: Callable[[int], None]) -> None:
    """Make the history as long as the comparison wants it; the newest days stay as they are."""
    first = stage.day - timedelta(days=options.growth_days - 1)
    last = stage.day - timedelta(days=options.days)
    history.grow(stage.connection, first, last, advance=advance)
