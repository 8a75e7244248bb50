"""The OpenAPI document of the plain HTTP addresses: files, receipts, deliveries and health; GraphQL has its schema."""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib.metadata import version
from typing import Any, Final

from .adapters.files.routes import MEDIA_TYPES, RECEIVING_SECONDS, STATUS
from .adapters.health import HEALTH, READY
from .adapters.ministry.describing import inbound_paths, inbound_schemas, inbound_security
from .adapters.ministry.shipped import DEFAULT_PROFILE
from .application.files.tickets import PATH
from .application.notice.receipts import MOST_KEPT, SAMPLES
from .application.operations.watch import Health
from .application.ports.unavailable import Unavailable
from .domain.files.attachment import LARGEST
from .settings import RECEIPTS

Json = dict[str, Any]

_OF_EXPORTS: Final = frozenset({"ACTION_NOT_ALLOWED", "EXPORT_OUTDATED"})
_UPLOAD_CODES: Final = frozenset(STATUS) - {"NOT_FOUND"} - _OF_EXPORTS
_DOWNLOAD_CODES: Final = _OF_EXPORTS | {"UNAUTHENTICATED", "FORBIDDEN", "TICKET_INVALID", "NOT_FOUND"}
_MIB: Final = 1024 * 1024


def render() -> str:
    """Return the document as JSON text, as it is committed in docs/openapi.json."""
    return json.dumps(document(), ensure_ascii=False, indent=2) + "\n"


def document() -> Json:
    """Return the document. A test compares its paths and methods with the routes of `main.py`."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "烟爆 yanbao",
            "version": version("yanbao"),
            "description": "GraphQL 之外的 HTTP 地址。The addresses beside GraphQL; schema.graphql describes /graphql.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": {
            f"{PATH}{{ticket}}": _files(),
            f"{RECEIPTS}{{secret}}": _receipts(),
            HEALTH: _health(),
            READY: _ready(),
            **inbound_paths(DEFAULT_PROFILE),
        },
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "登录所得的会话令牌。The token that the mutation logIn answers.",
                },
                "cookie": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "yanbao_session",
                    "description": "浏览器的会话。The cookie that logIn sets for browsers.",
                },
                "ministry": inbound_security(DEFAULT_PROFILE),
            },
            "schemas": {
                "Answer": _ANSWER,
                "Uploaded": _UPLOADED,
                "Receipt": _RECEIPT,
                "Ready": _READY,
                **inbound_schemas(DEFAULT_PROFILE),
            },
        },
    }


def _files() -> Json:
    kinds = sorted(MEDIA_TYPES.values())
    largest, minutes = LARGEST // _MIB, int(RECEIVING_SECONDS // 60)
    return {
        "parameters": [
            {
                "name": "ticket",
                "in": "path",
                "required": True,
                "schema": {"type": "string"},
                "description": "一次性凭证，含在requestUpload、requestDownload、exportTicket或reportTicket返回的url中。Good once and for the same session only.",
            }
        ],
        "put": {
            "operationId": "uploadFile",
            "summary": "上传附件。The ticket comes from the mutation requestUpload.",
            "description": f"文件最大{largest} MiB，{minutes}分钟内传完；文件类型按内容判定。"
            "The type is found from the content, whatever the request says.",
            "security": _SECURITY,
            "requestBody": {
                "required": True,
                "content": {kind: {"schema": _BYTES | {"maxLength": LARGEST}} for kind in kinds},
            },
            "responses": {
                "201": _json("已保存。Stored; the attachment may now be used in a form.", "Uploaded"),
                **_refusals(_UPLOAD_CODES),
            },
        },
        "get": {
            "operationId": "downloadFile",
            "summary": "下载附件、其缩略图、导出的文件或通报。The ticket comes from the mutations requestDownload, exportTicket and reportTicket.",
            "security": _SECURITY,
            "responses": {
                "200": {
                    "description": "文件内容。A thumbnail is a JPEG shown inline; a file is saved under its name.",
                    "headers": {
                        "content-disposition": {"schema": {"type": "string"}, "description": "文件名。"},
                        "content-length": {"schema": {"type": "integer"}, "description": "字节数。"},
                    },
                    "content": {kind: {"schema": _BYTES} for kind in kinds},
                },
                **_refusals(_DOWNLOAD_CODES),
            },
        },
    }


def _receipts() -> Json:
    receipt = {"$ref": "#/components/schemas/Receipt"}
    return {
        "parameters": [
            {
                "name": "secret",
                "in": "path",
                "required": True,
                "schema": {"type": "string"},
                "description": "回执地址的保密部分。The secret of YANBAO_SMS_RECEIPT_PATH_SECRET: the provider signs nothing.",
            }
        ],
        "post": {
            "operationId": "receiveSmsReceipts",
            "summary": "接收短信回执（云MAS）。One receipt or a list; stored before the answer, processed later.",
            "security": [],
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {"schema": {"oneOf": [receipt, {"type": "array", "items": receipt}]}}
                },
            },
            "responses": {
                "200": _json("已收下。Stored, repeats included.", "Answer"),
                "400": _json(
                    f"不能识别：BAD_USER_INPUT。Counted; {SAMPLES} of each kind and day are kept as dead letters.",
                    "Answer",
                ),
                "413": _json(
                    f"报文超过{MOST_KEPT // 1024} KiB，请分批发送：PAYLOAD_TOO_LARGE。Not kept; send fewer receipts at once.",
                    "Answer",
                ),
                "503": _json(f"暂时不能保存，请稍后重发：{Unavailable.code}。Nothing was stored.", "Answer"),
            },
        },
    }


def _health() -> Json:
    return {
        "get": {
            "operationId": "health",
            "summary": "存活检查。Whether the process lives, whatever its database does.",
            "security": [],
            "responses": {
                "200": {
                    "description": "存活。The process answers.",
                    "content": {"text/plain": {"schema": {"const": "ok"}}},
                },
            },
        }
    }


def _ready() -> Json:
    return {
        "get": {
            "operationId": "ready",
            "summary": "就绪检查。Whether requests of every kind can be served; looked at once a second at most.",
            "security": [],
            "responses": {
                "200": _json("就绪。The database answers and stores; other checks may be DEGRADED.", "Ready"),
                "503": _json("未就绪：NOT_READY。The database is away or read-only.", "Ready"),
            },
        }
    }


def _refusals(codes: Iterable[str]) -> Json:
    """One response per status, with the codes that it may carry, and what every address of files may answer."""
    by_status: dict[int, list[str]] = {503: ["FILE_STORE_UNAVAILABLE", Unavailable.code]}
    for code in codes:
        by_status.setdefault(STATUS[code], []).append(code)
    return {
        str(status): _json(f"拒绝：{'、'.join(sorted(found))}。", "Answer")
        for status, found in sorted(by_status.items())
    }


def _json(description: str, schema: str) -> Json:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"description": description, "content": content}


_SECURITY: Final[list[Json]] = [{"token": []}, {"cookie": []}]
_BYTES: Final[Json] = {"type": "string", "contentEncoding": "binary"}
_ANSWER: Final[Json] = {
    "type": "object",
    "required": ["code"],
    "properties": {
        "code": {"type": "string", "description": "代码。OK, or the code of the refusal."},
        "message": {"type": "string", "description": "拒绝原因，可直接显示。"},
    },
}
_READY: Final[Json] = {
    "type": "object",
    "required": ["code", "checks"],
    "properties": {
        "code": {"enum": ["OK", "NOT_READY"]},
        "checks": {
            "type": "object",
            "description": "各项检查。database, redis, duties, deadLetters, slots, schedule, clock; without causes.",
            "additionalProperties": {"enum": [health.value for health in Health]},
        },
    },
}
_UPLOADED: Final[Json] = {
    "type": "object",
    "required": ["code", "name", "mediaType", "size"],
    "properties": {
        "code": {"const": "OK"},
        "name": {"type": "string", "description": "文件名。"},
        "mediaType": {"enum": [kind.value for kind in MEDIA_TYPES], "description": "按内容判定的类型。"},
        "size": {"type": "integer", "description": "字节数。"},
    },
}
_RECEIPT: Final[Json] = {
    "type": "object",
    "required": ["msgGroup", "mobile"],
    "anyOf": [{"required": ["reportStatus"]}, {"required": ["errorCode"]}],
    "properties": {
        "msgGroup": {"type": "string", "description": "网关的批次号。"},
        "mobile": {"type": "string", "description": "手机号码。"},
        "reportStatus": {"type": "string", "description": "送达状态；DELIVRD为已送达。"},
        "errorCode": {"type": "string", "description": "状态码。"},
    },
}
