"""The whole system in real processes: API on SQLite with its background work, and the two simulators, on free ports."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import time
from pathlib import Path

import httpx

from yanbao.domain.deadlines import instant

from ..support.dates import on_or_before, start_clock
from ..support.patience import PATIENCE, until

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
    port = _free_port()
    api = f"http://127.0.0.1:{port}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("YANBAO_")}
    environment |= {"PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1", "MINISTRY_SIMULATOR_SECRET": "only for tests"}
    with ExitStack() as stack:
        environment |= stack.enter_context(
            simulators(var, environment, receipts=f"{api}/callbacks/sms/mas/demo")
        )
        environment |= {"YANBAO_VAR": str(var), "YANBAO_PORT": str(port)}
        if database_url is not None:
            environment["YANBAO_DATABASE_URL"] = database_url
        if redis_url is not None:
            environment |= {"YANBAO_REDIS_URL": redis_url, "YANBAO_EMBEDDED": "false"}
        for command in (["migrate"], ["seed", "--enterprises", str(enterprises)]):
            subprocess.run([sys.executable, "-m", "yanbao", *command], env=environment, check=True)
        serving = stack.enter_context(_process(var / "api.log", environment, "-m", "yanbao", "serve"))
        _until_healthy(serving, api, var / "api.log")
        if redis_url is not None:
            for role in ("worker", "clock"):
                stack.enter_context(_process(var / f"{role}.log", environment, "-m", "yanbao", role))
        yield RunningSystem(api, environment["YANBAO_MINISTRY_URL"], environment["YANBAO_SMS_HOST"], var)


@contextmanager
def simulators(
    var: Path, environment: dict[str, str], *, receipts: str | None = None
) -> Iterator[dict[str, str]]:
    """The ministry's and the SMS provider's stand-ins, each with a store of its own: who knows what was sent.

    Gives the variables by which a system finds them.
    """
    module = "yanbao.adapters.{}.simulator"
    posting = () if receipts is None else ("--receipt-url", receipts, "--receipt-delay", "0.2")
    with (
        _process(
            var / "ministry.log",
            environment,
            *("-m", module.format("ministry"), "--port", "0", "--store", str(var / "ministry.sqlite")),
            *("--app-id", "yanbao-test"),
        ) as ministry,
        _process(
            var / "sms.log",
            environment,
            *("-m", module.format("sms"), "--port", "0", "--store", str(var / "sms.sqlite")),
            *posting,
        ) as sms,
    ):
        yield {
            "YANBAO_MINISTRY_URL": _announced(ministry, var / "ministry.log"),
            "YANBAO_MINISTRY_APP_ID": "yanbao-test",
            "YANBAO_MINISTRY_SECRET": "only for tests",
            "YANBAO_SMS": "mas",
            "YANBAO_SMS_HOST": _announced(sms, var / "sms.log"),
            "YANBAO_SMS_EC_NAME": "陕西省应急管理厅",
            "YANBAO_SMS_AP_ID": "yanbao",
            "YANBAO_SMS_SECRET_KEY": "simulator",
            "YANBAO_SMS_SIGN": "yanbao-sign",
            "YANBAO_SMS_ENQUIRY_PATH": "/sms/query",
            "YANBAO_SMS_RECEIPT_PATH_SECRET": "demo",
        }


@contextmanager
def _process(log: Path, environment: dict[str, str], *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [sys.executable, *arguments], env=environment, stdout=output, stderr=subprocess.STDOUT
        ) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _announced(process: subprocess.Popen[bytes], log: Path) -> str:
    """The address that a simulator says it is ready on."""
    said: list[str] = []

    def has_said() -> bool:
        assert process.poll() is None, f"a simulator did not start:\n{log.read_text(encoding='utf-8')}"
        said.extend(re.findall(r"ready on (http://\S+)", log.read_text(encoding="utf-8")))
        return bool(said)

    until(has_said, "a simulator did not start")
    return said[0]


def _until_healthy(process: subprocess.Popen[bytes], api: str, log: Path) -> None:
    def is_healthy() -> bool:
        assert process.poll() is None, f"the API did not start:\n{log.read_text(encoding='utf-8')[-4000:]}"
        try:
            return httpx.get(f"{api}/healthz", trust_env=False, timeout=PATIENCE).status_code == 200
        except httpx.TransportError:
            return False  # Not listening yet.

    until(is_healthy, "the API did not start")
