"""Describes the receiving addresses in the terms of OpenAPI, from the profile that they work by."""

from __future__ import annotations

from enum import Enum
from typing import Final

from ...domain.exchange.inbound import (
    INBOUND_KIND_NAMES,
    LONGEST_EXTERNAL_ID,
    RECORD_FAULT_NAMES,
    InboundKind,
)
from .described_records import EXAMPLE_AT, Json, coded, record_example, record_schema, time_schema
from .profile import Profile
from .refusing import MOST_BYTES, RECEIVING_SECONDS, Refusal, wording
from .signing import WINDOW_SECONDS

_OPERATIONS: Final = {
    InboundKind.PATROL_PROBLEM: "receivePatrolProblems",
    InboundKind.SPOT_CHECK_PROBLEM: "receiveSpotCheckProblems",
    InboundKind.WARNING: "receiveWarnings",
}
_REFUSED: Final = {
    408: (Refusal.TOO_SLOW,),
    413: (Refusal.TOO_LARGE,),
    415: (Refusal.CONTENT_TYPE, Refusal.CONTENT_ENCODING),
    401: (Refusal.INCOMPLETE, Refusal.UNKNOWN_APP, Refusal.OUTSIDE_WINDOW, Refusal.WRONG_SIGNATURE),
    500: (Refusal.FAILED,),
    503: (Refusal.BUSY,),
}


def inbound_paths(profile: Profile) -> Json:
    """The path items of the three interfaces."""
    return {profile.inbound.path(kind): {"post": _operation(kind, profile)} for kind in InboundKind}


def inbound_schemas(profile: Profile) -> Json:
    """The schemas that the path items refer to: a message of each kind, its record, and the answer."""
    schemas: Json = {}
    for kind in InboundKind:
        schemas[_name(kind, "Record")] = record_schema(kind, profile)
        schemas[_name(kind, "Message")] = _message(kind, profile)
    return schemas | {"InboundAnswer": _answer(profile)}


def inbound_security(profile: Profile) -> Json:
    """The security scheme of these addresses; it stands for all four headers of the signature."""
    names = profile.headers
    return {
        "type": "apiKey",
        "in": "header",
        "name": names.signature,
        "description": f"签名。{profile.signer.value} over method, path with query, {names.timestamp} (Unix time, "
        f"±{WINDOW_SECONDS} s), {names.nonce} and the digest of the body as sent, one a line; lower-case hex. "
        f"{names.app_id} names the sender.",
    }


def _operation(kind: InboundKind, profile: Profile) -> Json:
    codes = profile.inbound.answer_codes
    answer = {"$ref": "#/components/schemas/InboundAnswer"}

    def refused(description: str) -> Json:
        return {"description": description, "content": {"application/json": {"schema": answer}}}

    accepted = refused(
        "已保存，逐条给出结果。Stored before the answer; each record was taken or refused alone."
    )
    accepted["content"]["application/json"]["example"] = _answer_example(kind, profile)
    return {
        "operationId": _OPERATIONS[kind],
        "summary": f"接收{INBOUND_KIND_NAMES[kind]}。One message with up to {profile.inbound.batch} records.",
        "description": f"报文最大{MOST_BYTES // 1024} KiB，{RECEIVING_SECONDS:g}秒内传完，不得压缩。重发同一报文没有影响，"
        "应答相同。Field names, codes and formats are those of the exchange profile "
        f"`{profile.id}`; another profile has its own.",
        "security": [{"ministry": []}],
        "parameters": [
            {
                "name": name,
                "in": "header",
                "required": True,
                "schema": {"type": "string"},
                "description": words,
            }
            for name, words in (
                (profile.headers.app_id, "应用标识。"),
                (profile.headers.timestamp, f"Unix时间（秒），与本系统相差不超过{WINDOW_SECONDS}秒。"),
                (profile.headers.nonce, "随机数，8至64个字母、数字、下划线或连字符，每次请求不同。"),
            )
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"$ref": f"#/components/schemas/{_name(kind, 'Message')}"},
                    "example": _message_example(kind, profile),
                }
            },
        },
        "responses": {
            "200": accepted,
            "400": refused(f"报文不能识别，已留存待处置：{codes.unreadable}。"),
            "409": refused(f"报文编号或随机数重复而内容不同：{codes.conflicting}。"),
            **{
                str(status): refused("".join(wording(one, profile).sentence for one in refusals))
                for status, refusals in sorted(_REFUSED.items())
            },
        },
    }


def _message(kind: InboundKind, profile: Profile) -> Json:
    keys = profile.envelope
    return {
        "type": "object",
        "required": [keys.message_id, keys.message_type, keys.data],
        "properties": {
            keys.message_id: {
                "type": "string",
                "maxLength": LONGEST_EXTERNAL_ID,
                "description": "报文编号。Kept over every repetition.",
            },
            keys.message_type: {"const": profile.inbound.addresses[kind].message_type},
            keys.area_code: {"const": profile.area_code, "description": "接收方的区域代码。"},
            keys.sent_at: time_schema(profile, "发送时间。"),
            keys.data: {
                "type": "array",
                "minItems": 1,
                "maxItems": profile.inbound.batch,
                "items": {"$ref": f"#/components/schemas/{_name(kind, 'Record')}"},
            },
        },
    }


def _answer(profile: Profile) -> Json:
    keys, faults = profile.envelope, profile.inbound.fault_codes
    refusal = {
        "type": "object",
        "required": [keys.record_id, keys.code, keys.sentence],
        "properties": {
            keys.record_id: {"type": "string"},
            keys.code: coded(faults, RECORD_FAULT_NAMES, "原因代码。"),
            keys.sentence: {"type": "string", "description": "原因。"},
        },
    }
    listed = {"type": "array", "items": {"type": "string"}, "description": "已接收的编号。"}
    return {
        "type": "object",
        "required": [keys.code, keys.sentence],
        "properties": {
            keys.code: {"enum": sorted(set(profile.inbound.answer_codes.model_dump().values()))},
            keys.sentence: {"type": "string", "description": "说明，可直接显示。"},
            keys.data: {
                "type": ["object", "null"],
                "properties": {
                    keys.success: listed,
                    keys.fail: {"type": "array", "items": refusal, "description": "未接收的记录。"},
                },
            },
        },
    }


def _message_example(kind: InboundKind, profile: Profile) -> Json:
    keys, record = profile.envelope, record_example(kind, profile)
    return {
        keys.message_id: "5f2c7d1e-8a64-4b0c-9d57-2f1f8e3a6b90",
        keys.message_type: profile.inbound.addresses[kind].message_type,
        keys.area_code: profile.area_code,
        keys.sent_at: profile.write_time(EXAMPLE_AT),
        keys.data: [record],
    }


def _answer_example(kind: InboundKind, profile: Profile) -> Json:
    keys = profile.envelope
    fault, code = next(iter(profile.inbound.fault_codes.items()))
    return {
        keys.code: profile.inbound.answer_codes.accepted,
        keys.sentence: "成功",
        keys.data: {
            keys.success: [f"{kind.value[:2]}-2026-000123"],
            keys.fail: [
                {
                    keys.record_id: f"{kind.value[:2]}-2026-000124",
                    keys.code: code,
                    keys.sentence: f"{RECORD_FAULT_NAMES[fault]}。",
                }
            ],
        },
    }


def _name(kind: Enum, what: str) -> str:
    return "".join(word.capitalize() for word in kind.value.split("_")) + what
