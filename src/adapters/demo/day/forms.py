"""Fills in the day's form: pre-filled values from the system, the rest as a person would enter them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from ..played.client import Row

DUTY_PHONE: Final = "16000999999"


def in_production(kind: str, prefill: Row, *, too_many: int = 0, explanation: str = "") -> Row:
    """The form of an enterprise in production; `too_many` counts persons above the approved number."""
    figures = {figure["key"]: figure["value"] for figure in prefill["figures"]}
    form = _shared(prefill, "IN_PRODUCTION") | {"explanation": explanation}
    approved = int(figures["approvedPersons"])
    persons = approved + too_many if too_many else max(approved * 4 // 5, min(approved, 1))
    if kind == "PRODUCTION":
        powder = int(figures["powderWorkshopsTotal"])
        form["production"] = {
            "workshopsInUse": int(figures["workshopsTotal"]),
            "powderWorkshopsInUse": powder,
            "powderProcesses": ["MIXING", "CHARGING", "PACKING"] if powder else [],
            "presentPersons": persons,
            "presentPowderKg": _share(figures["approvedPowderKg"], "0.6"),
        }
        form["hazardousWork"] = {"maintenance": 1, "powderDisposal": 1 if powder else 0}
    else:
        form["wholesale"] = {
            "warehousesInUse": int(figures["warehousesTotal"]),
            "stockBoxes": _share(figures["approvedBoxes"], "0.5"),
            "stockKg": _share(figures["approvedStockKg"], "0.5"),
            "boxesIn": "40",
            "boxesOut": "25",
            "presentPersons": persons,
        }
    return form


def stopped(prefill: Row, reason: str) -> Row:
    """The form of a stopped enterprise; `reason` is a value of StopReason."""
    return _shared(prefill, "STOPPED") | {"stoppage": {"reason": reason}, "riskGrade": 4}


def contradicting(form: Row) -> Row:
    """The form in a hurry: a major hazard with grade 4, and nobody present in workshops or warehouses in use."""
    section = "production" if "production" in form else "wholesale"
    return form | {"majorHazard": True, "riskGrade": 4, section: form[section] | {"presentPersons": 0}}


def _shared(prefill: Row, status: str) -> dict[str, Any]:
    return {
        "status": status,
        "dutyLeader": prefill["form"]["dutyLeader"] or prefill["promiser"] or "企业负责人",
        "dutyPhone": DUTY_PHONE,
        "topTemperature": 29,
        "stormWarning": False,
        "majorHazard": False,
        "riskGrade": prefill["suggestedGrade"],
    }


def _share(approved: str, part: str) -> str:
    return f"{(Decimal(approved) * Decimal(part)).quantize(Decimal('0.1')):f}"
