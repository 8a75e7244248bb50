"""The ministry's interface as data: field names, codes, paths, lengths. Another edition is another Profile.

Field names come from the national data set where it has one. Names that begin with `ext` are our extensions,
which a receiver may ignore. Codes, paths, lengths and error codes are our defaults: no specification for
fireworks is public.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from ...application.ports.exchange import RecordKind
from .encryption import Encryption
from .signers import Signing
from .signing import DEFAULT_HEADERS, HeaderNames

COMMITMENT_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "id": "id",
        "revision": "version",
        "deleted": "deleted",
        "credit_code": "companyCode",
        "region_code": "areaCode",
        "business_date": "commitDate",
        "reported_at": "commitTime",
        "status": "commitStatus",
        "hazardous_work.hot_work_special": "firesNumber",
        "hazardous_work.hot_work_first": "fire1Number",
        "hazardous_work.hot_work_second": "fire2Number",
        "hazardous_work.confined_space": "spaceworkNumber",
        "hazardous_work.work_at_height": "highworkNumber",
        "hazardous_work.temporary_electricity": "electricityworkNumber",
        "hazardous_work.maintenance": "inspectionNumber",
        "hazardous_work.contractor_work": "contractor",
        "major_hazard": "mHazards",
        "risk_grade": "riskGrade",
        "promiser": "commitment",
        "text": "commitContent",
        "hazardous_work.powder_disposal": "extPowderDisposalNumber",
        "enterprise_name": "extCompanyName",
        "enterprise_kind": "extCompanyType",
        "local_region_code": "extLocalAreaCode",
        "origin": "extOrigin",
        "late": "extLate",
        "stop_reason": "extStopReason",
    }
)
"""Our fact → the ministry's field. `local_region_code` is our own code, before the mapping to a GB code."""

_WEEKLY_FIELDS: Final = {
    "id": "id",
    "genAreaCode": "region_code",
    "extLocalAreaCode": "local_region_code",
    "extAreaName": "region_name",
    "extWeekStart": "since",
    "extWeekEnd": "until",
    "extInspectedNumber": "inspected",
    "extAutomaticNumber": "automatic",
    "extWithProblemsNumber": "with_problems",
    "extRectifiedOnSiteNumber": "rectified_on_site",
    "extIssuedNumber": "issued",
    "extWithdrawnNumber": "withdrawn",
    "extFedBackNumber": "fed_back",
    "extUnfedBackNumber": "unfed_back",
    "extOverdueNumber": "overdue",
}
WEEKLY_FIELDS: Final[Mapping[RecordKind, Mapping[str, str]]] = MappingProxyType(
    {
        RecordKind.PATROL: _WEEKLY_FIELDS
        | {"inspectDate": "closes_on", "areaCode": "region_code", "otherContent": "text"},
        RecordKind.SPOT_CHECK: _WEEKLY_FIELDS | {"patrolDate": "closes_on", "extContent": "text"},
    }
)
"""The ministry's field ← our fact, by kind. Both area codes of a patrol are the code of its one region."""

WEEKLY_BLOCKS: Final[Mapping[RecordKind, Mapping[str, str]]] = MappingProxyType(
    {
        RecordKind.PATROL: {
            "onlineRate": "needOnlineRate",
            "videoOnlineRate": "needVideoOnlineRate",
            "promiseRate": "needPromiseRate",
            "warnCount": "needWarnCount",
            "warnNoRespCount": "needWarnNoRespCount",
            "otherContent": "needOtherContent",
            "feedbackTime": "needFeedbackTime",
            "contactor": "needContactor",
        },
        RecordKind.SPOT_CHECK: {
            "companyCode": "needCompanyCode",
            "commitStatus": "needCommitStatus",
            "warnRank": "needWarnRank",
            "lastWeekWarnRank": "needLastWeekWarnRank",
            "patrolledBy": "needPatrolledBy",
        },
    }
)
"""The ministry's block → the flag that says whether the record fills it; an unfilled block is null."""

CODES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "enterprise_kind": {"PRODUCTION": "1", "WHOLESALE": "2"},
        "status": {"IN_PRODUCTION": "1", "STOPPED": "2"},
        "origin": {"MANUAL": "1", "AUTO": "2"},
        "stop_reason": {
            "HIGH_TEMPERATURE": "01",
            "SEVERE_WEATHER": "02",
            "HOLIDAY": "03",
            "RECTIFICATION": "04",
            "PERMIT_EXPIRED": "05",
            "OWN_DECISION": "06",
            "OTHER": "99",
        },
        "risk_grade": {"1": "1", "2": "2", "3": "3", "4": "4"},
        "flag": {"true": "1", "false": "0"},
    }
)
"""Our value → the ministry's code, by fact; `flag` is for every boolean."""

UNSTATED: Final[Mapping[str, str]] = MappingProxyType(
    {"risk_grade": "4", "major_hazard": "false", "hazardous_work": "0"}
)
"""What is sent for a fact that an automatic report does not state, because the ministry's fields take no null.

Our values, before `codes`: the lowest risk grade, no major hazard, no hazardous work. The record says that
nobody stated them: `origin` is AUTO and the text says 未填报、未研判. Nothing else here invents a value."""

LONGEST: Final[Mapping[str, int]] = MappingProxyType(
    {"credit_code": 18, "enterprise_name": 200, "region_name": 50, "promiser": 50, "text": 2000}
)
"""The maximum characters of each text; a longer one is refused, never cut."""

GB_REGIONS: Final[Mapping[str, str]] = MappingProxyType({"611100": "610403", "616900": "610100"})
"""Code of a local region → code of GB/T 2260. 杨凌示范区 is 杨陵区 there. 西咸新区 lies in 西安 and 咸阳 and has no
code; it takes the code of 西安市, which has administered it since 2021."""


class Seals(Enum):
    """What a cipher covers: the whole message, or only its data; the other keys then stay in the clear."""

    WHOLE = "WHOLE"
    DATA = "DATA"


@dataclass(frozen=True, slots=True)
class EnvelopeKeys:
    """The JSON keys of a message, an answer and a receipt enquiry.

    `sealed` holds the ciphertext; `encryption` names the cipher beside it, or is left out if None.
    """

    message_id: str = "msgId"
    message_type: str = "msgType"
    area_code: str = "areaCode"
    sent_at: str = "sendTime"
    data: str = "data"
    code: str = "code"
    sentence: str = "msg"
    success: str = "success"
    fail: str = "fail"
    record_id: str = "id"
    seals: Seals = Seals.WHOLE
    sealed: str = "data"
    encryption: str | None = "encryption"
    date: str = "date"
    page: str = "pageNo"
    page_size: str = "pageSize"
    total: str = "total"
    receipts: str = "receipts"
    digest: str = "digest"


@dataclass(frozen=True, slots=True)
class Profile:
    """One edition of the exchange. Times are formatted by strftime patterns in `zone`.

    A record refused with one of `permanent_record_codes` is never sent again, with one of
    `transient_record_codes` later. Any other code is logged and means later too: do not give up a duty
    because its code is unknown.
    """

    app_id: str = "shaanxi-yanbao"
    area_code: str = "610000"
    base_path: str = "/gateway/v1"
    paths: Mapping[RecordKind, str] = field(
        default_factory=lambda: {
            RecordKind.COMMITMENT: "/commitment",
            RecordKind.PATROL: "/patrol",
            RecordKind.SPOT_CHECK: "/spot-check",
            RecordKind.PROBLEM: "/problem-result",
            RecordKind.ALERT: "/warning-result",
        }
    )
    receipts_path: str = "/receipts"
    message_types: Mapping[RecordKind, str] = field(
        default_factory=lambda: {kind: kind.value for kind in RecordKind}
    )
    envelope: EnvelopeKeys = EnvelopeKeys()
    headers: HeaderNames = DEFAULT_HEADERS
    batch_size: int = 20
    receipts_page_size: int = 500
    time_format: str = "%Y%m%d%H%M%S"
    day_format: str = "%Y%m%d000000"
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    signer: Signing = Signing.HMAC_SM3
    cipher: Encryption = Encryption.NONE
    commitment_fields: Mapping[str, str] = field(default_factory=lambda: COMMITMENT_FIELDS)
    weekly_fields: Mapping[RecordKind, Mapping[str, str]] = field(default_factory=lambda: WEEKLY_FIELDS)
    weekly_blocks: Mapping[RecordKind, Mapping[str, str]] = field(default_factory=lambda: WEEKLY_BLOCKS)
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: CODES)
    unstated: Mapping[str, str] = field(default_factory=lambda: UNSTATED)
    longest: Mapping[str, int] = field(default_factory=lambda: LONGEST)
    gb_regions: Mapping[str, str] = field(default_factory=lambda: GB_REGIONS)
    success_codes: frozenset[str] = frozenset({"0"})
    permanent_record_codes: frozenset[str] = frozenset({"R101", "R102", "R103", "R104", "R105"})
    transient_record_codes: frozenset[str] = frozenset({"R501", "R502"})

    def path(self, kind: RecordKind) -> str:
        """The path to push messages of a kind to, below the platform's address."""
        return self.base_path + self.paths[kind]


DEFAULT_PROFILE: Final = Profile()
