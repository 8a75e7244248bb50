"""What is done rather than read: the form of a patrol is opened, and the week that has closed is pushed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from time import perf_counter
from typing import Final

import psycopg

from yanbao.application.inspection.weekly import TOPICS
from yanbao.domain.inspection.week import latest_closed
from yanbao.domain.policy import Policy

from . import documents
from .asking import Meter, Server
from .floor import global_id
from .growth import SIZES
from .inspection_reads import INSPECTOR, largest_city, token_of, write_visits
from .reads import request
from .stage import Stage

TIMES: Final = 5
"""Of each; what is shown is the median."""
MISSED: Final = 4
"""Weeks that are made up after a standstill."""


@dataclass(frozen=True, slots=True)
class Opened:
    """Opening the form of the largest city after so many enterprises were looked at. Times in milliseconds."""

    visits: int
    statements: int
    sql: float
    wall: float


@dataclass(frozen=True, slots=True)
class Pushed:
    """Pushing so many weeks at once, with so many days stored: rows frozen, duties owed to the ministry, and seconds."""

    days: int
    weeks: int
    rows: int
    duties: int
    statements: int
    sql: float
    wall: float


def open_patrols(stage: Stage) -> list[Opened]:
    """The whole mutation, from the session to the draft that is shown, each time with a key of its own."""
    city, _ = largest_city(stage)
    token = token_of(stage, INSPECTOR)
    server, meter = Server(stage.system), Meter(stage.system.engine)
    found = []
    with meter.listening():
        for visits in SIZES:
            write_visits(stage, visits)
            keys = [f"bench-{visits}-{n}" for n in range(TIMES + 1)]
            asked = [
                request(documents.OPEN_PATROL, token, region=global_id("Region", city), key=key)
                for key in keys
            ]
            opened = server.ask(asked[0])["openPatrol"]
            assert opened["__typename"] == "InspectionSaved", opened
            seen = len(opened["inspection"]["sheet"]["visits"])
            costs = server.measured(asked[1:], meter)
            # The fewest: now and then a request comes to read the settings or to keep the session alive.
            statements = min(len(cost.statements) for cost in costs)
            sql, wall = median(cost.sql for cost in costs), median(cost.wall for cost in costs)
            found.append(Opened(seen, statements, 1e3 * sql, 1e3 * wall))
    server.close()
    return found


def push_weeks(stage: Stage, days: int) -> list[Pushed]:
    """What the schedule does at the closing: one week, and several that are made up."""
    return [_push(stage, days, weeks) for weeks in (1, MISSED)]


def _push(stage: Stage, days: int, weeks: int) -> Pushed:
    weekly, closing = stage.system.app.weekly, latest_closed(stage.system.clock.now(), Policy()).until
    meter = Meter(stage.system.engine)
    weekly.push(closing)  # So that the policy is known, as it is in a process that has run for a while.
    walls, sql, statements, counts = [], [], [], set()
    with meter.listening():
        for _ in range(TIMES):
            _unfreeze(stage.connection)
            if weeks > 1:
                weekly.push(closing - timedelta(weeks=weeks))
            before = _frozen(stage.connection)
            meter.take()
            began = perf_counter()
            pushed = weekly.push(closing)
            walls.append(perf_counter() - began)
            assert len(pushed) == weeks, pushed
            taken = meter.take()
            sql.append(sum(statement.seconds for statement in taken))
            after = _frozen(stage.connection)
            statements.append(len(taken))
            counts.add((after[0] - before[0], after[1] - before[1]))
    ((rows, duties),) = counts
    _unfreeze(stage.connection)
    # The fewest: now and then a run comes to read the settings anew.
    return Pushed(days, weeks, rows, duties, min(statements), median(sql), median(walls))


def _unfreeze(connection: psycopg.Connection) -> None:
    """As if no week had ever been pushed."""
    connection.execute("DELETE FROM weekly_row")
    connection.execute("DELETE FROM outbox WHERE topic = ANY(%s)", (_topics(),))


def _frozen(connection: psycopg.Connection) -> tuple[int, int]:
    """Rows and duties that there are."""
    row = connection.execute(
        "SELECT (SELECT count(*) FROM weekly_row), (SELECT count(*) FROM outbox WHERE topic = ANY(%s))",
        (_topics(),),
    ).fetchone()
    assert row is not None
    return row[0], row[1]


def _topics() -> Sequence[str]:
    return [topic.value for topic in TOPICS.values()]
