"""A start: the CPU until the first answer, and the memory of a process that nobody has asked yet."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from statistics import median
from time import monotonic, sleep
from typing import Final

import httpx
from rich.progress import Progress

from yanbao.domain.deadlines import instant

from .api import Api, nothing_served, served
from .options import Options, Part
from .stage import LOOKING, Stage

SETTLE_SECONDS: Final = 3.0
PATIENCE_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Started:
    """Medians over the starts: CPU seconds until `/readyz` answered 200 for the first time, and bytes thereafter."""

    name: str
    cpu: float
    memory: float


def start(stage: Stage, options: Options, progress: Progress) -> list[Started]:
    """Our API and the bare server in turns; the first turn only fills the caches of the system and of Python."""
    if Part.START not in options.parts:
        return []
    var = stage.var / "start"
    var.mkdir()
    now = instant(stage.day, LOOKING)
    servers: dict[str, Callable[[], AbstractContextManager[Api]]] = {
        "our API": lambda: served(stage.url, var, now=now),
        "uvicorn and Starlette alone": lambda: nothing_served(var),
    }
    bar = progress.add_task(f"{options.starts} starts", total=options.starts + 1)
    found: dict[str, list[tuple[float, int]]] = {name: [] for name in servers}
    for turn in range(options.starts + 1):
        for name, serve in servers.items():
            with serve() as api:
                one = _until_ready(api)
            if turn:
                found[name].append(one)
        progress.advance(bar)
    return [
        Started(name, median(cpu for cpu, _ in each), median(memory for _, memory in each))
        for name, each in found.items()
    ]


def _until_ready(api: Api) -> tuple[float, int]:
    deadline = monotonic() + PATIENCE_SECONDS
    with httpx.Client(trust_env=False, timeout=PATIENCE_SECONDS) as client:
        while client.get(f"{api.url}/readyz").status_code != 200:
            assert monotonic() < deadline, "it did not become ready"
            sleep(0.02)
    cpu = api.cpu
    sleep(SETTLE_SECONDS)
    memory: int = api.process.memory_info().rss
    return cpu, memory
