"""A twin of the reader of the ministry's messages: it reads plain JSON in our own words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from yanbao.application.ports.inbound import (
    MinistryProblem,
    MinistryWarning,
    ReadMessage,
    UnfitRecord,
    UnreadableMessage,
)
from yanbao.domain.alert.form import AlertKind, AlertLevel, RiskType
from yanbao.domain.exchange.inbound import InboundKind, RecordFault
from yanbao.domain.problem.form import ProblemCategory, Severity

from .builders import NOW


class PlainReader:
    """Reads `{"id": …, "records": […]}`; the records have the field names of our statements.

    `{"break": true}` in a record makes the reader fail, as a defect would.
    """

    def message(self, kind: InboundKind, raw: bytes) -> ReadMessage:
        try:
            found = json.loads(raw)
            return ReadMessage(found["id"], found["records"])
        except (ValueError, KeyError, TypeError) as failure:
            raise UnreadableMessage(f"not JSON of ours: {type(failure).__name__}") from failure

    def identity(self, kind: InboundKind, content: Mapping[str, Any]) -> tuple[str, int]:
        if not content.get("id"):
            raise UnfitRecord(RecordFault.MISSING, "id为空")
        return content["id"], content["version"]

    def problem(self, kind: InboundKind, content: Mapping[str, Any]) -> MinistryProblem:
        self._check(content)
        return MinistryProblem(
            external_id=content["id"],
            version=content["version"],
            area_code=content.get("area"),
            company_code=content.get("company"),
            category=ProblemCategory[content.get("category", "OTHER")],
            severity=Severity[content.get("severity", "GENERAL")],
            description=content.get("description", "视频离线两日"),
            rectify_on=_day(content.get("rectify_on")),
            found_at=NOW,
            withdrawn=content.get("withdrawn"),
        )

    def warning(self, content: Mapping[str, Any]) -> MinistryWarning:
        self._check(content)
        kind = AlertKind[content.get("kind", "RISK")]
        return MinistryWarning(
            external_id=content["id"],
            version=content["version"],
            area_code=content.get("area"),
            company_code=content["company"],
            kind=kind,
            level=AlertLevel[content["level"]],
            risk_type=RiskType.OVER_PERSONS if kind is AlertKind.RISK else None,
            description=content.get("description", "3号工房现场12人，核定8人。"),
            value=content.get("value", "12人"),
            occurred_at=NOW,
            certificate_number=content.get("certificate"),
            expires_on=_day(content.get("expires_on")),
            ended=content.get("ended"),
            reason=content.get("reason", ""),
        )

    def _check(self, content: Mapping[str, Any]) -> None:
        if content.get("break"):
            raise ZeroDivisionError("the reader has a defect")
        if content.get("level", "RED") not in AlertLevel.__members__:
            raise UnfitRecord(RecordFault.UNKNOWN_CODE, f"level“{content['level']}”不在代码表内")


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
