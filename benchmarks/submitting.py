"""Submitting: a sustained rate through one API process, and a burst at the deadline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from yanbao.domain.deadlines import instant

from . import orders
from .api import Api, served
from .books import Books, books
from .load import Sent, send, write_requests
from .options import Options, Part
from .stage import Stage, open_sessions

MORNING: Final = time(9, 31)
"""When the sustained load runs: the background work of half past nine is done, no deadline is near."""
BEFORE: Final = timedelta(seconds=5)
"""The burst begins so long before the deadline."""
WARM: Final = 200
BURST_SECONDS: Final = 300.0


@dataclass(frozen=True, slots=True)
class Load:
    """A load, what the API process spent on it (`cpu` in seconds, `peak` in bytes), and the books after it."""

    name: str
    connections: int
    asked: int
    sent: Sent
    cpu: float
    peak: int
    books: Books

    @property
    def lost(self) -> int:
        """Accepted, and not in the books."""
        return self.sent.accepted - self.books.reported


def submit(stage: Stage, options: Options) -> list[Load]:
    """Open the next day for everybody as its schedule would, then load it."""
    day = stage.day + timedelta(days=1)
    stage.system.app.commitments.open_day(day)
    heads = _heads(stage)
    most = len(heads) - WARM - options.burst
    warm, steady, burst = heads[:WARM], heads[WARM : WARM + most], heads[WARM + most :]
    found = []
    with served(stage.url, stage.var / "api", now=instant(day, MORNING)) as api:
        now = instant(day, MORNING)
        _load(stage, api, day, warm, "warm-up", connections=options.connections, seconds=60, now=now)
        if Part.SUBMIT in options.parts:
            seconds, connections = options.submit_seconds, options.connections
            found.append(
                _load(stage, api, day, steady, "sustained", connections=connections, seconds=seconds, now=now)
            )
        if Part.BURST in options.parts:
            deadline = instant(day, time(10, 0)) - BEFORE
            found.append(
                _load(
                    stage,
                    api,
                    day,
                    burst,
                    "burst at the deadline",
                    connections=options.burst_connections,
                    seconds=BURST_SECONDS,
                    now=deadline,
                    move=True,
                )
            )
    return found


def _heads(stage: Stage) -> list[tuple[UUID, UUID]]:
    """(enterprise, account of its head), in no particular order of place."""
    return stage.connection.execute(
        "SELECT p.enterprise_id, min(a.id::text)::uuid FROM person p JOIN account a ON a.person_id = p.id "
        "WHERE p.enterprise_id IS NOT NULL AND p.role = 'ENTERPRISE_HEAD' GROUP BY 1 ORDER BY md5(p.enterprise_id::text)"
    ).fetchall()


def _load(
    stage: Stage,
    api: Api,
    day: date,
    heads: Sequence[tuple[UUID, UUID]],
    name: str,
    *,
    connections: int,
    seconds: float,
    now: datetime,
    move: bool = False,
) -> Load:
    enterprises = [enterprise for enterprise, _ in heads]
    facts = orders.facts_of(stage.system, enterprises, day)
    # Logged in a moment from now: a session's first request within a minute writes nothing about the session.
    tokens = open_sessions(stage.connection, [account for _, account in heads], at=now, seen=now + timedelta(minutes=9))
    file = stage.var / f"{name.replace(' ', '-')}.requests"
    known = {id: facts[id] for id in enterprises if id in facts}
    asked = write_requests(file, zip(tokens, orders.bodies(known, day), strict=True))
    if move:
        api.move_clock(now)
    api.take_peak()
    before = api.cpu
    sent = send(api.port, file, connections=connections, seconds=seconds)
    cpu, peak = api.cpu - before, api.take_peak()
    file.unlink()
    kept = books(stage.connection, stage.system.engine, day, enterprises)
    return Load(name, connections, asked, sent, cpu, peak, kept)
