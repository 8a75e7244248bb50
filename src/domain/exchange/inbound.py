"""What the ministry sends down: messages as they arrived, and the records in them, each handled once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Final
from uuid import UUID

from ..values import EnterpriseId, RegionId, fact_id

LONGEST_EXTERNAL_ID: Final = 64
"""The most characters of an id of the ministry."""


class InboundKind(Enum):
    """What a receiving interface takes; WARNING carries certificate and risk alerts."""

    PATROL_PROBLEM = "PATROL_PROBLEM"
    SPOT_CHECK_PROBLEM = "SPOT_CHECK_PROBLEM"
    WARNING = "WARNING"


INBOUND_KIND_NAMES: Final = {
    InboundKind.PATROL_PROBLEM: "部级巡查问题",
    InboundKind.SPOT_CHECK_PROBLEM: "部级抽查问题",
    InboundKind.WARNING: "部级预警",
}


class MessageOutcome(Enum):
    """What became of an authentic message.

    READ: its records are kept. UNREADABLE: it is authentic, but it could not be read; it is kept whole and can
    be processed again. CONFLICTING: its message id came before with other content; nothing was taken from it.
    """

    READ = "READ"
    UNREADABLE = "UNREADABLE"
    CONFLICTING = "CONFLICTING"


MESSAGE_OUTCOME_NAMES: Final = {
    MessageOutcome.READ: "已读取",
    MessageOutcome.UNREADABLE: "不能识别，待处置",
    MessageOutcome.CONFLICTING: "编号重复而内容不同",
}


class RecordState(Enum):
    """The state of a record that the ministry has sent.

    PENDING: accepted, not processed yet. APPLIED: it opened or changed a problem or an alert. IGNORED: a newer
    version was known already. QUARANTINED: nobody can be addressed yet, or it could not be processed; a person
    assigns it or has it processed again. REFUSED: the ministry was told that it cannot be taken.
    """

    PENDING = "PENDING"
    APPLIED = "APPLIED"
    IGNORED = "IGNORED"
    QUARANTINED = "QUARANTINED"
    REFUSED = "REFUSED"


RECORD_STATE_NAMES: Final = {
    RecordState.PENDING: "待处理",
    RecordState.APPLIED: "已办理",
    RecordState.IGNORED: "已有更新版本，未采用",
    RecordState.QUARANTINED: "待人工处置",
    RecordState.REFUSED: "已拒收",
}


class RecordFault(Enum):
    """Why a record was refused or quarantined; the exchange profile has the ministry's code of each."""

    MISSING = "MISSING"
    MALFORMED = "MALFORMED"
    UNKNOWN_CODE = "UNKNOWN_CODE"
    TOO_LONG = "TOO_LONG"
    INCONSISTENT = "INCONSISTENT"
    OUTSIDE_PROVINCE = "OUTSIDE_PROVINCE"
    CONFLICTING = "CONFLICTING"
    UNKNOWN_ENTERPRISE = "UNKNOWN_ENTERPRISE"
    UNKNOWN_AREA = "UNKNOWN_AREA"


RECORD_FAULT_NAMES: Final = {
    RecordFault.MISSING: "必填项为空",
    RecordFault.MALFORMED: "格式错误",
    RecordFault.UNKNOWN_CODE: "代码不在代码表内",
    RecordFault.TOO_LONG: "内容过长",
    RecordFault.INCONSISTENT: "内容前后不一致",
    RecordFault.OUTSIDE_PROVINCE: "不属于本省",
    RecordFault.CONFLICTING: "同一版本内容不同",
    RecordFault.UNKNOWN_ENTERPRISE: "企业不在档案中",
    RecordFault.UNKNOWN_AREA: "区域不在档案中",
}

TO_QUARANTINE: Final = frozenset({RecordFault.UNKNOWN_ENTERPRISE, RecordFault.UNKNOWN_AREA})
"""These records are accepted and wait for a person; records with another fault are refused."""


@dataclass(frozen=True, slots=True)
class InboxMessage:
    """One authentic message as it arrived. Only an unreadable one changes: when it can be read after all.

    `message_id` is the sender's, unique for its kind; None if it could not be read. `nonce` is None for a
    polled message. `digest` is the SHA-256 (hex) of `raw`, `content_digest` that of its records, so that a
    repetition with a new time is recognised. `headers` are the signed ones. `answer` is what the sender was
    told: `records`, each with `id`, `fault` and `sentence`, or `unreadable`, why it could not be read.
    """

    id: UUID
    kind: InboundKind
    message_id: str | None
    nonce: str | None
    received_at: datetime
    headers: Mapping[str, str]
    raw: bytes
    digest: str
    content_digest: str
    outcome: MessageOutcome
    answer: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class InboxRecord:
    """One record of a message. Records that were taken are unique by kind, `external_id` and `version`.

    A refused record leaves its version free: the ministry may correct it and send it again. `content` is the
    record as sent, decrypted; it is read again whenever it is processed. `external_id` is empty, and `version`
    0, if a refused record had none. `company_code` and `area_code` are what it names, or empty. `subject` is
    the problem or alert that it opened or changed, such as `Alert:…`. `enterprise_id` or `region_id` is what a
    person has assigned.
    """

    id: UUID
    message_id: UUID
    kind: InboundKind
    external_id: str
    version: int
    digest: str
    content: Mapping[str, Any]
    received_at: datetime
    state: RecordState
    fault: RecordFault | None = None
    sentence: str = ""
    company_code: str = ""
    area_code: str = ""
    subject: str | None = None
    enterprise_id: EnterpriseId | None = None
    region_id: RegionId | None = None
    settled_at: datetime | None = None


def inbox_message_id(kind: InboundKind, digest: str) -> UUID:
    """Make the id of a message from its bytes: stored once, however often the same bytes come."""
    return fact_id("inbox-message", kind.value, digest)


def inbox_record_id(kind: InboundKind, external_id: str, version: int) -> UUID:
    """Make the id of a record that names itself; received twice, the id is the same."""
    return fact_id("inbox", kind.value, external_id, version)


def refused_record_id(kind: InboundKind, external_id: str, version: int, digest: str, place: object) -> UUID:
    """Make the id of a refused record. `place` tells records apart that do not name themselves."""
    if external_id:
        return fact_id("inbox-refused", kind.value, external_id, version, digest)
    return fact_id("inbox-refused", kind.value, place)
