"""Reading: each request beside the hand-written SQL for the same answer, in alternating rounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from statistics import median, mode
from time import perf_counter, process_time
from typing import Any, Final

import orjson
import psycopg

from yanbao.adapters.identity import OpaqueTokens

from . import documents, floor
from .asking import Asked, Cost, Meter, Read, Request, Server, Statement
from .database import session
from .options import Options
from .plans import Touched
from .stage import Stage, account_of, open_sessions

VIEWERS: Final = {
    "PROVINCE": ("province-duty", "610000"),
    "CITY": ("city-duty", "610500"),
    "COUNTY": ("county-duty", "610526"),
}
FILTER: Final[dict[str, Any]] = {"statuses": ["IN_PRODUCTION"], "kinds": ["PRODUCTION"]}
RARE: Final[dict[str, Any]] = {"late": True}
WARM: Final = 12
"""Requests before any is counted: the driver prepares a statement from its fifth time on, the server plans it anew."""
CHECKS: Final = 3
"""How often two answers may differ because something has come due between them."""


@dataclass(frozen=True, slots=True)
class Case:
    """One request, and the ways of writing its SQL by hand."""

    name: str
    level: str
    rows: int | None
    asked: Asked
    floors: Mapping[str, str]
    params: Mapping[str, Any]
    answer: Callable[[Sequence[Sequence[Any]]], Any]


@dataclass(frozen=True, slots=True)
class Found:
    """Medians, in milliseconds. `sql` is ours replayed on a bare connection, `sql_within` the same inside the request;

    `ratio` is the median over the rounds of `sql / floor_sql`; `bare_ratio` leaves out asking who is there on both sides.
    """

    case: Case
    statements: int
    floor_name: str
    sql_within: float
    sql: float
    floor_sql: float
    ratio: float
    bare_ratio: float
    cpu: float
    floor_cpu: float
    wall: float
    captured: tuple[Statement, ...]
    touched: Touched


def cases(stage: Stage, days: int) -> list[Case]:
    """Today's overview and the first page of a filtered history, as three levels of the tree see them."""
    clock = stage.system.clock.now()
    found = []
    for level, (username, region) in VIEWERS.items():
        account = account_of(stage.connection, username)
        # Seen in the future: no request of the run is the one a minute that notes when somebody was last seen.
        seen = clock + timedelta(minutes=90)
        (token,) = open_sessions(stage.connection, [account], at=stage.system.clock.now(), seen=seen)
        found.append(_overview(stage.day, level, region, token))
        for rows in (20, 100):
            found.append(history(stage.day, days, level, region, token, rows, FILTER))
        found.append(history(stage.day, days, level, region, token, 100, RARE))
    return found


def request(document: str, token: str, **variables: Any) -> Request:
    """A GraphQL request by the owner of the token."""
    return Request(orjson.dumps({"query": document, "variables": variables}), token)


def _overview(day: date, level: str, region: str, token: str) -> Case:
    return Case(
        name="overview of today",
        level=level,
        rows=None,
        asked=request(documents.OVERVIEW, token, day=day.isoformat()),
        floors={"from the roll-up": floor.OVERVIEW},
        params={"day": day, "region": region},
        answer=floor.overview_answer,
    )


def history(
    day: date, days: int, level: str, region: str, token: str, rows: int, where: Mapping[str, Any]
) -> Case:
    """The first page of a history over all the days there are."""
    first_day = day - timedelta(days=days - 1)
    return Case(
        name=f"history, {' '.join(where)}",
        level=level,
        rows=rows,
        asked=history_page(first_day, day, token, rows, where),
        floors=floor.history(level, tuple(where)),
        params={"region": region, "first_day": first_day, "last_day": day, "limit": rows + 1, **where},
        answer=lambda found: floor.history_answer(found, rows),
    )


def history_page(first_day: date, last_day: date, token: str, rows: int, where: Mapping[str, Any]) -> Request:
    """What a client sends for it."""
    span = {"firstDay": first_day.isoformat(), "lastDay": last_day.isoformat()}
    return request(documents.HISTORY, token, where=span | dict(where), first=rows)


class Comparison:
    """Asks ours and the floor in turns, on one machine and in one process, so that only their ratio is read."""

    def __init__(self, stage: Stage, options: Options) -> None:
        self._options = options
        self._meter = Meter(stage.system.engine)
        self._server = Server(stage.system)
        self._url = stage.url
        self._clock = stage.system.clock

    def close(self) -> None:
        self._server.close()

    def compare(self, case: Case) -> Found:
        """Check that the answers are equal, then measure."""
        with (
            self._meter.listening(),
            session(self._url) as mine,
            session(self._url) as theirs,
        ):
            name, statement = self._fastest(theirs, case)
            case = self._checked(theirs, case, statement)
            costs = self._server.measured([case.asked] * WARM, self._meter)
            captured = costs[-1].statements
            for _ in range(WARM):
                _replay(mine, captured)
                _by_hand(theirs, case, statement)
            rounds = [
                self._round(mine, theirs, case, statement, captured) for _ in range(self._options.rounds)
            ]
            touched = Touched.by(mine, [each for each in captured if not each.of_session])
        every = [cost for each in rounds for cost in each.ours]
        return Found(
            case=case,
            statements=mode(len(cost.statements) for cost in every),
            floor_name=name,
            sql_within=1e3 * median(cost.sql for cost in every),
            sql=1e3 * median(each.sql for each in rounds),
            floor_sql=1e3 * median(each.floor_sql for each in rounds),
            ratio=median(each.sql / each.floor_sql for each in rounds),
            bare_ratio=median(each.bare_sql / each.bare_floor for each in rounds),
            cpu=1e3 * median(cost.cpu for cost in every),
            floor_cpu=1e3 * median(each.floor_cpu for each in rounds),
            wall=1e3 * median(cost.wall for cost in every),
            captured=captured,
            touched=touched,
        )

    def _round(
        self,
        mine: psycopg.Connection,
        theirs: psycopg.Connection,
        case: Case,
        statement: str,
        captured: tuple[Statement, ...],
    ) -> _Round:
        times = range(self._options.repeats)
        ours = self._server.measured([case.asked] * self._options.repeats, self._meter)
        replayed = [_replay(mine, captured) for _ in times]
        by_hand = [_by_hand(theirs, case, statement) for _ in times]
        return _Round(
            ours=ours,
            sql=min(whole for whole, _ in replayed),
            bare_sql=min(bare for _, bare in replayed),
            floor_sql=min(whole for whole, _, _ in by_hand),
            bare_floor=min(bare for _, bare, _ in by_hand),
            floor_cpu=min(cpu for _, _, cpu in by_hand),
        )

    def _checked(self, connection: psycopg.Connection, case: Case, statement: str) -> Case:
        """The case, as of now where a request asks what is overdue by now: that may change between the two answers."""
        for _ in range(CHECKS):
            case = self._as_of_now(case)
            ours = self._server.ask(case.asked)
            if ours == plain_answer(case, floor.fetch(connection, statement, case.params)):
                return case
        raise AssertionError(f"{case.name} ({case.level}) answers differently from the floor")

    def _as_of_now(self, case: Case) -> Case:
        if "now" not in case.params or isinstance(case.asked, Read):
            return case
        return replace(case, params={**case.params, "now": self._clock.now()})

    def _fastest(self, connection: psycopg.Connection, case: Case) -> tuple[str, str]:
        def took(statement: str) -> float:
            times = []
            for _ in range(2 * WARM):
                began = perf_counter()
                floor.fetch(connection, statement, case.params)
                times.append(perf_counter() - began)
            return min(times[WARM:])

        return min(case.floors.items(), key=lambda named: took(named[1]))


@dataclass(frozen=True, slots=True)
class _Round:
    """SQL is the fastest of the repeats: the others waited for whatever else the machine had to do."""

    ours: Sequence[Cost]
    sql: float
    bare_sql: float
    floor_sql: float
    bare_floor: float
    floor_cpu: float


def _replay(connection: psycopg.Connection, statements: Sequence[Statement]) -> tuple[float, float]:
    """Seconds in the driver for our statements one after the other: all of them, and without the session's."""
    whole = bare = 0.0
    for statement in statements:
        began = perf_counter()
        cursor = connection.execute(statement.text, statement.params)
        took = perf_counter() - began
        cursor.fetchall()
        whole += took
        bare += 0.0 if statement.of_session else took
    return whole, bare


def _by_hand(connection: psycopg.Connection, case: Case, statement: str) -> tuple[float, float, float]:
    """Seconds of SQL by hand, with and without the session's statement, and CPU up to the encoded answer."""
    cpu = process_time()
    asked = _session(connection, case.asked)
    began = perf_counter()
    cursor = connection.execute(statement, case.params)
    answered = perf_counter() - began
    _encoded(case, cursor.fetchall())
    return asked + answered, answered, process_time() - cpu


def _session(connection: psycopg.Connection, asked: Asked) -> float:
    """Seconds of asking who is there, where ours asks it too."""
    if isinstance(asked, Read):
        return 0.0
    digest = OpaqueTokens().digest(asked.token)
    began = perf_counter()
    cursor = connection.execute(floor.SESSION, {"digest": digest})
    took = perf_counter() - began
    cursor.fetchall()
    return took


def plain_answer(case: Case, rows: Sequence[Sequence[Any]]) -> Any:
    """The answer by hand as a client would read it."""
    return orjson.loads(_encoded(case, rows))["data"]


def _encoded(case: Case, rows: Sequence[Sequence[Any]]) -> bytes:
    return orjson.dumps({"data": case.answer(rows)})
