"""Read HTTP requests: negotiate the content type of the answer and parse the GraphQL operation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

import orjson
from graphql import GraphQLError
from starlette.requests import Request

from ..execution.errors import Code, make_error
from ..execution.manifest import PREFIX, digest_of


class Media(StrEnum):
    """Content types of answers, in our order of preference; the first wins a tie."""

    RESPONSE = "application/graphql-response+json"
    JSON = "application/json"
    EVENTS = "text/event-stream"
    PAGE = "text/html"


@dataclass(frozen=True, slots=True)
class Fault:
    """A request refused before GraphQL runs: the HTTP status, headers and the only error of its JSON body."""

    status: int
    code: Code
    message: str
    sentence: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def error(self) -> GraphQLError:
        """Make the error of the JSON body."""
        return make_error(self.code, self.message, sentence=self.sentence)


class Rejected(Exception):
    """Raised with a fault; the endpoint turns it into a response."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


METHOD_NOT_ALLOWED: Final = Fault(
    405,
    Code.BAD_USER_INPUT,
    "Only GET and POST are supported.",
    "只支持 GET 和 POST 请求。",
    {"allow": "GET, POST"},
)
MUTATION_BY_GET: Final = Fault(
    405, Code.BAD_USER_INPUT, "Mutations need POST.", "修改操作必须使用 POST 请求。", {"allow": "POST"}
)
NOT_ACCEPTABLE: Final = Fault(
    406,
    Code.BAD_USER_INPUT,
    f"Answers come as {Media.RESPONSE}, {Media.JSON} or {Media.EVENTS}.",
    "接口无法提供请求头 Accept 所要求的格式。",
)
SUBSCRIPTION_NEEDS_STREAM: Final = Fault(
    406,
    Code.BAD_USER_INPUT,
    f"Subscriptions need 'Accept: {Media.EVENTS}' or a graphql-transport-ws socket.",
    "订阅需要使用事件流或 WebSocket 连接。",
)
UNSUPPORTED_MEDIA: Final = Fault(
    415,
    Code.BAD_USER_INPUT,
    "POST bodies must be 'Content-Type: application/json' in UTF-8.",
    "请求内容必须是 UTF-8 编码的 JSON。",
    {"accept": Media.JSON.value},
)
UNSUPPORTED_ENCODING: Final = Fault(
    415,
    Code.BAD_USER_INPUT,
    "Compressed request bodies are not supported.",
    "不支持压缩过的请求内容。",
    {"accept-encoding": "identity"},
)
PREFLIGHT_NEEDED: Final = Fault(
    403,
    Code.FORBIDDEN,
    "A GET request with a session needs an X-Yanbao-Client header.",
    "请求缺少防跨站请求头 X-Yanbao-Client。",
)


MOST_WISHES: Final = 1_000
"""Characters of an Accept header; browsers send some 150."""
MOST_CONTENT_TYPE: Final = 200


def too_large(limit: int) -> Rejected:
    """HTTP 413: more than `limit` bytes. The connection is closed, because the rest is not read."""
    message = f"The request is larger than {limit} bytes."
    sentence = f"提交的内容过大，上限为 {limit // 1024} KB。"
    return Rejected(Fault(413, Code.PAYLOAD_TOO_LARGE, message, sentence, {"connection": "close"}))


def malformed(message: str, sentence: str) -> Rejected:
    """HTTP 400: not a valid GraphQL-over-HTTP request."""
    return Rejected(Fault(400, Code.BAD_USER_INPUT, message, sentence))


def negotiate(accept: Iterable[str], *, offered: tuple[Media, ...]) -> Media | None:
    """Choose the best of `offered` for these Accept headers; None when the client accepts none of them.

    A wildcard or a missing header means application/json; the client must name any other type.
    Nobody needs more than `MOST_WISHES` characters: a longer header is acceptable to nothing.
    """
    wishes = ",".join(accept)
    return None if len(wishes) > MOST_WISHES else _best(wishes, offered)


@lru_cache(maxsize=64)
def _best(wishes: str, offered: tuple[Media, ...]) -> Media | None:
    if not wishes.strip():
        return Media.JSON
    ranges = [parsed for part in wishes.split(",") if (parsed := _parse_range(part))]
    best: tuple[float, int] = (0.0, -1)
    chosen: Media | None = None
    for media in offered:
        wildcards = ("application/*", "*/*") if media is Media.JSON else ()
        for specificity, name in ((2, media.value), *((1 - i, w) for i, w in enumerate(wildcards))):
            quality = max((q for other, q in ranges if other == name), default=None)
            if quality is not None:
                if quality > 0 and (quality, specificity) > best:
                    best, chosen = (quality, specificity), media
                break  # The most specific range decides, even with q=0.
    return chosen


def _parse_range(part: str) -> tuple[str, float] | None:
    name, *parameters = (piece.strip().lower() for piece in part.split(";"))
    quality = 1.0
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "charset" and value.strip(' "') not in ("utf-8", "utf8"):
            return None  # We support only UTF-8: ignore this range.
        if key.strip() == "q":
            try:
                quality = float(value)
            except ValueError:
                quality = 0.0  # A malformed q value counts as 0.
    return (name, quality) if name else None


@dataclass(frozen=True, slots=True)
class OperationRequest:
    """One operation as the client sent it: the document as `query`, or only its `digest`.

    `digest` is the sha256 in hex of `documentId` or of `extensions.persistedQuery`.
    """

    query: str | None
    variables: dict[str, Any] | None
    operation_name: str | None
    extensions: dict[str, Any] | None
    digest: str | None


def parse_parameters(request: Request, *, max_body: int) -> OperationRequest:
    """Parse the operation of a GET request. Raises `Rejected` with HTTP 400 or 413."""
    if len(request.url.query) > max_body:
        raise too_large(max_body)
    parameters: dict[str, Any] = dict(request.query_params)
    for name in ("variables", "extensions"):
        if parameters.get(name):
            parameters[name] = _parse_json(parameters[name].encode("utf-8", "replace"), f"`{name}`")
        else:
            parameters.pop(name, None)
    return parse_operation(parameters)


async def read_body(request: Request, *, max_body: int) -> bytes:
    """Read the body of a POST request. Raises `Rejected` with HTTP 413 or 415."""
    headers = request.headers
    fault = _unsupported(
        headers.get("content-type", "")[:MOST_CONTENT_TYPE], headers.get("content-encoding", "identity")[:20]
    )
    if fault is not None:
        raise Rejected(fault)
    return await _read_body(request, max_body)


def parse_body(raw: bytes) -> OperationRequest:
    """Parse the operation of a body. Raises `Rejected` with HTTP 400."""
    body = _parse_json(raw, "body")
    if isinstance(body, list):
        raise malformed("Batching is not supported.", "不支持批量请求。")
    if not isinstance(body, dict):
        raise malformed("The body must be a JSON object.", "请求内容必须是一个 JSON 对象。")
    return parse_operation(body)


@lru_cache(maxsize=64)
def _unsupported(content_type: str, encoding: str) -> Fault | None:
    media, *parameters = (part.strip().lower() for part in content_type.split(";"))
    charsets = [
        value.strip('"') for key, _, value in (p.partition("=") for p in parameters) if key == "charset"
    ]
    if media != Media.JSON or any(charset not in ("utf-8", "utf8") for charset in charsets):
        return UNSUPPORTED_MEDIA
    return None if encoding.lower() == "identity" else UNSUPPORTED_ENCODING


async def _read_body(request: Request, max_body: int) -> bytes:
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and len(declared) < 20 and int(declared) > max_body:
        raise too_large(max_body)
    body = bytearray()
    async for chunk in request.stream():  # Content-Length may be wrong: count the bytes.
        body += chunk
        if len(body) > max_body:
            raise too_large(max_body)
    return bytes(body)


def _parse_json(raw: bytes, what: str) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        # orjson also raises this for nesting beyond 1,024 levels, invalid UTF-8 and lone surrogates.
        raise malformed(f"The {what} is not valid JSON.", "请求内容不是有效的 JSON。") from None


def parse_operation(parameters: Mapping[str, Any]) -> OperationRequest:
    """Parse the parameters of a request or of a socket's message. Raises `Rejected` with HTTP 400."""
    for name, kind, noun in (
        ("query", str, "a string"),
        ("documentId", str, "a string"),
        ("operationName", str, "a string"),
        ("variables", dict, "an object"),
        ("extensions", dict, "an object"),
    ):
        value = parameters.get(name)
        if value is not None and not isinstance(value, kind):
            raise malformed(f"`{name}` must be {noun} or null.", f"请求参数 {name} 的类型不正确。")
    asked = OperationRequest(
        parameters.get("query") or None,
        parameters.get("variables"),
        parameters.get("operationName") or None,
        parameters.get("extensions"),
        _digest(parameters),
    )
    if asked.query is None and asked.digest is None:
        raise malformed("The `query` parameter is missing.", "请求缺少 query 参数。")
    if asked.query is not None and asked.digest is not None and digest_of(asked.query) != asked.digest:
        raise malformed("The sha256 hash does not match the query.", "请求语句与其摘要不一致。")
    return asked


def _digest(parameters: Mapping[str, Any]) -> str | None:
    """The digest of `documentId` or of Apollo's `persistedQuery`, or None without either."""
    id = parameters.get("documentId") or None
    persisted = (parameters.get("extensions") or {}).get("persistedQuery")
    hash = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
    named = [text.removeprefix(PREFIX).lower() for text in (id, hash) if isinstance(text, str)]
    if len(set(named)) > 1:
        raise malformed("`documentId` and `persistedQuery` name two documents.", "两处语句摘要不一致。")
    return named[0] if named else None
