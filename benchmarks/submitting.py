"""Submitting: a sustained rate beside the bare server's, a burst at the deadline, and reading while it is warm."""

from __future__ import annotations

import time as clock_time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

import psycopg

from yanbao.domain.deadlines import instant
from yanbao.domain.values import EnterpriseId

from . import orders
from .api import Api, bare_served, served
from .books import Books, books
from .load import Sent, send, write_requests
from .options import Options, Part
from .reads import FILTER, VIEWERS, history_page
from .stage import Stage, account_of, open_sessions

MORNING: Final = time(9, 31)
"""When the sustained load runs: the background work of half past nine is done, no deadline is near."""
BEFORE: Final = timedelta(seconds=5)
"""The burst begins so long before the deadline: a part of it is on time, the rest is late."""
AHEAD: Final = timedelta(minutes=9)
"""Sessions were last seen so far ahead: no request is the one a minute that notes when somebody was seen."""
ROUNDS: Final = 3
"""How often the API and the bare server take turns: a machine that drifts does so under both."""
BURST_SECONDS: Final = 300.0
IDLE_SECONDS: Final = 180.0
READ_SECONDS: Final = 5.0
SUSTAINED: Final = "sustained"
BY_HAND: Final = "sustained, by hand"

Head = tuple[UUID, UUID]
"""An enterprise, and the account of its head."""


@dataclass(frozen=True, slots=True)
class Load:
    """A load, what the server's process spent on it (`cpu` in seconds, `peak` in bytes), and the books after it.

    `turns` are what it is made of where two servers took turns.
    """

    name: str
    connections: int
    asked: int
    sent: Sent
    cpu: float
    peak: int
    books: Books | None = None
    turns: tuple[Load, ...] = ()

    @classmethod
    def together(cls, name: str, turns: Sequence[Load], kept: Books) -> Load:
        """The turns of one server as one load; `kept` are the books of all of them."""
        return cls(
            name=name,
            connections=turns[0].connections,
            asked=sum(turn.asked for turn in turns),
            sent=Sent.together([turn.sent for turn in turns]),
            cpu=sum(turn.cpu for turn in turns),
            peak=max(turn.peak for turn in turns),
            books=kept,
            turns=tuple(turns),
        )

    @property
    def lost(self) -> int:
        """Accepted, and not in the books."""
        return 0 if self.books is None else self.sent.accepted - self.books.reported

    @property
    def cpu_each(self) -> float:
        """Milliseconds for each accepted request."""
        return 1e3 * self.cpu / max(1, self.sent.accepted)


def submit(stage: Stage, options: Options) -> list[Load]:
    """Open the next day for everybody as its schedule would, then load it."""
    day = open_day(stage)
    heads = heads_of(stage.connection)
    left = len(heads) - 2 * options.warm_up
    at_once = min(options.burst, left // 2)
    warm, warm_by_hand, steady, burst = _split(heads, options.warm_up, options.warm_up, left - at_once)
    morning = instant(day, MORNING)
    var = stage.var / "api"
    found = []
    with served(stage.url, var, now=morning) as api:
        loading = _Loading(stage, day, options.connections)
        wait_until_idle(stage.connection)
        loading.submit(api, "warm-up", warm, at=morning, seconds=60)
        if Part.SUBMIT in options.parts:
            with bare_served(stage.url, var) as bare:
                loading.submit(bare, "warm-up by hand", warm_by_hand, at=morning, seconds=60)
                found += loading.in_turns(api, bare, steady, at=morning, seconds=options.submit_seconds)
        if Part.BURST in options.parts:
            deadline = instant(day, time(10, 0)) - BEFORE
            many = _Loading(stage, day, options.burst_connections)
            name = "burst at the deadline"
            found.append(many.submit(api, name, burst, at=deadline, seconds=BURST_SECONDS, move=True))
        found.append(loading.read(api, days=options.days))
    return found


def open_day(stage: Stage, *, ahead: int = 1) -> date:
    """The day after the stage's, or a later one, as its schedule would open it."""
    day = stage.day + timedelta(days=ahead)
    stage.system.app.commitments.open_day(day)
    stage.system.app.commitments.report_shutdowns(day)
    return day


def wait_until_idle(connection: psycopg.Connection) -> None:
    """Wait until the schedule has run whatever had come due when the process started."""
    deadline = clock_time.monotonic() + IDLE_SECONDS
    quiet = 0
    while quiet < 3 and clock_time.monotonic() < deadline:
        clock_time.sleep(1.0)
        row = connection.execute(
            "SELECT count(*), count(*) FILTER (WHERE state = 'DUE') FROM job_slot"
        ).fetchone()
        quiet = quiet + 1 if row is not None and row[0] and not row[1] else 0


def heads_of(connection: psycopg.Connection) -> list[Head]:
    """Every enterprise, in no particular order of place."""
    return connection.execute(
        "SELECT p.enterprise_id, min(a.id::text)::uuid FROM person p JOIN account a ON a.person_id = p.id "
        "WHERE p.role = 'ENTERPRISE_HEAD' GROUP BY 1 ORDER BY md5(p.enterprise_id::text)"
    ).fetchall()


def requests_of(stage: Stage, heads: Sequence[Head], day: date, *, at: datetime) -> list[tuple[str, bytes]]:
    """(token, JSON body) of each head's report of the day; their sessions are opened at that moment."""
    enterprises = [EnterpriseId(enterprise) for enterprise, _ in heads]
    facts = orders.facts_of(stage.system, enterprises, day)
    tokens = open_sessions(stage.connection, [account for _, account in heads], at=at, seen=at + AHEAD)
    return list(zip(tokens, orders.bodies({id: facts[id] for id in enterprises}, day), strict=True))


def _split(heads: Sequence[Head], *sizes: int) -> Iterable[Sequence[Head]]:
    at = 0
    for size in sizes:
        yield heads[at : at + size]
        at += size
    yield heads[at:]


class _Loading:
    """Loads servers, one load after the other, over so many connections."""

    def __init__(self, stage: Stage, day: date, connections: int) -> None:
        self._stage = stage
        self._day = day
        self._connections = connections

    def in_turns(
        self, api: Api, bare: Api, heads: Sequence[Head], *, at: datetime, seconds: float
    ) -> list[Load]:
        """The API and the bare server after each other, several times, each with as many heads and as many seconds.

        Gives one load for each of them, with the books of all its turns.
        """
        size = len(heads) // (2 * ROUNDS)
        shares = iter([heads[size * turn : size * (turn + 1)] for turn in range(2 * ROUNDS)])
        sent: dict[str, list[Load]] = {SUSTAINED: [], BY_HAND: []}
        used: dict[str, list[Head]] = {SUSTAINED: [], BY_HAND: []}
        for _ in range(ROUNDS):
            for name, server in ((SUSTAINED, api), (BY_HAND, bare)):
                share = next(shares)
                sent[name].append(self.submit(server, name, share, at=at, seconds=seconds / ROUNDS))
                used[name] += share
        return [Load.together(name, sent[name], self._books(used[name])) for name in sent]

    def submit(
        self,
        server: Api,
        name: str,
        heads: Sequence[Head],
        *,
        at: datetime,
        seconds: float,
        move: bool = False,
    ) -> Load:
        """Each of these heads sends today's report once; `move` the server's clock to the moment first."""
        requests = requests_of(self._stage, heads, self._day, at=at)
        if move:
            server.move_clock(at)
        load = self._send(server, name, requests, seconds)
        return replace(load, books=self._books(heads))

    def read(self, api: Api, *, days: int) -> Load:
        """Pages of a hundred rows, enterprise and region nested, as the province sees them."""
        stage = self._stage
        username, _ = VIEWERS["PROVINCE"]
        now = instant(self._day, time(10, 0))
        account = account_of(stage.connection, username)
        (token,) = open_sessions(stage.connection, [account], at=now, seen=now + AHEAD)
        page = history_page(stage.day - timedelta(days=days - 1), stage.day, token, 100, FILTER)
        requests = ((token, page.body) for _ in range(20_000))
        return self._send(api, "reading pages of 100", requests, READ_SECONDS)

    def _books(self, heads: Sequence[Head]) -> Books:
        enterprises = [enterprise for enterprise, _ in heads]
        return books(self._stage.connection, self._stage.system.engine, self._day, enterprises)

    def _send(self, server: Api, name: str, requests: Iterable[tuple[str, bytes]], seconds: float) -> Load:
        file = self._stage.var / "requests"
        asked = write_requests(file, requests)
        server.take_peak()
        before = server.cpu
        sent = send(server.port, file, connections=self._connections, seconds=seconds)
        load = Load(name, self._connections, asked, sent, server.cpu - before, server.take_peak())
        file.unlink()
        return load
