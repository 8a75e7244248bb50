"""Real processes for tests: each with its log and ended with its test; what a simulator says, and when the API answers."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from .patience import PATIENCE, until


def bare_environment() -> dict[str, str]:
    """The environment of a process that is to have no settings but those that are given to it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("YANBAO_")}
    return environment | {
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
        "MINISTRY_SIMULATOR_SECRET": "only for tests",
    }


@contextmanager
def simulators(
    var: Path,
    environment: Mapping[str, str],
    *,
    receipts: str | None = None,
    province: str | None = None,
    clock: Path | None = None,
) -> Iterator[dict[str, str]]:
    """The ministry's and the SMS provider's stand-ins, each with a store of its own: who knows what was sent.

    `receipts` is where SMS receipts go, `province` the address of the system, to which the ministry pushes,
    `clock` the file of the system's clock. Gives the variables by which a system finds them.
    """
    module = "yanbao.adapters.{}.simulator"
    posting = () if receipts is None else ("--receipt-url", receipts, "--receipt-delay", "0.2")
    with (
        a_process(
            var / "ministry.log",
            environment,
            *("-m", module.format("ministry"), "--port", "0", "--store", str(var / "ministry.sqlite")),
            *("--app-id", "yanbao-test"),
            *(() if province is None else ("--province", province)),
            *(() if clock is None else ("--clock", str(clock))),
        ) as ministry,
        a_process(
            var / "sms.log",
            environment,
            *("-m", module.format("sms"), "--port", "0", "--store", str(var / "sms.sqlite")),
            *posting,
        ) as sms,
    ):
        yield {
            "YANBAO_MINISTRY_URL": announced(ministry, var / "ministry.log"),
            "YANBAO_MINISTRY_APP_ID": "yanbao-test",
            "YANBAO_MINISTRY_SECRET": "only for tests",
            "YANBAO_SMS": "mas",
            "YANBAO_SMS_HOST": announced(sms, var / "sms.log"),
            "YANBAO_SMS_EC_NAME": "陕西省应急管理厅",
            "YANBAO_SMS_AP_ID": "yanbao",
            "YANBAO_SMS_SECRET_KEY": "simulator",
            "YANBAO_SMS_SIGN": "yanbao-sign",
            "YANBAO_SMS_ENQUIRY_PATH": "/sms/query",
            "YANBAO_SMS_RECEIPT_PATH_SECRET": "demo",
        }


@contextmanager
def a_process(
    log: Path, environment: Mapping[str, str], *arguments: str
) -> Iterator[subprocess.Popen[bytes]]:
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [sys.executable, *arguments], env=dict(environment), stdout=output, stderr=subprocess.STDOUT
        ) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()  # Nothing happens when it has ended before.
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()


def a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def announced(process: subprocess.Popen[bytes], log: Path) -> str:
    """The address that a simulator says it is ready on."""
    said: list[str] = []

    def has_said() -> bool:
        assert process.poll() is None, f"a simulator did not start:\n{log.read_text(encoding='utf-8')}"
        said.extend(re.findall(r"ready on (http://\S+)", log.read_text(encoding="utf-8")))
        return bool(said)

    until(has_said, "a simulator did not start")
    return said[0]


def until_healthy(process: subprocess.Popen[bytes], api: str, log: Path) -> None:
    def is_healthy() -> bool:
        assert process.poll() is None, f"the API did not start:\n{log.read_text(encoding='utf-8')[-4000:]}"
        try:
            return httpx.get(f"{api}/healthz", trust_env=False, timeout=PATIENCE).status_code == 200
        except httpx.TransportError:
            return False  # Not listening yet.

    until(is_healthy, "the API did not start")
