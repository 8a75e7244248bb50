"""The whole system in real processes: API on SQLite with its background work, and the two simulators, on free ports."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import time
from pathlib import Path

from yanbao.domain.deadlines import instant

from ..support.dates import on_or_before, start_clock
from ..support.processes import a_free_port, a_process, bare_environment, simulators, until_healthy

PASSWORD = "Yanbao-demo-2026"


@dataclass(frozen=True)
class RunningSystem:
    """Where everything is; `var` holds the stores, and a log of each process."""

    api: str
    ministry: str
    sms: str
    var: Path

    @property
    def addresses(self) -> dict[str, str]:
        return {"api": self.api, "ministry": self.ministry, "sms": self.sms, "password": PASSWORD}


MONDAY, THURSDAY = 1, 4
"""Days of the week, by ISO 8601."""
NINE = time(9)


@contextmanager
def running_system(
    var: Path,
    *,
    enterprises: int,
    weekday: int = THURSDAY,
    database_url: str | None = None,
    redis_url: str | None = None,
) -> Iterator[RunningSystem]:
    """Migrated, seeded and started; stopped again at the end.

    Its clock starts at 09:00 of the last such day of the week up to the tests' today: on a Thursday, so that the day
    that is played next has the closing of a week in it; on a Monday, so that the week that is played holds today.

    With a Redis the API process serves only: a worker and a clock process do the rest, as in a real installation.
    """
    start_clock(var, instant(on_or_before(weekday), NINE))
    port = a_free_port()
    api = f"http://127.0.0.1:{port}"
    environment = bare_environment()
    with ExitStack() as stack:
        environment |= stack.enter_context(
            simulators(var, environment, receipts=f"{api}/callbacks/sms/mas/demo", province=api)
        )
        environment |= {"YANBAO_VAR": str(var), "YANBAO_PORT": str(port)}
        if database_url is not None:
            environment["YANBAO_DATABASE_URL"] = database_url
        if redis_url is not None:
            environment |= {"YANBAO_REDIS_URL": redis_url, "YANBAO_EMBEDDED": "false"}
        for command in (["migrate"], ["seed", "--enterprises", str(enterprises)]):
            subprocess.run([sys.executable, "-m", "yanbao", *command], env=environment, check=True)
        serving = stack.enter_context(a_process(var / "api.log", environment, "-m", "yanbao", "serve"))
        until_healthy(serving, api, var / "api.log")
        if redis_url is not None:
            for role in ("worker", "clock"):
                stack.enter_context(a_process(var / f"{role}.log", environment, "-m", "yanbao", role))
        yield RunningSystem(api, environment["YANBAO_MINISTRY_URL"], environment["YANBAO_SMS_HOST"], var)
