"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import resource
from importlib.metadata import version
from time import perf_counter
from typing import Final

import psutil
import psycopg

from .database import server_settings

STEPS: Final = 1_000_000
TRIES: Final = 7


def describe(connection: psycopg.Connection) -> dict[str, str]:
    """Processor, memory, versions, and the database's settings; nothing that names the machine."""
    settings = server_settings(connection)
    packages = ("sqlalchemy", "psycopg", "strawberry-graphql", "uvicorn")
    return {
        "processor": f"{_processor()}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f} when the run began",
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        "packages": ", ".join(f"{name} {version(name)}" for name in packages),
        "PostgreSQL": ", ".join(
            value if name == "server_version" else f"{name} {value}" for name, value in settings.items()
        ),
    }


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def yardstick() -> float:
    """How long a loop of a million steps of plain Python takes on this machine now, in milliseconds: the best of several."""
    return 1e3 * min(_loop() for _ in range(TRIES))


def _loop() -> float:
    """Integers, a comparison and a list that is read: what any Python program does, and nothing that a library does."""
    began = perf_counter()
    cells = [0] * 64
    for step in range(STEPS):
        place = step * 7 & 63
        cells[place] += step if cells[place] < step else 1
    return perf_counter() - began


def measured(before: float, after: float) -> str:
    """The yardstick of a run in words."""
    return (
        f"a loop of {STEPS:,} steps in plain Python took {before:.0f} ms when the run began and {after:.0f} ms when it "
        f"ended, best of {TRIES}"
    )


def many_files() -> None:
    """Let this process and its children open as many files and sockets as the machine allows."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
