"""What a run stands on: the database, the system over it, the business day it is, and who is logged in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from uuid import UUID

import psycopg
from tests.support.dates import start_clock

from yanbao.adapters.identity import OpaqueTokens
from yanbao.domain.deadlines import instant
from yanbao.domain.values import fact_id
from yanbao.settings import Settings
from yanbao.wiring import System, wire

from .database import bench_database, plain
from .province import copy

LOOKING: Final = time(11, 0)
"""When the day's overview is looked at: an hour after the deadline."""


@dataclass(frozen=True, slots=True)
class Stage:
    """`connection` commits by itself. `day` is the business day of the system's clock."""

    url: str
    var: Path
    system: System
    connection: psycopg.Connection
    day: date


@contextmanager
def stage(day: date) -> Iterator[Stage]:
    """A new database and a system over it, whose clock starts at eleven of the day."""
    with bench_database() as url, TemporaryDirectory(prefix="yanbao-bench-") as folder:
        var = Path(folder)
        start_clock(var, instant(day, LOOKING))
        system = wire(Settings(var=var, database_url=url, redis_url=None, ministry_url=None, embedded=False))
        try:
            with psycopg.connect(plain(url), autocommit=True) as connection:
                yield Stage(url, var, system, connection, day)
        finally:
            system.close()


def open_sessions(
    connection: psycopg.Connection, accounts: Sequence[UUID], *, at: datetime, seen: datetime | None = None
) -> list[str]:
    """A session for each account, as if it had logged in; gives their tokens in the same order."""
    tokens = [f"bench-{fact_id('session', account, at)}" for account in accounts]
    digest = OpaqueTokens().digest
    rows = (
        (fact_id("session", account, at), digest(token), account, "APP", at, seen or at)
        for account, token in zip(accounts, tokens, strict=True)
    )
    columns = ("id", "token_digest", "account_id", "client", "created_at", "last_seen_at")
    copy(connection, "session", columns, rows)
    return tokens


def account_of(connection: psycopg.Connection, username: str) -> UUID:
    row = connection.execute("SELECT id FROM account WHERE username = %s", (username,)).fetchone()
    assert row is not None, f"the province has no account {username}"
    found: UUID = row[0]
    return found
