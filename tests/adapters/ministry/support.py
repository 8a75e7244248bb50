"""Facts, records and the running stand-in that the ministry tests share."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

import httpx

from yanbao.adapters.ministry.encryption import Encryption
from yanbao.adapters.ministry.profile import Profile, read_profile
from yanbao.adapters.ministry.push import HttpMinistry
from yanbao.adapters.ministry.shipped import DEFAULT_PROFILE
from yanbao.adapters.ministry.wire import WireKeys
from yanbao.application.ports.exchange import OutboundRecord, RecordKind

from ...support.patience import PATIENCE

COMMITMENT = RecordKind.COMMITMENT
DAY = date(2026, 11, 24)
SECRET = "only-for-tests-0123456789"
COMPANY = "91610500MA6Y000001"
OTHER = "91610500MA6Y000002"
PUSH_PATH = DEFAULT_PROFILE.path(COMMITMENT)


BODY_KEY = bytes(range(16))


def keys_for(profile: Profile) -> WireKeys:
    """The keys that a profile that signs by HMAC needs."""
    encrypted = profile.cipher is not Encryption.NONE
    return WireKeys(secret=SECRET.encode(), body_key=BODY_KEY if encrypted else None)


def changed(profile: Profile = DEFAULT_PROFILE, **changes: Any) -> Profile:
    """The profile with other values; `__` leads into its parts, as in `outbound__batch_size=5`."""
    content = json.loads(profile.model_dump_json(by_alias=True))
    for place, value in changes.items():
        *way, last = place.split("__")
        part = content
        for step in way:
            part = part[step]
        part[last] = value
    return read_profile(json.dumps(content).encode(), source="test")


def facts(**changes: Any) -> dict[str, Any]:
    """The facts of a commitment in which no two figures are alike."""
    return {
        "credit_code": COMPANY,
        "enterprise_name": "蒲城示范花炮有限公司",
        "enterprise_kind": "PRODUCTION",
        "region_code": "610526",
        "business_date": "2026-11-24",
        "reported_at": "2026-11-24T01:02:03+00:00",
        "revision": 1,
        "origin": "MANUAL",
        "late": False,
        "status": "IN_PRODUCTION",
        "stop_reason": None,
        "hazardous_work": {
            "hot_work_special": 11,
            "hot_work_first": 12,
            "hot_work_second": 13,
            "temporary_electricity": 14,
            "work_at_height": 15,
            "confined_space": 16,
            "maintenance": 17,
            "powder_disposal": 18,
            "contractor_work": 19,
        },
        "major_hazard": False,
        "risk_grade": 3,
        "promiser": "张三",
        "text": "今日在产，各项安全措施已落实。",
        "deleted": False,
        **changes,
    }


def record_id(company: str, day: str, revision: int) -> UUID:
    return uuid5(NAMESPACE_OID, f"commitment|{company}|{day}|{revision}")


def record(**changes: Any) -> OutboundRecord:
    """A record whose id follows from enterprise, day and revision, as in the application."""
    given = facts(**changes)
    return OutboundRecord(record_id(given["credit_code"], given["business_date"], given["revision"]), given)


def weekly_facts(**changes: Any) -> dict[str, Any]:
    """The facts of a row of the weekly push in which no two figures are alike."""
    return {
        "region_code": "610500",
        "region_name": "渭南市",
        "closes_on": "2026-11-20",
        "since": "2026-11-13T14:00:00+08:00",
        "until": "2026-11-20T14:00:00+08:00",
        "inspected": 15,
        "automatic": 11,
        "with_problems": 4,
        "rectified_on_site": 5,
        "issued": 6,
        "withdrawn": 1,
        "fed_back": 3,
        "unfed_back": 7,
        "overdue": 2,
        "text": "本周检查情况。",
        **changes,
    }


def weekly_row(kind: RecordKind, **changes: Any) -> OutboundRecord:
    """A row whose id follows from kind, region and week, as in the application."""
    given = weekly_facts(**changes)
    fact = f"{kind.value}|{given['region_code']}|{given['closes_on']}"
    return OutboundRecord(uuid5(NAMESPACE_OID, fact), given)


class Simulator:
    """The stand-in in its own process on a port of its own choosing."""

    def __init__(self, store: Path, *options: str, env: dict[str, str] | None = None) -> None:
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "yanbao.adapters.ministry.simulator",
                "--port",
                "0",
                "--store",
                str(store),
                *options,
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "MINISTRY_SIMULATOR_SECRET": SECRET, **(env or {})},
        )
        self.url = self._ready_line().rsplit(" ", 1)[-1]
        self.client = httpx.Client(base_url=self.url, trust_env=False, timeout=PATIENCE)

    def _ready_line(self) -> str:
        assert self.process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            if not selector.select(timeout=PATIENCE):
                self.process.kill()
                raise AssertionError("the stand-in did not say that it is ready")
        line = self.process.stdout.readline().decode().strip()
        assert line.startswith("ministry simulator ready on http://127.0.0.1:"), self._last_words(line)
        return line

    def _last_words(self, line: str) -> str:
        self.process.kill()
        return f"{line!r}, {self.process.communicate(timeout=PATIENCE)}"

    def end(self) -> tuple[int, str]:
        """Ask it to stop; its exit code and what it wrote to standard error."""
        self.client.close()
        self.process.terminate()
        _, errors = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, errors.decode()

    def ministry(
        self,
        *,
        seconds: float = PATIENCE,
        secret: str = SECRET,
        profile: Profile = DEFAULT_PROFILE,
        body_key: bytes | None = None,
        keys: WireKeys | None = None,
        **more: Any,
    ) -> HttpMinistry:
        keys = keys or WireKeys(secret=secret.encode(), body_key=body_key)
        return HttpMinistry(self.url, keys=keys, profile=profile, seconds=seconds, **more)

    def fault(self, mode: str, *, times: int | None = 1, retry_after: float | str | None = None) -> None:
        order = {"mode": mode, "times": times, "retry_after": retry_after}
        self.client.post("/_control/faults", json=order).raise_for_status()

    def refuse(self, companies: Sequence[str], code: str, msg: str, times: int | None = None) -> None:
        order = {"company_codes": list(companies), "code": code, "msg": msg, "times": times}
        self.client.post("/_control/refuse", json=order).raise_for_status()

    def current(self, day: date = DAY) -> list[dict[str, Any]]:
        return self._get("/_control/commitments", date=day.isoformat())

    def count(self, day: date = DAY) -> dict[str, Any]:
        return self._get("/_control/count", date=day.isoformat())

    def weekly(self, closes_on: date) -> list[dict[str, Any]]:
        return self._get("/_control/weekly", date=closes_on.isoformat())

    def messages(self) -> list[dict[str, Any]]:
        return self._get("/_control/messages")

    def reset(self) -> None:
        self.client.post("/_control/reset").raise_for_status()

    def _get(self, path: str, **query: str) -> Any:
        return self.client.get(path, params=query).raise_for_status().json()
