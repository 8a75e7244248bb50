"""Submitting: a sustained rate through one API process, a burst at the deadline, and reading while it is warm."""

from __future__ import annotations

import time as clock_time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

import psycopg

from yanbao.domain.deadlines import instant
from yanbao.domain.values import EnterpriseId

from . import orders
from .api import Api, served
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
WARM: Final = 200
BURST_SECONDS: Final = 300.0
IDLE_SECONDS: Final = 180.0
READ_SECONDS: Final = 5.0

Head = tuple[UUID, UUID]
"""An enterprise, and the account of its head."""


@dataclass(frozen=True, slots=True)
class Load:
    """A load, what the API process spent on it (`cpu` in seconds, `peak` in bytes), and the books after it."""

    name: str
    connections: int
    asked: int
    sent: Sent
    cpu: float
    peak: int
    books: Books | None = None

    @property
    def lost(self) -> int:
        """Accepted, and not in the books."""
        return 0 if self.books is None else self.sent.accepted - self.books.reported


def submit(stage: Stage, options: Options) -> list[Load]:
    """Open the next day for everybody as its schedule would, then load it."""
    day = open_day(stage)
    heads = heads_of(stage.connection)
    warm, steady, burst = _split(heads, WARM, len(heads) - WARM - options.burst)
    morning = instant(day, MORNING)
    found = []
    with served(stage.url, stage.var / "api", now=morning) as api:
        loading = _Loading(stage, api, day)
        wait_until_idle(stage.connection)
        loading.submit("warm-up", warm, at=morning, connections=options.connections, seconds=60)
        if Part.SUBMIT in options.parts:
            limits = {"connections": options.connections, "seconds": options.submit_seconds}
            found.append(loading.submit("sustained", steady, at=morning, **limits))
        if Part.BURST in options.parts:
            deadline = instant(day, time(10, 0)) - BEFORE
            many = {"connections": options.burst_connections, "seconds": BURST_SECONDS}
            found.append(loading.submit("burst at the deadline", burst, at=deadline, move=True, **many))
        found.append(loading.read(connections=options.connections, days=options.days))
    return found


def open_day(stage: Stage) -> date:
    """The day after the stage's, as its schedule would open it."""
    day = stage.day + timedelta(days=1)
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
    """Loads one API process, one load after the other."""

    def __init__(self, stage: Stage, api: Api, day: date) -> None:
        self._stage = stage
        self._api = api
        self._day = day

    def submit(
        self,
        name: str,
        heads: Sequence[Head],
        *,
        at: datetime,
        connections: int,
        seconds: float,
        move: bool = False,
    ) -> Load:
        """Each of these heads sends today's report once."""
        stage = self._stage
        requests = requests_of(stage, heads, self._day, at=at)
        if move:
            self._api.move_clock(at)
        load = self._send(name, requests, connections, seconds)
        enterprises = [enterprise for enterprise, _ in heads]
        kept = books(stage.connection, stage.system.engine, self._day, enterprises)
        return Load(load.name, connections, load.asked, load.sent, load.cpu, load.peak, kept)

    def read(self, *, connections: int, days: int) -> Load:
        """Pages of a hundred rows, enterprise and region nested, as the province sees them."""
        stage = self._stage
        username, _ = VIEWERS["PROVINCE"]
        now = instant(self._day, time(10, 0))
        account = account_of(stage.connection, username)
        (token,) = open_sessions(stage.connection, [account], at=now, seen=now + AHEAD)
        page = history_page(stage.day - timedelta(days=days - 1), stage.day, token, 100, FILTER)
        requests = ((token, page.body) for _ in range(20_000))
        return self._send("reading pages of 100", requests, connections, READ_SECONDS)

    def _send(
        self, name: str, requests: Iterable[tuple[str, bytes]], connections: int, seconds: float
    ) -> Load:
        file = self._stage.var / "requests"
        asked = write_requests(file, requests)
        self._api.take_peak()
        before = self._api.cpu
        sent = send(self._api.port, file, connections=connections, seconds=seconds)
        load = Load(name, connections, asked, sent, self._api.cpu - before, self._api.take_peak())
        file.unlink()
        return load
