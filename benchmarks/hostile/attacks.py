"""The table of hostile requests: each has a name and is made anew when it is sent."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from yanbao.settings import RECEIPTS

from . import documents

KIB: Final = 1024
ADDRESS: Final = RECEIPTS + "demo"
"""The demo's address of receipts; in production its last part is a secret."""
_JSON: Final = ((b"content-type", b"application/json"), (b"accept", b"application/json"))


@dataclass(frozen=True, slots=True)
class Attack:
    """One request, or the text frames of one socket. `make` returns the body, or the frames."""

    name: str
    make: Callable[[], bytes | list[bytes]]
    method: str = "POST"
    path: str = "/graphql"
    query: Callable[[], bytes] = bytes
    headers: tuple[tuple[bytes, bytes], ...] = _JSON

    @property
    def is_socket(self) -> bool:
        return self.method == "SOCKET"


def body_of(document: str, variables: object = None, **more: object) -> bytes:
    """A request's body."""
    return json.dumps({"query": document, "variables": variables, **more}, ensure_ascii=False).encode()


def _document(name: str, make: Callable[[], str]) -> Attack:
    return Attack(name, lambda: body_of(make()))


def _variables(name: str, document: str, make: Callable[[], object]) -> Attack:
    return Attack(name, lambda: body_of(document, make()))


def _raw(name: str, make: Callable[[], bytes], content_type: bytes = b"application/json") -> Attack:
    return Attack(name, make, headers=((b"content-type", content_type), (b"accept", b"*/*")))


def _get(name: str, query: Callable[[], bytes], *headers: tuple[bytes, bytes]) -> Attack:
    return Attack(name, bytes, method="GET", query=query, headers=headers)


def _headed(name: str, *headers: tuple[bytes, bytes]) -> Attack:
    return Attack(name, lambda: body_of("{viewer{name}}"), headers=(*_JSON, *headers))


def _socket(name: str, *frames: Callable[[], bytes]) -> Attack:
    return Attack(name, lambda: [frame() for frame in frames], method="SOCKET")


def _frame(kind: str, **more: object) -> Callable[[], bytes]:
    return lambda: json.dumps({"type": kind, **more}).encode()


_IDS: Final = "query($i:[ID!]!){nodes(ids:$i){__typename}}"
_NAMED: Final = "query($i:[ID!]!,$n:String){nodes(ids:$i){__typename} labels{__typename}}"
_SUBMIT: Final = """mutation($e:ID!,$d:Date!,$f:CommitmentFormInput!,$k:String!){
  submitCommitment(enterpriseId:$e,businessDate:$d,form:$f,clientMutationKey:$k){__typename}}"""


def _deep_json(levels: int) -> bytes:
    return b'{"query":"{viewer{name}}","variables":{"a":' + b"[" * levels + b"]" * levels + b"}}"


def _wide_form(fields: int) -> Mapping[str, Any]:
    """A form with as many unknown fields, each like a known one."""
    return {"e": "x", "d": "2026-01-01", "k": "k" * 8, "f": {f"dutyLeade{n}": n for n in range(fields)}}


def attacks() -> tuple[Attack, ...]:
    """The whole table."""
    return (
        *(_document(name, make) for name, make in documents.DOCUMENTS.items()),
        _variables("170,000 ids", _IDS, lambda: {"i": ["x"] * 170_000}),
        _variables("250,000 numbers for ids", _IDS, lambda: {"i": [1] * 250_000}),
        _variables("as many ids as 64 KiB hold", _IDS, lambda: {"i": ["x"] * 16_000}),
        _variables("as many wrong ids as 64 KiB hold", _IDS, lambda: {"i": [{}] * 16_000}),
        _variables("lists in lists of ids", _IDS, lambda: {"i": [[["x"] * 90] * 6] * 6}),
        _variables("one id of 60 KiB", _IDS, lambda: {"i": ["x" * 60 * KIB]}),
        _variables(
            "everything at once, with wrong values",
            documents.everything_at_once(),
            lambda: {f"v{n}": [{}] * 39 for n in range(5)},
        ),
        _variables(
            "195 wrong values",
            "query($a:[ID!]!,$b:[ID!]!){nodes(ids:$a){__typename} n:nodes(ids:$b){__typename}}",
            lambda: {"a": [{"x": "y" * 300}] * 49, "b": [[]] * 95},
        ),
        _variables("variables that nobody declared", _IDS, lambda: {f"v{n}": n for n in range(5_000)}),
        _variables("90 unknown fields of a form", _SUBMIT, lambda: _wide_form(90)),
        _variables("5,000 unknown fields of a form", _SUBMIT, lambda: _wide_form(4_000)),
        _variables("an unknown field with a name of 60 KiB", _SUBMIT, lambda: {"f": {"d" * 60 * KIB: 1}}),
        _variables("an int of 60,000 digits", _NAMED, lambda: {"i": [], "n": 10**4_200}),
        _raw("an int of 60,000 digits in JSON", lambda: _padded(b'"variables":{"n":' + b"9" * 60_000 + b"}")),
        _raw("1 MiB of white space around the JSON", lambda: b" " * 1_000 * KIB + body_of("{viewer{name}}")),
        _raw("JSON 1,000 lists deep", lambda: _deep_json(1_000)),
        _raw("JSON 30,000 lists deep", lambda: _deep_json(30_000)),
        _raw("one key 4,000 times", lambda: _padded(b",".join([b'"variables":{"a":1}'] * 3_000))),
        _raw(
            "a batch of 2,000 requests", lambda: b"[" + b",".join([body_of("{viewer{name}}")] * 1_400) + b"]"
        ),
        _raw("broken UTF-8", lambda: b'{"query":"' + b"\xff" * 60_000 + b'"}'),
        _raw("lone surrogates", lambda: b'{"query":"' + rb"\ud800" * 10_000 + b'"}'),
        _raw("multipart", lambda: b"--x\r\n\r\n" * 8_000, b"multipart/form-data; boundary=x"),
        _raw(
            "a content type of 8 KiB",
            lambda: body_of("{viewer{name}}"),
            b"application/json" + b";a=b" * 2_000,
        ),
        _raw("a hash of nothing known", lambda: b'{"documentId":"sha256:' + b"a" * 64 + b'"}'),
        Attack(
            "an operation name of 60 KiB", lambda: body_of("{viewer{name}}", operationName="n" * 60 * KIB)
        ),
        _raw("a hash of 60 KiB", lambda: b'{"documentId":"' + b"a" * 60_000 + b'"}'),
        _raw("a document with a foreign hash", lambda: _with_hash("{viewer{name}}" + " " * 60_000)),
        _get("a document of 60 KiB by GET", lambda: b"query=" + b"%7B" * 20_000),
        _get("30,000 parameters by GET", lambda: b"a&" * 30_000),
        _get("variables by GET", lambda: b"query={viewer{name}}&variables=" + b"%5B" * 900 + b"%5D" * 900),
        _get("a stream by GET", lambda: b"query=" + b"a" * 15_000, (b"accept", b"text/event-stream")),
        _headed("an Accept of 60 KiB", (b"accept", b"a/b;q=0.1," * 6_000)),
        _headed("a cookie of 60 KiB", (b"cookie", b"a=b;" * 15_000)),
        _headed("300 headers", *((f"x-{n}".encode(), b"y" * 20) for n in range(300))),
        _headed("a token of 30 KiB", (b"authorization", b"Bearer " + b"t" * 30_000)),
        _headed("a token that nobody has", (b"authorization", b"Bearer " + b"t" * 43)),
        _socket("a first frame of 900 KiB", lambda: b'{"type":"' + b"x" * 900 * KIB + b'"}'),
        _socket("a deep first frame", lambda: b'{"type":"connection_init","payload":' + b"[" * 30_000),
        _socket(
            "60 KiB in the first frame",
            _frame("connection_init", payload={f"p{n}": n for n in range(4_000)}),
        ),
        _socket("subscribing before the first frame", _frame("subscribe", id="1", payload={"query": "{a}"})),
        _socket("2,000 pings", *[_frame("ping")] * 200),
        _socket(
            "a socket without a session",
            _frame("connection_init", payload={"authorization": "Bearer " + "t" * 43}),
            _frame("subscribe", id="1", payload={"query": documents.many_aliases(30)}),
        ),
        _receipts("garbage for receipts", lambda: b"\x00\xff" * 30_000),
        _receipts("deep JSON for receipts", lambda: b"[" * 60_000),
        _receipts("text that is no receipt", lambda: json.dumps([{"msgGroup": "1"}] * 3_000).encode()),
        _receipts("receipts of 300 KiB", lambda: b" " * 300 * KIB),
        Attack(
            "an upload without a session",
            lambda: base64.b64encode(b"x" * 40_000),
            method="PUT",
            path="/files/" + "t" * 43,
            headers=((b"content-type", b"image/jpeg"),),
        ),
        Attack("a path of 60 KiB", bytes, method="GET", path="/graphql" + "/a" * 30_000, headers=()),
    )


def _receipts(name: str, make: Callable[[], bytes]) -> Attack:
    return Attack(name, make, path=ADDRESS)


def _padded(inner: bytes) -> bytes:
    return b'{"query":"{viewer{name}}",' + inner + b"}"


def _with_hash(document: str) -> bytes:
    return body_of(document, extensions={"persistedQuery": {"version": 1, "sha256Hash": "b" * 64}})
