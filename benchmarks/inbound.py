"""Receiving: a second's burst of warnings from the ministry, how soon each is acknowledged, and when all are processed."""

from __future__ import annotations

import random
import time as clock_time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final
from uuid import UUID

from yanbao.adapters.ministry.shipped import DEFAULT_PROFILE
from yanbao.adapters.ministry.simulator.inventing import invented
from yanbao.adapters.ministry.stating import stated_message, warning_record
from yanbao.adapters.ministry.wire import Wire, WireKeys
from yanbao.application.ports.inbound import MinistryWarning
from yanbao.domain.deadlines import instant
from yanbao.domain.exchange.inbound import InboundKind
from yanbao.settings import DEMO_INBOUND

from .api import Api, bare_inbound_served, served
from .bare_inbound import TABLE
from .load import Sent, send, write_posts
from .options import Options
from .stage import Stage
from .submitting import wait_until_idle

NOON: Final = time(12, 1)
"""No deadline and no push is near."""
BURST_SECONDS: Final = 60.0
PROCESSING_SECONDS: Final = 120.0
"""How long the measurement waits for the last record."""
OURS: Final = "burst of warnings"
BY_HAND: Final = "burst of warnings, stored by hand"


@dataclass(frozen=True, slots=True)
class Received:
    """One burst: what came of it, the server's CPU seconds meanwhile, and when its last record was processed.

    `processed` is in seconds from the first request; None for the bare server, and if not all were processed in time.
    `states` are those of all records.
    """

    name: str
    connections: int
    sent: Sent
    cpu: float
    processed: float | None
    states: dict[str, int]


def receive(stage: Stage, options: Options) -> list[Received]:
    """The burst to the API, then the same to the bare receiver."""
    now = instant(stage.day, NOON)
    var = stage.var / "inbound"
    found = []
    with served(stage.url, var, now=now) as api:
        wait_until_idle(stage.connection)
        _burst(stage, api, options, "warm-up", options.warm_up, now)
        _until_processed(stage)
        found.append(_burst(stage, api, options, OURS, options.inbound, now, count_records=True))
    stage.connection.execute(TABLE)
    with bare_inbound_served(stage.url, var) as bare:
        _burst(stage, bare, options, "warm-up by hand", options.warm_up, now)
        found.append(_burst(stage, bare, options, BY_HAND, options.inbound, now))
    return found


def requests_of(
    stage: Stage, count: int, prefix: str, now: datetime
) -> Iterable[tuple[str, bytes, dict[str, str]]]:
    """Path, body and headers of that many messages with one warning each, each signed now."""
    app_id, secret = DEMO_INBOUND
    profile = DEFAULT_PROFILE.model_copy(update={"app_id": app_id})
    wire = Wire(profile, WireKeys(secret=secret))
    path = profile.inbound.path(InboundKind.WARNING)
    rows = stage.connection.execute(
        "SELECT credit_code, region_id FROM enterprise WHERE active ORDER BY id LIMIT 2000"
    ).fetchall()
    chance = random.Random(prefix)
    for number in range(count):
        company, area = chance.choice(rows)
        stated = invented(
            InboundKind.WARNING,
            f"{prefix}-{number:06}",
            1,
            now,
            companies=[company],
            areas=[area],
            chance=chance,
        )
        assert isinstance(stated, MinistryWarning), "a warning was asked for"
        id = str(UUID(int=chance.getrandbits(128), version=4))
        made = stated_message(
            InboundKind.WARNING,
            [warning_record(stated, profile)],
            profile,
            message_id=id,
            sent_at=now,
        )
        body = wire.sealed(made)
        yield path, body, wire.headers(method="POST", path=path, body=body)


def _burst(
    stage: Stage,
    server: Api,
    options: Options,
    name: str,
    count: int,
    now: datetime,
    *,
    count_records: bool = False,
) -> Received:
    file = stage.var / "deliveries"
    write_posts(file, requests_of(stage, count, name.replace(" ", "-"), now))
    before, began = server.cpu, clock_time.monotonic()
    sent = send(
        server.port,
        file,
        connections=options.inbound_connections,
        seconds=BURST_SECONDS,
        rate=options.inbound,
    )
    cpu, processed = server.cpu - before, None
    if count_records and _until_processed(stage):
        processed = clock_time.monotonic() - began
    file.unlink()
    states = _states(stage) if count_records else {}
    return Received(name, options.inbound_connections, sent, cpu, processed, states)


def _until_processed(stage: Stage) -> bool:
    deadline = clock_time.monotonic() + PROCESSING_SECONDS
    while clock_time.monotonic() < deadline:
        if "PENDING" not in _states(stage):
            return True
        clock_time.sleep(0.1)
    return False


def _states(stage: Stage) -> dict[str, int]:
    rows = stage.connection.execute("SELECT state, count(*) FROM inbox_record GROUP BY 1 ORDER BY 1")
    return dict(rows.fetchall())
