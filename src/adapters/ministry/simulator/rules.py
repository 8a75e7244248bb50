"""The ministry's checks on each record: required fields, format, code tables, lengths, consistent figures."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from ....application.ports.exchange import RecordKind

MISSING: Final = "R101"
MALFORMED: Final = "R102"
UNKNOWN_CODE: Final = "R103"
TOO_LONG: Final = "R104"
INCONSISTENT: Final = "R105"
BUSY: Final = "R501"
"""A valid record may be refused with BUSY; the same record succeeds later."""

_ID: Final = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_AREA: Final = r"[1-9][0-9]{5}"
_DAY: Final = r"[0-9]{8}000000"
_MOMENT: Final = r"[0-9]{14}"
_FLAG: Final = frozenset({"0", "1"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why a record is refused: a code and a Chinese sentence that names the field."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules for one kind of record.

    `key` is the field with the enterprise or area, `day` the field with the business date. `counts` are whole
    numbers, each with its minimum; `spoilt` changes the last one. `newer` are further counts of at least 0,
    which records of earlier editions leave out, all or none. `optional` codes, `maybe` patterns and
    `maybe_texts` may be null. `blocks` are null
    unless their flag is 1. `order` holds pairs of fields; the first must not exceed the second.
    """

    key: str
    day: str
    patterns: Mapping[str, str]
    counts: dict[str, int]
    texts: Mapping[str, int]
    codes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    optional: Mapping[str, frozenset[str]] = field(default_factory=dict)
    blocks: Mapping[str, str] = field(default_factory=dict)
    order: Sequence[tuple[str, str]] = ()
    newer: Sequence[str] = ()
    maybe: Mapping[str, str] = field(default_factory=dict)
    maybe_texts: Mapping[str, int] = field(default_factory=dict)

    def without(self, names: frozenset[str]) -> Rules:
        """These rules for a profile that does not send some fields."""

        def left(table: Mapping[str, Any]) -> dict[str, Any]:
            return {name: value for name, value in table.items() if name not in names}

        return replace(
            self,
            patterns=left(self.patterns),
            counts=left(self.counts),
            texts=left(self.texts),
            codes=left(self.codes),
            optional=left(self.optional),
            blocks=left(self.blocks),
            maybe=left(self.maybe),
            maybe_texts=left(self.maybe_texts),
            newer=[name for name in self.newer if name not in names],
            order=[pair for pair in self.order if not names & set(pair)],
        )

    def verdict(self, record: Mapping[str, Any]) -> Verdict | None:
        """The first fault of a record, or None if it is valid."""
        newer = self.newer if any(name in record for name in self.newer) else ()
        for name in (*self.patterns, *self.codes, *self.counts, *newer, *self.texts, *self.blocks.values()):
            if record.get(name) is None or record[name] == "":
                return Verdict(MISSING, f"必填字段{name}为空")
        return (
            self._malformed(record)
            or self._unknown_code(record)
            or self._wrong_text(record)
            or self._inconsistent(record)
        )

    def spoilt(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """The record with one figure changed, as a broken store would."""
        figure = list(self.counts)[-1]
        return {**record, figure: record[figure] + 1}

    def _malformed(self, record: Mapping[str, Any]) -> Verdict | None:
        maybe = {name: pattern for name, pattern in self.maybe.items() if record.get(name) is not None}
        for name, pattern in {**self.patterns, **maybe}.items():
            if not (isinstance(record[name], str) and re.fullmatch(pattern, record[name])):
                return Verdict(MALFORMED, f"字段{name}格式错误")
            if pattern in (_DAY, _MOMENT) and not _is_time(record[name]):
                return Verdict(MALFORMED, f"字段{name}不是有效的日期时间")
        newer = {name: 0 for name in self.newer if name in record}
        for name, least in (self.counts | newer).items():
            value = record[name]
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                return Verdict(MALFORMED, f"字段{name}应为不小于{least}的整数")
        return None

    def _unknown_code(self, record: Mapping[str, Any]) -> Verdict | None:
        required = {**self.codes, **dict.fromkeys(self.blocks.values(), _FLAG)}
        given = {name: known for name, known in self.optional.items() if record.get(name) is not None}
        for name, known in (required | given).items():
            if record[name] not in known:
                return Verdict(UNKNOWN_CODE, f"字段{name}的代码不在代码表内")
        return None

    def _wrong_text(self, record: Mapping[str, Any]) -> Verdict | None:
        maybe = {name: most for name, most in self.maybe_texts.items() if record.get(name) is not None}
        for name, longest in {**self.texts, **maybe}.items():
            if not isinstance(record[name], str):
                return Verdict(MALFORMED, f"字段{name}应为文本")
            if len(record[name]) > longest:
                return Verdict(TOO_LONG, f"字段{name}超过{longest}个字符")
        return None

    def _inconsistent(self, record: Mapping[str, Any]) -> Verdict | None:
        for block, flag in self.blocks.items():
            if (record[flag] == "1") is (record.get(block) is None):
                return Verdict(INCONSISTENT, f"字段{block}与{flag}不一致")
        for less, more in self.order:
            if record[less] > record[more]:
                return Verdict(INCONSISTENT, f"字段{less}不得大于{more}")
        return None


_WEEKLY_COUNTS: Final = dict.fromkeys(
    (
        "extInspectedNumber",
        "extWithProblemsNumber",
        "extFedBackNumber",
        "extUnfedBackNumber",
        "extOverdueNumber",
        "extIssuedNumber",
    ),
    0,
)
_WEEKLY_NEWER: Final = ("extAutomaticNumber", "extRectifiedOnSiteNumber", "extWithdrawnNumber")
_WEEKLY_PATTERNS: Final = {
    "id": _ID,
    "genAreaCode": _AREA,
    "extLocalAreaCode": _AREA,
    "extWeekStart": _MOMENT,
    "extWeekEnd": _MOMENT,
}
_WEEKLY_ORDER: Final = (
    ("extWithProblemsNumber", "extInspectedNumber"),
    ("extOverdueNumber", "extUnfedBackNumber"),
    ("extWeekStart", "extWeekEnd"),
)

_COMPANY: Final = r"[0-9A-HJ-NPQRTUWXY]{18}"
_RESULT_PATTERNS: Final = {
    "id": _ID,
    "areaCode": _AREA,
    "extLocalAreaCode": _AREA,
    "operateTime": _MOMENT,
}
_RESULT_TEXTS: Final = {"handler": 100}
_RESULT_MAYBE_TEXTS: Final = {"remark": 1000, "situation": 2000, "measure": 2000, "extProgress": 2000}


def _numbers(last: int, digits: int) -> frozenset[str]:
    return frozenset(f"{number:0{digits}}" for number in range(1, last + 1))


RULES: Final[Mapping[RecordKind, Rules]] = MappingProxyType(
    {
        RecordKind.COMMITMENT: Rules(
            key="companyCode",
            day="commitDate",
            patterns={
                "id": _ID,
                "companyCode": _COMPANY,
                "areaCode": _AREA,
                "commitDate": _DAY,
                "commitTime": _MOMENT,
                "extLocalAreaCode": _AREA,
            },
            counts={"version": 1}
            | dict.fromkeys(
                (
                    "fire1Number",
                    "fire2Number",
                    "spaceworkNumber",
                    "highworkNumber",
                    "electricityworkNumber",
                    "inspectionNumber",
                    "contractor",
                    "extPowderDisposalNumber",
                    "firesNumber",
                ),
                0,
            ),
            texts={"commitment": 50, "commitContent": 2000, "extCompanyName": 200},
            codes={
                "deleted": _FLAG,
                "commitStatus": frozenset({"1", "2"}),
                "mHazards": _FLAG,
                "riskGrade": frozenset({"1", "2", "3", "4"}),
                "extCompanyType": frozenset({"1", "2"}),
                "extOrigin": frozenset({"1", "2"}),
                "extLate": _FLAG,
            },
            optional={"extStopReason": frozenset({"01", "02", "03", "04", "05", "06", "99"})},
        ),
        RecordKind.PATROL: Rules(
            key="extLocalAreaCode",
            day="inspectDate",
            patterns=_WEEKLY_PATTERNS | {"inspectDate": _DAY, "areaCode": _AREA},
            counts=_WEEKLY_COUNTS,
            texts={"extAreaName": 50},
            blocks={
                "onlineRate": "needOnlineRate",
                "videoOnlineRate": "needVideoOnlineRate",
                "promiseRate": "needPromiseRate",
                "warnCount": "needWarnCount",
                "warnNoRespCount": "needWarnNoRespCount",
                "otherContent": "needOtherContent",
                "feedbackTime": "needFeedbackTime",
                "contactor": "needContactor",
            },
            order=_WEEKLY_ORDER,
            newer=_WEEKLY_NEWER,
        ),
        RecordKind.SPOT_CHECK: Rules(
            key="extLocalAreaCode",
            day="patrolDate",
            patterns=_WEEKLY_PATTERNS | {"patrolDate": _DAY},
            counts=_WEEKLY_COUNTS,
            texts={"extAreaName": 50, "extContent": 2000},
            blocks={
                "companyCode": "needCompanyCode",
                "commitStatus": "needCommitStatus",
                "warnRank": "needWarnRank",
                "lastWeekWarnRank": "needLastWeekWarnRank",
                "patrolledBy": "needPatrolledBy",
            },
            order=_WEEKLY_ORDER,
            newer=_WEEKLY_NEWER,
        ),
        RecordKind.PROBLEM: Rules(
            key="problemId",
            day="operateTime",
            patterns=_RESULT_PATTERNS | {"rectifyTime": _MOMENT},
            counts={"version": 1},
            texts=_RESULT_TEXTS | {"problemId": 64},
            codes={
                "problemType": _numbers(2, 1),
                "action": _numbers(14, 2),
                "state": _numbers(7, 1),
                "extLate": _FLAG,
            },
            optional={"isFinish": _FLAG},
            maybe={"companyCode": _COMPANY, "planDate": _DAY, "delayDate": _DAY},
            maybe_texts=_RESULT_MAYBE_TEXTS | {"delayInfo": 1000},
        ),
        RecordKind.ALERT: Rules(
            key="extLocalId",
            day="operateTime",
            patterns=_RESULT_PATTERNS | {"extLocalId": _ID},
            counts={"version": 1},
            texts=_RESULT_TEXTS,
            codes={
                "warnType": _numbers(2, 1),
                "extOrigin": _numbers(2, 1),
                "action": _numbers(13, 2),
                "state": _numbers(7, 1),
                "rank": _numbers(4, 1),
                "extLate": _FLAG,
            },
            optional={"isFinish": _FLAG, "verifyResult": _numbers(4, 1)},
            maybe={"companyCode": _COMPANY, "planDate": _DAY},
            maybe_texts=_RESULT_MAYBE_TEXTS | {"warnId": 64, "extCertificateNumber": 64},
        ),
    }
)
"""Written out here and not taken from our profile on purpose: a mistake there must show here."""


def _is_time(text: str) -> bool:
    try:
        datetime.strptime(text, "%Y%m%d%H%M%S")  # noqa: DTZ007 - only whether it is one
    except ValueError:
        # Fourteen digits, but not a valid date and time.
        return False
    return True
