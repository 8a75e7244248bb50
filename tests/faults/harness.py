"""A whole installation in real processes, to be killed and stopped at will: PostgreSQL, a Redis of its own, simulators.

API, worker and clock are started by the tests, each with its orders for fault points (see `yanbao.faultpoints`). The
tests own the province: a `World` on the same database, whose use cases run in the test's process and ring nobody.
The simulators are the witnesses of what has really arrived.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
from sqlalchemy import Engine, text

from yanbao.adapters.sql.engine import make_engine
from yanbao.adapters.sql.storage import SqlStorage
from yanbao.adapters.sql.tables.metadata import metadata
from yanbao.domain.directory.organisation import Person

from ..support.builders import a_permit
from ..support.databases import empty, migrated_postgres
from ..support.dates import start_clock
from ..support.patience import PATIENCE, until
from ..support.processes import a_free_port, bare_environment, simulators
from ..support.redis import answers
from ..support.system import make_system
from ..support.world import World, clock, filled, some_enterprises
from .daemon import Daemon, be_ready, started

ENDED: Final = "2000-01-01 00:00:00+00"
"""Long past, whatever the clocks say."""


class Redis:
    """A redis-server on a port of its own; it keeps nothing over its death."""

    def __init__(self, binary: str) -> None:
        self._port = a_free_port()
        self._binary = binary
        self._server: subprocess.Popen[bytes] | None = None
        self.url = f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        options = ["--port", str(self._port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._server = subprocess.Popen([self._binary, *options], stdout=subprocess.DEVNULL)
        until(lambda: answers(self.url), "redis-server did not start")

    def kill(self) -> None:
        if self._server is not None:
            self._server.kill()
            self._server.wait()
            self._server = None


@dataclass
class Installation:
    """What all processes share, and how one is started."""

    var: Path
    engine: Engine
    world: World
    redis: Redis
    environment: Mapping[str, str]
    ministry: httpx.Client
    sms: httpx.Client
    stack: ExitStack
    """Ends the processes of one test."""
    daemons: list[Daemon] = field(default_factory=list)

    def start(self, role: str, *, faults: str = "", **settings: str) -> Daemon:
        """Start `yanbao worker`, `clock` or `serve`; settings by their lower-case names."""
        log = self.var / f"{role}-{len(self.daemons)}.log"
        environment = {
            **self.environment,
            "YANBAO_FAULT_POINTS": faults,
            "YANBAO_HEARTBEAT": str(log.with_suffix(".heartbeat")),
            **{f"YANBAO_{name.upper()}": value for name, value in settings.items()},
        }
        daemon = started(role, environment, log)
        self.stack.callback(daemon.kill)
        self.daemons.append(daemon)
        return daemon

    def until_serving(self) -> None:
        """Wait until the API answers."""

        def serves() -> bool:
            address = f"http://127.0.0.1:{self.environment['YANBAO_PORT']}/healthz"
            try:
                return httpx.get(address, trust_env=False, timeout=PATIENCE).status_code == 200
            except httpx.TransportError:
                return False  # Not listening yet.

        until(serves, "the API does not start")

    def crowd(self, number: int) -> list[Person]:
        """So many more enterprises, all of which have reported."""
        firms = some_enterprises(number)
        self.world.settle(*firms, *(a_permit(of) for of in firms), *firms.values())
        for of, head in firms.items():
            self.world.submit(head, of)
        return list(firms.values())

    def end_leases(self) -> None:
        """As if the time of every lease, and every wait before a next attempt, had passed."""
        with self.engine.begin() as connection:
            for statement in (
                f"UPDATE outbox SET leased_until = '{ENDED}' WHERE leased_until IS NOT NULL",
                "UPDATE outbox SET due_at = created_at WHERE state = 'PENDING'",
                f"UPDATE job_slot SET closed_until = '{ENDED}' WHERE closed_until IS NOT NULL",
            ):
                connection.execute(text(statement))

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement))]

    def states(self, topic: str) -> dict[str, int]:
        """How many duties of the topic are in which state."""
        return dict(self.rows(f"SELECT state, count(*) FROM outbox WHERE topic = '{topic}' GROUP BY state"))  # type: ignore[arg-type]

    def until_settled(self, topic: str) -> dict[str, int]:
        """Wait until nothing of the topic is pending; returns what has become of all."""
        found: dict[str, int] = {}

        def settled() -> bool:
            found.clear()
            found.update(self.states(topic))
            return bool(found) and "PENDING" not in found

        until(settled, f"{topic} is not settled: {found}")
        return found

    def held(self) -> list[str]:
        """The record ids at the ministry, of the commitments of the day."""
        rows = self.ministry.get("/_control/commitments", params={"date": clock("12:00").date().isoformat()})
        return [row["id"] for row in rows.json()]

    def sent(self) -> list[str]:
        """Our ids of the SMS that the gateway has received, in order; one that came twice is there twice."""
        return [row["msgId"] for row in self.sms.get("/_control/messages").json()["messages"]]


@contextmanager
def an_installation(var: Path, binary: str) -> Iterator[Callable[[], Iterator[Installation]]]:
    """A function that gives the installation to one test: emptied, with the small province, at half past twelve."""
    with ExitStack() as stack:
        be_ready()
        engine = make_engine(stack.enter_context(migrated_postgres()))
        stack.callback(engine.dispose)
        redis = Redis(binary)
        stack.callback(redis.kill)
        port = a_free_port()
        environment = bare_environment()
        environment |= stack.enter_context(
            simulators(
                var,
                environment,
                receipts=f"http://127.0.0.1:{port}/callbacks/sms/mas/demo",
                province=f"http://127.0.0.1:{port}",
            )
        )
        environment |= {
            "YANBAO_VAR": str(var),
            "YANBAO_PORT": str(port),
            "YANBAO_DATABASE_URL": engine.url.render_as_string(hide_password=False),
            "YANBAO_REDIS_URL": redis.url,
            "YANBAO_EMBEDDED": "false",
        }
        ministry, sms = (
            stack.enter_context(httpx.Client(base_url=environment[name], trust_env=False, timeout=PATIENCE))
            for name in ("YANBAO_MINISTRY_URL", "YANBAO_SMS_HOST")
        )

        @contextmanager
        def for_a_test() -> Iterator[Installation]:
            empty(engine, metadata)
            ministry.post("/_control/reset")
            sms.post("/_control/reset")
            start_clock(var, clock("12:30"))
            redis.start()
            world = World(make_system(lambda react: SqlStorage(engine, reactions=react))).at("08:30")
            with ExitStack() as processes:
                processes.callback(redis.kill)
                yield Installation(var, engine, filled(world), redis, environment, ministry, sms, processes)

        yield for_a_test  # type: ignore[misc]


def redis_binary() -> str | None:
    return shutil.which("redis-server")
