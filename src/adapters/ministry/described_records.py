"""Describes the records that the ministry sends, field by field, in the terms of JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from ...domain.alert.form import ALERT_KIND_NAMES, ALERT_LEVEL_NAMES, RISK_TYPE_NAMES
from ...domain.exchange.inbound import LONGEST_EXTERNAL_ID, InboundKind
from ...domain.problem.form import CATEGORY_NAMES, Severity
from ...domain.values import SHANGHAI, CreditCode
from .inbound_profile import Ended, Version
from .profile import Profile

Json = dict[str, Any]

_SEVERITY_NAMES: Final = {Severity.GENERAL: "一般", Severity.MAJOR: "重大"}
_WORDS: Final = {
    "external_id": "部级编号，同一事项始终不变。The same id again with a higher version is an update.",
    "version": "版本。A higher one replaces a lower one; the same one again has no effect.",
    "area_code": "区域代码（GB/T 2260，六位）。",
    "company_code": "统一社会信用代码。",
    "category": "问题类别。",
    "severity": "严重程度。",
    "description": "内容。",
    "rectify_on": "整改期限（最后一日）。",
    "found_at": "发现时间。",
    "withdrawn": "是否撤回。",
    "withdrawn_reason": "撤回原因。",
    "kind": "预警类别。",
    "rank": "预警级别。",
    "last_rank": "上一级别，不采用。",
    "risk_type": "风险类型；证书预警为空。",
    "value": "监测值。",
    "occurred_at": "预警时间。",
    "certificate_number": "证书编号。",
    "expires_on": "证书有效期至。",
    "ended": "是否已解除。",
    "ended_reason": "解除原因。",
    "reason": "级别变化的原因。",
}
_NEEDED: Final = {
    InboundKind.PATROL_PROBLEM: frozenset(
        {"external_id", "version", "area_code", "category", "severity", "description", "found_at"}
    ),
    InboundKind.SPOT_CHECK_PROBLEM: frozenset(
        {"external_id", "version", "company_code", "category", "severity", "description", "found_at"}
    ),
    InboundKind.WARNING: frozenset(
        {"external_id", "version", "company_code", "kind", "rank", "description", "occurred_at"}
    ),
}
_COMPANY: Final = "91610526MA6Y00001"
EXAMPLE_AT: Final = datetime(2026, 11, 24, 9, 30, tzinfo=SHANGHAI)


def record_schema(kind: InboundKind, profile: Profile) -> Json:
    """The schema of a record of this kind."""
    fields = _fields(kind, profile)
    return {
        "type": "object",
        "required": [name for fact, name in fields.items() if fact in _NEEDED[kind]],
        "properties": {name: _property(fact, kind, profile) for fact, name in fields.items()},
    }


def _fields(kind: InboundKind, profile: Profile) -> dict[str, str]:
    """Our name → the ministry's, of the facts that the profile has a field for."""
    form = profile.inbound.warning if kind is InboundKind.WARNING else profile.inbound.problem_form(kind)
    return {fact: name for fact, name in form.fields.model_dump().items() if name is not None}


def _property(fact: str, kind: InboundKind, profile: Profile) -> Json:
    inbound, words = profile.inbound, _WORDS[fact]
    codes = inbound.codes
    match fact:
        case "category":
            return coded(codes.category, CATEGORY_NAMES, words)
        case "severity":
            return coded(codes.severity, _SEVERITY_NAMES, words)
        case "kind":
            return coded(codes.alert_kind, ALERT_KIND_NAMES, words)
        case "rank" | "last_rank":
            return coded(codes.level, ALERT_LEVEL_NAMES, words)
        case "risk_type":
            return coded(codes.risk_type, RISK_TYPE_NAMES, words)
        case "version" if inbound.version is Version.NUMBER:
            return {"type": "integer", "minimum": 1, "description": words}
        case "version" | "found_at" | "occurred_at":
            return time_schema(profile, words)
        case "rectify_on" | "expires_on":
            return {
                "type": "string",
                "description": words,
                "examples": [profile.write_day(EXAMPLE_AT.date())],
            }
        case "withdrawn" | "ended":
            form = inbound.warning if kind is InboundKind.WARNING else inbound.problem_form(kind)
            how = form.ended if fact == "ended" else form.withdrawn  # type: ignore[union-attr]
            if how is Ended.TIME:
                return time_schema(profile, f"{words}时间；为空则未发生。") | {"type": ["string", "null"]}
            return {"enum": sorted(codes.flag.values()), "description": words}
        case "area_code":
            return {"type": "string", "pattern": "^[1-9][0-9]{5}$", "description": words}
        case "company_code":
            return {"type": "string", "minLength": 18, "maxLength": 18, "description": words}
        case "external_id":
            return {"type": "string", "maxLength": LONGEST_EXTERNAL_ID, "description": words}
    longest = inbound.longest_description if fact == "description" else inbound.longest_text
    return {"type": "string", "maxLength": longest, "description": words}


def coded(codes: Mapping[Any, str], names: Mapping[Any, str], words: str) -> Json:
    listed = "，".join(f"{code} {names[value]}" for value, code in codes.items())
    return {"enum": list(codes.values()), "description": f"{words}{listed}。"}


def time_schema(profile: Profile, words: str) -> Json:
    return {"type": "string", "description": words, "examples": [profile.write_time(EXAMPLE_AT)]}


def record_example(kind: InboundKind, profile: Profile) -> Json:
    """A record that would be taken."""
    codes = profile.inbound.codes
    at, day = profile.write_time(EXAMPLE_AT), profile.write_day(EXAMPLE_AT.date())
    values: Json = {
        "external_id": f"{kind.value[:2]}-2026-000123",
        "version": 1 if profile.inbound.version is Version.NUMBER else at,
        "area_code": "610526",
        "company_code": _COMPANY + CreditCode.check_character(_COMPANY),
        "category": next(iter(codes.category.values())),
        "severity": codes.severity[Severity.GENERAL],
        "description": "请核实处置。",
        "rectify_on": day,
        "found_at": at,
        "withdrawn": codes.flag["false"],
        "kind": list(codes.alert_kind.values())[-1],
        "rank": list(codes.level.values())[1],
        "risk_type": next(iter(codes.risk_type.values())),
        "value": "14人",
        "occurred_at": at,
    }
    if kind is InboundKind.PATROL_PROBLEM:
        del values["company_code"]
    return {name: values[fact] for fact, name in _fields(kind, profile).items() if fact in values}
