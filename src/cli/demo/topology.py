"""The processes of the demo, their addresses and their environment; nothing is started here."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:  # The command line imports this file for its options, whatever the command.
    from ...settings import Settings

APP_ID: Final = "yanbao-demo"
MINISTRY_STORE: Final = "ministry-simulator.sqlite"
SMS_STORE: Final = "sms-simulator.sqlite"
SMS_SIGN: Final = "yanbao-sign"


class Topology(Enum):
    """SINGLE: one process does everything, on SQLite. FULL: as installed, with PostgreSQL and Redis."""

    SINGLE = "single"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Addresses:
    """The ports on 127.0.0.1 of API, ministry simulator and SMS simulator."""

    api_port: int = 8000
    ministry_port: int = 8001
    sms_port: int = 8002

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.api_port}"

    @property
    def ministry(self) -> str:
        return f"http://127.0.0.1:{self.ministry_port}"

    @property
    def sms(self) -> str:
        return f"http://127.0.0.1:{self.sms_port}"

    @property
    def ports(self) -> Mapping[str, int]:
        return {"API": self.api_port, "部级模拟": self.ministry_port, "短信模拟": self.sms_port}


@dataclass(frozen=True, slots=True)
class Plan:
    """One process: its name, what `python -m` is given, and its part of the environment."""

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    heartbeat: Path | None = None
    """The file that a process without an address touches while it is well."""


def plans(topology: Topology, settings: Settings, addresses: Addresses) -> tuple[Plan, ...]:
    """The processes in the order of their start; `settings.var` is the folder of `folder_of`."""
    var = settings.var
    secret = demo_secret(var)
    clock = ("--clock", str(var / "demo-clock.json"))
    ours = _ours(settings, addresses, secret)
    simulators = (
        Plan(
            "ministry-simulator",
            (
                *("yanbao.adapters.ministry.simulator", "--port", str(addresses.ministry_port)),
                *("--store", str(var / MINISTRY_STORE), "--app-id", APP_ID, *clock),
                *("--province", addresses.api, "--inbound-app-id", APP_ID),
                *("--profile", settings.ministry_profile),
            ),
            {
                "MINISTRY_SIMULATOR_SECRET": secret,
                "MINISTRY_SIMULATOR_INBOUND_SECRET": secret,
                **_body_key(settings, "MINISTRY_SIMULATOR_BODY_KEY"),
            },
        ),
        Plan(
            "sms-simulator",
            (
                *("yanbao.adapters.sms.simulator", "--port", str(addresses.sms_port)),
                *("--store", str(var / SMS_STORE)),
                *("--receipt-url", f"{addresses.api}/callbacks/sms/mas/demo", *clock),
            ),
            {"SMS_SIMULATOR_SECRET_KEY": secret},
        ),
    )
    embedded = {"YANBAO_EMBEDDED": str(topology is Topology.SINGLE).lower()}
    api = Plan("api", ("yanbao", "serve"), ours | embedded)
    if topology is Topology.SINGLE:
        return *simulators, api
    return (
        *simulators,
        api,
        *(_beating(role, var / f"{role}.heartbeat", ours | embedded) for role in ("worker", "clock")),
    )


def _beating(role: str, heartbeat: Path, environment: Mapping[str, str]) -> Plan:
    return Plan(
        role, ("yanbao", role), {**environment, "YANBAO_HEARTBEAT": str(heartbeat)}, heartbeat=heartbeat
    )


def _ours(settings: Settings, addresses: Addresses, secret: str) -> dict[str, str]:
    """The environment of API, worker and clock: the same database, Redis, clock and simulators for all."""
    given = {"YANBAO_DATABASE_URL": settings.database_url, "YANBAO_REDIS_URL": settings.redis_url}
    return {name: value for name, value in given.items() if value} | {
        "YANBAO_PROFILE": "demo",
        "YANBAO_VAR": str(settings.var),
        "YANBAO_PORT": str(addresses.api_port),
        "YANBAO_MINISTRY_URL": addresses.ministry,
        "YANBAO_MINISTRY_APP_ID": APP_ID,
        "YANBAO_MINISTRY_SECRET": secret,
        "YANBAO_MINISTRY_INBOUND_APP_ID": APP_ID,
        "YANBAO_MINISTRY_INBOUND_SECRET": secret,
        "YANBAO_SMS": "mas",
        "YANBAO_SMS_HOST": addresses.sms,
        "YANBAO_SMS_EC_NAME": "陕西省应急管理厅",
        "YANBAO_SMS_AP_ID": "yanbao",
        "YANBAO_SMS_SECRET_KEY": secret,
        "YANBAO_SMS_SIGN": SMS_SIGN,
        "YANBAO_SMS_ENQUIRY_PATH": "/sms/query",
        "YANBAO_SMS_RECEIPT_PATH_SECRET": "demo",
    }


def _body_key(settings: Settings, name: str) -> dict[str, str]:
    """The key that encrypts bodies, under this name, if there is one."""
    key = settings.ministry_body_key
    return {} if key is None else {name: key.get_secret_value()}


def inherited() -> dict[str, str]:
    """What every process inherits."""
    return {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}


def demo_secret(var: Path) -> str:
    """The secret that the demo and its simulators share; it is made once and kept in `var`."""
    file = var / "demo-secret"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(32))
    return file.read_text().strip()
