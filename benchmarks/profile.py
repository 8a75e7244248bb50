"""`python -m benchmarks.profile`: where the CPU of a request goes, layer by layer, and how many statements it takes."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from statistics import mode
from threading import Thread
from time import monotonic, sleep
from typing import Annotated, Final

import httpx
import typer
import uvicorn
from rich.console import Console

from yanbao.adapters.clock import MovableClock
from yanbao.domain.deadlines import instant
from yanbao.main import asgi

from .api import free_port
from .asking import Meter, Request
from .load import Sent, send, write_requests
from .options import Options
from .prepare import prepare
from .profiling.layers import Layer
from .profiling.sampling import Samples, sampling
from .report import Shown
from .served_requests import NAMED, each_time, fill, served_requests
from .stage import Stage, stage
from .submitting import MORNING, heads_of, open_day, requests_of

SUBMIT: Final = "submit"
NAMES: Final = (*NAMED, SUBMIT)
WARM: Final = 100
COUNTED: Final = 5
"""Requests whose statements are counted, before all others."""
MOST_SECONDS: Final = 120.0
START_SECONDS: Final = 30.0


def main(
    quick: Annotated[bool, typer.Option(help="A small province.")] = False,
    case: Annotated[list[str] | None, typer.Option(help=f"Only these: {', '.join(NAMES)}.")] = None,
    requests: Annotated[int, typer.Option(min=100, max=10_000, help="Of each case.")] = 1_000,
) -> None:
    """Serve the API in this process, sample it while one client asks, and print the shares of its layers."""
    if not sys.platform.startswith("linux"):
        raise typer.BadParameter("only Linux tells how much CPU each thread has used")
    chosen = case or list(NAMES)
    if unknown := set(chosen) - set(NAMES):
        raise typer.BadParameter(f"no such case: {', '.join(sorted(unknown))}")
    logging.disable(logging.WARNING)
    options = Options() if not quick else Options.quick(Options().day, frozenset())
    console = Console()
    with stage(options.day) as ready:
        prepare(ready, options)
        fill(ready, options)
        for shown in profile(ready, options, chosen, requests):
            shown.on(console)


def profile(ready: Stage, options: Options, chosen: Sequence[str], requests: int) -> list[Shown]:
    """A table for each case; submitting comes last, because it moves the clock to the next day."""
    asked = served_requests(ready, options)
    found: list[Shown] = []
    failed: list[BaseException] = []
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(
            asgi(ready.system),
            host="127.0.0.1",
            port=port,
            access_log=False,
            log_config=None,
            server_header=False,
        )
    )

    def drive() -> None:
        try:
            driver = _Driver(ready, port)
            for name in NAMED:
                if name in chosen:
                    bodies = each_time(name, asked[name].body, COUNTED + WARM + requests)
                    found.append(driver.profile(name, [Request(body, asked[name].token) for body in bodies]))
            if SUBMIT in chosen:
                found.append(driver.profile(SUBMIT, _reports(ready, COUNTED + WARM + requests)))
        except BaseException as why:  # noqa: BLE001
            failed.append(why)  # Raised again by the thread that waits for the server.
        finally:
            server.should_exit = True

    driving = Thread(target=drive, name="driver")
    driving.start()
    server.run()
    driving.join()
    if failed:
        raise failed[0]
    return found


class _Driver:
    """Asks the server of this process from another thread, and samples it meanwhile."""

    def __init__(self, ready: Stage, port: int) -> None:
        self._port = port
        self._file = ready.var / "profiled-requests"
        self._meter = Meter(ready.system.engine)
        self._until_it_answers()

    def profile(self, name: str, requests: Sequence[Request]) -> Shown:
        """Count the statements of the first requests, warm up, and sample the others."""
        statements = self._statements(requests[:COUNTED])
        self._send(requests[COUNTED : COUNTED + WARM])
        with sampling() as samples:
            sent = self._send(requests[COUNTED + WARM :])
        return _shown(name, statements, samples, sent)

    def _statements(self, requests: Sequence[Request]) -> int:
        """How many statements most of these requests take."""
        counts = []
        with self._meter.listening(), httpx.Client(trust_env=False, timeout=60) as client:
            for request in requests:
                self._meter.take()
                headers = {
                    "authorization": f"Bearer {request.token}",
                    "content-type": "application/json",
                    "accept": "application/json",
                }
                url = f"http://127.0.0.1:{self._port}/graphql"
                answer = client.post(url, content=request.body, headers=headers).json()
                assert "errors" not in answer, answer["errors"]
                counts.append(len(self._meter.take()))
        return mode(counts)

    def _send(self, requests: Sequence[Request]) -> Sent:
        """One after the other, over one connection, by a process of its own. Raises AssertionError for a failure."""
        write_requests(self._file, ((request.token, request.body) for request in requests))
        sent = send(self._port, self._file, connections=1, seconds=MOST_SECONDS)
        assert not sent.failures, sent.failures
        return sent

    def _until_it_answers(self) -> None:
        deadline = monotonic() + START_SECONDS
        with httpx.Client(trust_env=False, timeout=5) as client:
            while True:
                try:
                    client.get(f"http://127.0.0.1:{self._port}/healthz").raise_for_status()
                except httpx.HTTPError:
                    if monotonic() > deadline:
                        raise
                    sleep(0.1)
                else:
                    return


def _reports(ready: Stage, most: int) -> list[Request]:
    """Reports of the next day by as many heads as there are, each once; the clock is moved to its morning."""
    day = open_day(ready)
    morning = instant(day, MORNING)
    assert isinstance(ready.system.clock, MovableClock), "the stage has the clock of the demo"
    ready.system.clock.move_to(morning)
    heads = heads_of(ready.connection)[:most]
    return [Request(body, token) for token, body in requests_of(ready, heads, day, at=morning)]


def _shown(name: str, statements: int, samples: Samples, sent: Sent) -> Shown:
    """The layers, the dearest first."""
    title = f"{name}: {sent.accepted:,} requests, {statements} statements each, {samples.taken:,} samples"
    each = 1e3 * samples.whole / max(1, sent.accepted)
    layers = sorted(Layer, key=samples.share, reverse=True)
    rows = [
        (layer.value, f"{100 * samples.share(layer):.1f}", f"{each * samples.share(layer):.2f}")
        for layer in layers
    ]
    rows.append(("whole request", f"{100 * sum(map(samples.share, Layer)):.1f}", f"{each:.2f}"))
    return Shown(title, ("layer", "% of CPU", "CPU ms each, sampled"), rows)


if __name__ == "__main__":
    typer.run(main)
