"""What years cost: the same reads over a short and a long history, and the number of statements at several sizes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from . import history
from .asking import Meter, Server
from .options import Options
from .reads import FILTER, VIEWERS, Case, Comparison, Found
from .reads import history as history_case
from .stage import Stage, account_of, open_sessions

SIZES: Final = (5, 20, 100)
"""Rows of a page at which statements are counted."""


@dataclass(frozen=True, slots=True)
class Grown:
    """One request over the short history and over the long one."""

    before: Found
    after: Found


@dataclass(frozen=True, slots=True)
class Counted:
    """How many statements a request took whose answer had so many rows of those that were asked for."""

    name: str
    level: str
    asked: int
    rows: int
    statements: int


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


def count_statements(stage: Stage, asked: Sequence[Case]) -> list[Counted]:
    """What each of these lists takes, the second time that it is asked for."""
    server, meter = Server(stage.system), Meter(stage.system.engine)
    found = []
    with meter.listening():
        for case in asked:
            assert case.rows is not None
            (listed,) = server.ask(case.asked).values()
            (cost,) = server.measured([case.asked], meter)
            found.append(
                Counted(case.name, case.level, case.rows, len(listed["nodes"]), len(cost.statements))
            )
    server.close()
    return found


def history_pages(stage: Stage, days: int) -> list[Case]:
    """The history page as the province sees it, in every size that statements are counted at."""
    username, region = VIEWERS["PROVINCE"]
    now = stage.system.clock.now()
    account = account_of(stage.connection, username)
    (token,) = open_sessions(stage.connection, [account], at=now, seen=now + timedelta(minutes=90))
    return [history_case(stage.day, days, "PROVINCE", region, token, rows, FILTER) for rows in SIZES]


def grow(stage: Stage, options: Options, advance: Callable[[int], None]) -> None:
    """Make the history as long as the comparison wants it; the newest days stay as they are."""
    first = stage.day - timedelta(days=options.growth_days - 1)
    last = stage.day - timedelta(days=options.days)
    history.grow(stage.connection, first, last, advance=advance)
