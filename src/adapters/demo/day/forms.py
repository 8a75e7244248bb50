"""Fills in the day's form: pre-filled values from the system, the rest as a person would enter them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from ..played.client import Row

DUTY_PHONE: Final = "16000999999"
STOPPED_TEXT: Final = "本企业今日停产，涉药工房全部停用，已切断动力电源并安排专人值守，特此承诺。"
WORKING_TEXT: Final = "本企业今日生产经营活动已完成安全风险研判，各项管控措施落实到位，特此承诺。"


def in_production(kind: str, prefill: Row, *, too_many: int = 0, explanation: str = "") -> Row:
    """The form of an enterprise in production; `too_many` counts persons above the approved number."""
    figures = {figure["key"]: figure["value"] for figure in prefill["figures"]}
    form = _shared(prefill, "IN_PRODUCTION", WORKING_TEXT) | {"explanation": explanation}
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
    return _shared(prefill, "STOPPED", STOPPED_TEXT) | {"stoppage": {"reason": reason}, "riskGrade": 4}


def _shared(prefill: Row, status: str, text: str) -> dict[str, Any]:
    form = prefill["form"]
    promiser = form["promiser"] or "企业负责人"
    return {
        "status": status,
        "dutyLeader": form["dutyLeader"] or promiser,
        "dutyPhone": DUTY_PHONE,
        "topTemperature": 29,
        "stormWarning": False,
        "majorHazard": False,
        "riskGrade": prefill["suggestedGrade"],
        "text": form["text"] if form["status"] == status and form["text"] else text,
        "promiser": promiser,
    }


def _share(approved: str, part: str) -> str:
    return f"{(Decimal(approved) * Decimal(part)).quantize(Decimal('0.1')):f}"
