"""What the bare server stores: form, facts and what the ministry is told, as JSON built field by field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID, uuid4

import orjson

from yanbao.domain.deadlines import push_due
from yanbao.domain.policy import Policy
from yanbao.domain.values import fact_id

from .bare_text import announced
from .floor import SHANGHAI

Json = dict[str, Any]

POLICY: Final = Policy()
LEVELS: Final = ("RED", "ORANGE", "YELLOW", "BLUE")
PERMITS: Final = {"PRODUCTION": "安全生产许可证", "WHOLESALE": "经营（批发）许可证"}
JOBS: Final = {
    "hot_work_special": "hotWorkSpecial",
    "hot_work_first": "hotWorkFirst",
    "hot_work_second": "hotWorkSecond",
    "temporary_electricity": "temporaryElectricity",
    "work_at_height": "workAtHeight",
    "confined_space": "confinedSpace",
    "maintenance": "maintenance",
    "powder_disposal": "powderDisposal",
    "contractor_work": "contractorWork",
}


def writing(
    duty: Sequence[Any],
    asked: Mapping[str, Any],
    *,
    enterprise: UUID,
    day: date,
    id: UUID,
    now: datetime,
    signed: tuple[UUID, str],
) -> Json:
    """The parameters of WRITE that follow from a row of DUTY and the form that was sent; `signed` by whom, id and name."""
    person, name = signed
    version, before, *counted, due_at = duty[:6]
    revision, late, status = before + 1, now >= due_at, asked["status"]
    form, facts = _form(asked), _facts(duty, day, now)
    text = announced(form, facts)
    promiser = {"person_id": facts["head_id"], "name": facts["head_name"], "standing_in": ""}
    stoppage = form["stoppage"]
    reported = {"revision": revision, "origin": "MANUAL", "late": late}
    region = duty[24]
    told = {
        "credit_code": facts["credit_code"],
        "enterprise_name": facts["enterprise_name"],
        "enterprise_kind": facts["kind"],
        "region_code": facts["region_id"],
        "business_date": day,
        "reported_at": now.astimezone(SHANGHAI).isoformat(),
        "status": status,
        "stop_reason": stoppage and stoppage["reason"],
        "deleted": False,
        "promiser": facts["head_name"],
        "text": text,
        **{part: form[part] for part in ("hazardous_work", "major_hazard", "risk_grade")},
        **reported,
    }
    noted = {"commitment_id": id, "enterprise_id": enterprise, "region_id": region, "business_date": day}
    return {
        "id": id,
        "version": version,
        "revision": revision,
        "status": status,
        "late": late,
        "now": now,
        "person": person,
        "name": name,
        "risk_grade": form["risk_grade"],
        "excess": _exceeds(form, duty),
        "stop_reason": told["stop_reason"],
        "report": _dumped(
            {
                **reported,
                "signed": {"by": person, "name": name, "at": now},
                "form": form,
                "facts": facts,
                "text": text,
                "promiser": promiser,
            }
        ),
        "duty": fact_id("commitment", enterprise, day, revision),
        "facts": _dumped(told),
        "push_at": push_due(now, POLICY),
        "entry": uuid4(),
        "detail": _dumped({**noted, **reported, "status": status}),
        **_counted(counted, status, late),
    }


def _counted(before: Sequence[Any], status: str, late: bool) -> Json:
    """What the roll-up changes by, from (status, origin, late) as they were."""
    old_status, old_origin, old_late = before
    return {
        "in_production": (status == "IN_PRODUCTION") - (old_status == "IN_PRODUCTION"),
        "stopped": (status == "STOPPED") - (old_status == "STOPPED"),
        "unreported": -(old_status is None),
        "on_time": (not late) - (old_late is False),
        "counted_late": late - (old_late is True),
        "automatic": -(old_origin == "AUTO"),
    }


def _exceeds(form: Mapping[str, Any], duty: Sequence[Any]) -> bool:
    persons, powder, boxes, stock = duty[14:18]
    if duty[8] == "PRODUCTION":
        figures = form["production"]
        pairs = [] if figures is None else [(figures["present_powder_kg"], powder)]
    else:
        figures = form["wholesale"]
        pairs = [] if figures is None else [(figures["stock_boxes"], boxes), (figures["stock_kg"], stock)]
    if figures is None:
        return False
    return bool(figures["present_persons"] > persons or any(Decimal(has) > may for has, may in pairs))


def _form(asked: Mapping[str, Any]) -> Json:
    """The form as it is stored."""
    stoppage, production, wholesale = asked.get("stoppage"), asked.get("production"), asked.get("wholesale")
    jobs = asked.get("hazardousWork", {})
    return {
        "status": asked["status"],
        "stoppage": stoppage
        and {
            "reason": stoppage["reason"],
            "note": stoppage.get("note", "").strip(),
            "expected_resumption": stoppage.get("expectedResumption"),
        },
        "production": production
        and {
            "workshops_in_use": production["workshopsInUse"],
            "powder_workshops_in_use": production["powderWorkshopsInUse"],
            "powder_processes": production.get("powderProcesses", []),
            "present_persons": production["presentPersons"],
            "present_powder_kg": production["presentPowderKg"],
        },
        "wholesale": wholesale
        and {
            "warehouses_in_use": wholesale["warehousesInUse"],
            "stock_boxes": wholesale["stockBoxes"],
            "stock_kg": wholesale["stockKg"],
            "boxes_in": wholesale["boxesIn"],
            "boxes_out": wholesale["boxesOut"],
            "present_persons": wholesale["presentPersons"],
        },
        "hazardous_work": {stored: jobs.get(sent, 0) for stored, sent in JOBS.items()},
        "duty_leader": asked["dutyLeader"].strip(),
        "duty_phone": {"text": asked["dutyPhone"]},
        "top_temperature": asked["topTemperature"],
        "storm_warning": asked["stormWarning"],
        "major_hazard": asked["majorHazard"],
        "risk_grade": asked["riskGrade"],
        "explanation": asked.get("explanation", "").strip(),
        "supplement": asked.get("supplement", "").strip(),
        "substitute": None,
    }


def _facts(duty: Sequence[Any], day: date, now: datetime) -> Json:
    """The facts of the directory as they are stored."""
    credit_code, name, kind, region, region_name, workshops, powder_workshops, warehouses = duty[6:14]
    persons, powder, boxes, stock, updated_at, number, issued_on, expires_on, shutdown, last_day = duty[14:24]
    head_id, head_name, open_problems = duty[25:28]
    open_alerts, gravest = duty[33:35]
    valid = number is not None and issued_on <= day <= expires_on
    days_left = None if expires_on is None else (expires_on - day).days
    return {
        "credit_code": credit_code,
        "enterprise_name": name,
        "kind": kind,
        "region_id": region,
        "region_name": region_name,
        "business_date": day,
        "workshops_total": workshops,
        "powder_workshops_total": powder_workshops,
        "warehouses_total": warehouses,
        "approved_persons": persons,
        "approved_powder_kg": str(powder),
        "approved_boxes": str(boxes),
        "approved_stock_kg": str(stock),
        "permit": {
            "name": PERMITS[kind],
            "number": number,
            "expires_on": expires_on,
            "valid": valid,
            "days_left": days_left,
        },
        "shutdown": shutdown,
        "shutdown_until": last_day and last_day + timedelta(days=1),
        "open_problems": open_problems,
        "open_alerts": open_alerts,
        "archive_as_of": updated_at,
        "taken_at": now,
        "head_id": head_id,
        "head_name": head_name,
        "shutdown_period": None if shutdown is None else _period(duty),
        "gravest_alert": None if gravest is None else LEVELS[gravest - 1],
    }


def _period(duty: Sequence[Any]) -> Json:
    """What is stored of the shutdown period that covers the day."""
    first_day, source, registered_at, by_name, by_department = duty[28:33]
    return {
        "first_day": first_day,
        "last_day": duty[23],
        "source": source,
        "registrar": (by_name if source == "ENTERPRISE" else by_department) or "",
        "registered_on": registered_at and registered_at.astimezone(SHANGHAI).date(),
    }


def _dumped(value: Json) -> str:
    return orjson.dumps(value, option=orjson.OPT_UTC_Z).decode()
