"""What enterprises send: a valid form for each, from its own directory entry, as a whole request body."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import orjson

from yanbao.application.access import SYSTEM
from yanbao.domain.commitment.form import Facts
from yanbao.domain.directory.enterprise import EnterpriseKind
from yanbao.domain.values import EnterpriseId
from yanbao.wiring import System

from .documents import SUBMIT
from .floor import global_id


def facts_of(system: System, enterprises: Sequence[UUID], day: date) -> Mapping[EnterpriseId, Facts]:
    """What the directory say of each enterprise on the day."""
    with system.storage.work(SYSTEM) as work:
        return work.facts.take([EnterpriseId(id) for id in enterprises], day, at=system.clock.now())


def bodies(facts: Mapping[EnterpriseId, Facts], day: date) -> Iterator[bytes]:
    """The body of each enterprise's report, in the order of the mapping."""
    for enterprise, known in facts.items():
        variables = {
            "enterprise": global_id("Enterprise", enterprise),
            "day": day.isoformat(),
            "form": form(known),
            "key": f"bench-{day:%Y%m%d}-{enterprise.hex}",
        }
        yield orjson.dumps({"query": SUBMIT, "variables": variables, "operationName": "Submit"})


def form(facts: Facts) -> dict[str, Any]:
    """At work within what is approved; stopped where there is no valid permit or a shutdown period."""
    working = facts.permit.valid and facts.shutdown is None
    common = {
        "hazardousWork": {"hotWorkSecond": 1, "temporaryElectricity": 1},
        "dutyLeader": "王建国",
        "dutyPhone": "13900000001",
        "topTemperature": 28,
        "stormWarning": False,
        "majorHazard": False,
        "riskGrade": 3,
    }
    if not working:
        return common | {"status": "STOPPED", "stoppage": {"reason": "OTHER", "note": "设备检修"}}
    if facts.kind is EnterpriseKind.PRODUCTION:
        figures = {
            "workshopsInUse": facts.workshops_total,
            "powderWorkshopsInUse": facts.powder_workshops_total,
            "powderProcesses": ["MIXING", "CHARGING"],
            "presentPersons": 1,
            "presentPowderKg": "1.5",
        }
        return common | {"status": "IN_PRODUCTION", "production": figures}
    figures = {
        "warehousesInUse": facts.warehouses_total,
        "stockBoxes": "12",
        "stockKg": "150.5",
        "boxesIn": "3",
        "boxesOut": "1",
        "presentPersons": 1,
    }
    return common | {"status": "IN_PRODUCTION", "wholesale": figures}
