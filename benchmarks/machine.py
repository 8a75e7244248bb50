"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version

import psutil
import psycopg

from .database import server_settings


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
