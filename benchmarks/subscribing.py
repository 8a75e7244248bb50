"""Subscriptions: what thousands of open ones cost one process, idle and when something changes, beside a Node server."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final

import httpx
import orjson
import psutil
from rich.progress import Progress

from yanbao.domain.deadlines import instant

from .api import Api, free_port, served
from .machine import many_files
from .node import NotInstalled, install
from .options import Options, Part
from .stage import Stage, account_of, open_sessions
from .submitting import MORNING, Head, heads_of, open_day, requests_of, wait_until_idle

DOCUMENT: Final = (
    "subscription { todayOverview {"
    " whole { region { code name } tally { expected inProduction stopped unreported onTime late } }"
    " parts { region { code name } tally { expected inProduction stopped unreported onTime late } } } }"
)
QUERY: Final = DOCUMENT.replace("subscription { todayOverview", "{ commitmentOverview")
SOCKETS_EACH: Final = 20
"""Sockets of one session: as many as one may have."""
CHANGES: Final = 5
OURS: Final = "our API"
IDLE_SECONDS: Final = 20.0
"""Long enough for a ping on some of the sockets, and for several checks of all sessions."""
SETTLE_SECONDS: Final = 3.0
START_SECONDS: Final = 120.0
PEER: Final = Path(__file__).parent / "peer" / "fan_out.mjs"
PACKAGES: Final = ("graphql@16", "graphql-ws@6", "ws@8")


@dataclass(frozen=True, slots=True)
class Subscribed:
    """One server with its subscriptions. Memory in bytes and CPU in seconds for each of them; `idle` in cores.

    `alone` is what it spent idle without any.

    `last` are the seconds from a change to the last subscriber's frame, `spent` the CPU seconds meanwhile.
    """

    name: str
    sockets: int
    memory: float
    connecting: float
    alone: float
    idle: float
    last: Sequence[float]
    spent: Sequence[float]


def subscribe(stage: Stage, options: Options, progress: Progress) -> list[Subscribed]:
    """Measure our API, then the Node server, if node and npm are there."""
    if Part.SUBSCRIPTIONS not in options.parts:
        return []
    many_files()
    bar = progress.add_task(f"{options.subscriptions:,} subscriptions", total=2)
    ours, data = _ours(stage, options.subscriptions)
    progress.advance(bar)
    peer = _peer(stage, options.subscriptions, data)
    progress.advance(bar)
    return [ours] if peer is None else [ours, peer]


def _ours(stage: Stage, sockets: int) -> tuple[Subscribed, Any]:
    var = stage.var / "subscriptions"
    day = open_day(stage)
    now = instant(day, MORNING)
    # Earlier parts of the run have left thousands of SMS: sending them is not what is measured here.
    stage.connection.execute(
        "UPDATE outbox SET state = 'DROPPED', settled_at = %s WHERE state = 'PENDING'", (now,)
    )
    with served(stage.url, var, now=now) as api:
        wait_until_idle(stage.connection)
        account = account_of(stage.connection, "province-duty")
        tokens = []
        for number in range(-(-sockets // SOCKETS_EACH)):
            # Seen in the future: nobody notes meanwhile when they were seen.
            at = now - timedelta(milliseconds=number)
            tokens += open_sessions(stage.connection, [account], at=at, seen=now + timedelta(minutes=20))
        # Logged in a minute earlier than those who were to report the same day when submitting was measured.
        earlier = now - timedelta(minutes=1)
        reports = iter(requests_of(stage, _missing(stage, day, CHANGES + 1), day, at=earlier))

        def change() -> None:
            token, body = next(reports)
            headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
            answer = httpx.post(f"{api.url}/graphql", content=body, headers=headers, trust_env=False)
            assert b'"CommitmentSaved"' in answer.content, answer.text

        change()
        data = httpx.post(
            f"{api.url}/graphql",
            json={"query": QUERY},
            headers={"authorization": f"Bearer {tokens[0]}"},
            trust_env=False,
        ).json()["data"]["commitmentOverview"]
        each = [token for token in tokens for _ in range(SOCKETS_EACH)][:sockets]
        return _measured(OURS, stage, api, each, change), data


def _missing(stage: Stage, day: date, count: int) -> list[Head]:
    """Heads whose enterprise has not reported for the day."""
    rows = stage.connection.execute(
        "SELECT enterprise_id FROM commitment WHERE business_date = %s AND revision = 0", (day,)
    )
    missing = {row[0] for row in rows}
    return [head for head in heads_of(stage.connection) if head[0] in missing][:count]


def _peer(stage: Stage, sockets: int, data: Any) -> Subscribed | None:
    """The Node server; None where it cannot be installed."""
    folder = stage.var / "peer"
    try:
        command = install(folder, PEER, PACKAGES)
    except NotInstalled:
        return None
    file = folder / "data.json"
    file.write_bytes(orjson.dumps(data))
    port = free_port()
    child = subprocess.Popen([*command, str(port), str(file)], stdin=subprocess.DEVNULL)
    api = Api(port, psutil.Process(child.pid))
    try:
        _until_it_answers(api)

        def change() -> None:
            httpx.post(f"{api.url}/publish", trust_env=False)

        return _measured("Node, graphql-ws", stage, api, ["none"] * sockets, change)
    finally:
        child.terminate()
        child.wait(START_SECONDS)


def _until_it_answers(api: Api) -> None:
    deadline = monotonic() + START_SECONDS
    while True:
        try:
            httpx.get(api.url, trust_env=False)
        except httpx.HTTPError:
            if monotonic() > deadline:
                raise
            sleep(0.1)
        else:
            return


def _measured(
    name: str, stage: Stage, api: Api, tokens: Sequence[str], change: Callable[[], None]
) -> Subscribed:
    sockets = len(tokens)
    api.until_quiet()
    alone = _idle(api)
    memory, cpu = api.process.memory_info().rss, api.cpu
    with _listeners(stage, api.port, tokens) as listeners:
        listeners.next()
        connecting = (api.cpu - cpu) / sockets
        sleep(SETTLE_SECONDS)
        held = (api.process.memory_info().rss - memory) / sockets
        api.until_quiet()
        idle = _idle(api)
        last, spent = [], []
        for _ in range(CHANGES):
            listeners.wait()
            before, began = api.cpu, monotonic()
            change()
            last.append(listeners.next()["last"] - began)
            sleep(0.5)
            spent.append(api.cpu - before)
    return Subscribed(name, sockets, held, connecting, alone, idle, last, spent)


def _idle(api: Api) -> float:
    began = api.cpu
    sleep(IDLE_SECONDS)
    return (api.cpu - began) / IDLE_SECONDS


class _Listeners:
    """The process of the subscribers: one line goes in, one comes out."""

    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        self._child = child

    def next(self) -> Any:
        assert self._child.stdout is not None
        line = self._child.stdout.readline()
        assert line, "the subscribers have ended"
        return orjson.loads(line)

    def wait(self) -> None:
        """Wait for a frame for everybody, from now on."""
        assert self._child.stdin is not None
        self._child.stdin.write(b"\n")
        self._child.stdin.flush()
        assert self.next() == {"waiting": True}


@contextmanager
def _listeners(stage: Stage, port: int, tokens: Sequence[str]) -> Iterator[_Listeners]:
    file = stage.var / "tokens"
    file.write_text("\n".join(tokens))
    child = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.listening", str(port), str(file), DOCUMENT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        yield _Listeners(child)
    finally:
        child.terminate()
        child.wait(START_SECONDS)
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()
