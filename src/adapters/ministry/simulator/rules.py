"""What the ministry checks on each commitment it is sent: presence, format, code tables, lengths."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

MISSING: Final = "R101"
MALFORMED: Final = "R102"
UNKNOWN_CODE: Final = "R103"
TOO_LONG: Final = "R104"
BUSY: Final = "R501"
"""The last may be answered to a record that is in order; the same record succeeds later."""

_PATTERNS: Final[Mapping[str, str]] = {
    "id": r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    "companyCode": r"[0-9A-HJ-NPQRTUWXY]{18}",
    "areaCode": r"[1-9][0-9]{5}",
    "commitDate": r"[0-9]{8}000000",
    "commitTime": r"[0-9]{14}",
    "extLocalAreaCode": r"[1-9][0-9]{5}",
}
_CODES: Final[Mapping[str, frozenset[str]]] = {
    "deleted": frozenset({"0", "1"}),
    "commitStatus": frozenset({"1", "2"}),
    "mHazards": frozenset({"0", "1"}),
    "riskGrade": frozenset({"1", "2", "3", "4"}),
    "extCompanyType": frozenset({"1", "2"}),
    "extOrigin": frozenset({"1", "2"}),
    "extLate": frozenset({"0", "1"}),
}
_COUNTS: Final = (
    "firesNumber",
    "fire1Number",
    "fire2Number",
    "spaceworkNumber",
    "highworkNumber",
    "electricityworkNumber",
    "inspectionNumber",
    "contractor",
    "extPowderDisposalNumber",
)
_TEXTS: Final[Mapping[str, int]] = {"commitment": 50, "commitContent": 2000, "extCompanyName": 200}
_STOP_REASONS: Final = frozenset({"01", "02", "03", "04", "05", "06", "99"})
_REQUIRED: Final = (*_PATTERNS, *_CODES, *_COUNTS, *_TEXTS, "version")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why a record is not taken: a code and a Chinese sentence that names the field."""

    code: str
    sentence: str


def verdict(record: Mapping[str, Any]) -> Verdict | None:
    """The first thing wrong with a commitment, or None when it is in order."""
    for name in _REQUIRED:
        if record.get(name) is None or record[name] == "":
            return Verdict(MISSING, f"必填字段{name}为空")
    for name, pattern in _PATTERNS.items():
        if not (isinstance(record[name], str) and re.fullmatch(pattern, record[name])):
            return Verdict(MALFORMED, f"字段{name}格式错误")
    for name in ("commitDate", "commitTime"):
        if not _is_time(record[name]):
            return Verdict(MALFORMED, f"字段{name}不是有效的日期时间")
    for name, least in (("version", 1), *((count, 0) for count in _COUNTS)):
        value = record[name]
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            return Verdict(MALFORMED, f"字段{name}应为不小于{least}的整数")
    return _unknown_code(record) or _wrong_text(record)


def _unknown_code(record: Mapping[str, Any]) -> Verdict | None:
    for name, known in _CODES.items():
        if record[name] not in known:
            return Verdict(UNKNOWN_CODE, f"字段{name}的代码不在代码表内")
    reason = record.get("extStopReason")
    if reason is not None and reason not in _STOP_REASONS:
        return Verdict(UNKNOWN_CODE, "字段extStopReason的代码不在代码表内")
    return None


def _wrong_text(record: Mapping[str, Any]) -> Verdict | None:
    for name, longest in _TEXTS.items():
        if not isinstance(record[name], str):
            return Verdict(MALFORMED, f"字段{name}应为文本")
        if len(record[name]) > longest:
            return Verdict(TOO_LONG, f"字段{name}超过{longest}个字符")
    return None


def _is_time(text: str) -> bool:
    try:
        datetime.strptime(text, "%Y%m%d%H%M%S")  # noqa: DTZ007 - only whether it is one
    except ValueError:
        # Fourteen digits, yet no moment of any calendar.
        return False
    return True
