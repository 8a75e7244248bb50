"""Persisted documents over every transport: named by their hash, and, where so set, the only ones answered."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from yanbao.graphql.execution.manifest import digest_of

from .. import toy

RESPONSE = "application/graphql-response+json"
EVENTS = "text/event-stream"
TEXT = "query Greeting { hello }"
DIGEST = digest_of(TEXT)
UNKNOWN = "query Other { hello }"
HELLO = {"data": {"hello": "你好，世界"}}


def apollo(digest: str) -> dict[str, Any]:
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest}}}


def send(
    body: dict[str, Any], *, known_only: bool = False, method: str = "POST", accept: str = RESPONSE
) -> httpx.Response:
    async def go() -> httpx.Response:
        async with toy.client(persisted={DIGEST: TEXT}, known_only=known_only) as http:
            if method == "POST":
                return await http.post("/graphql", json=body, headers={"accept": accept})
            params = {k: v if isinstance(v, str) else json.dumps(v) for k, v in body.items()}
            return await http.get("/graphql", params=params, headers={"accept": accept})

    return asyncio.run(go())


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["extensions"]["code"]


NAMED = {
    "documentId": {"documentId": f"sha256:{DIGEST}"},
    "documentId without prefix": {"documentId": DIGEST},
    "APQ": apollo(DIGEST),
    "both": {"documentId": f"sha256:{DIGEST}"} | apollo(DIGEST),
    "with its text": {"documentId": f"sha256:{DIGEST}", "query": TEXT},
}


@pytest.mark.parametrize("known_only", [False, True])
@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("how", NAMED)
def test_a_document_of_the_manifest_is_found_by_its_hash(how: str, method: str, known_only: bool) -> None:
    answer = send(NAMED[how], method=method, known_only=known_only)
    assert (answer.status_code, answer.json()) == (200, HELLO)


@pytest.mark.parametrize(
    "body", [{"documentId": f"sha256:{'0' * 64}"}, {"documentId": "Greeting"}, apollo("0" * 64)]
)
@pytest.mark.parametrize("accept", [RESPONSE, EVENTS])
def test_an_unknown_hash_is_a_coded_error(body: dict[str, Any], accept: str) -> None:
    answer = send(body, accept=accept)
    assert answer.json()["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.parametrize(
    "body",
    [
        {"documentId": f"sha256:{DIGEST}", "query": UNKNOWN},
        apollo(DIGEST) | {"query": UNKNOWN},
        {"documentId": "0" * 64} | apollo(DIGEST),
        {"documentId": 7},
    ],
)
def test_a_request_that_contradicts_itself_is_wrong_input(body: dict[str, Any]) -> None:
    assert code(send(body)) == (400, "BAD_USER_INPUT")


def test_what_a_client_sends_is_never_added_to_the_known_documents() -> None:
    async def go() -> list[httpx.Response]:
        async with toy.client(persisted={DIGEST: TEXT}) as http:
            bodies = [apollo(digest_of(UNKNOWN)) | {"query": UNKNOWN}, apollo(digest_of(UNKNOWN))]
            return [await http.post("/graphql", json=body, headers={"accept": RESPONSE}) for body in bodies]

    with_text, without = asyncio.run(go())
    assert with_text.json() == HELLO
    assert code(without) == (400, "PERSISTED_QUERY_NOT_FOUND")


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("accept", [RESPONSE, EVENTS])
def test_known_only_refuses_every_other_document_before_it_is_parsed(method: str, accept: str) -> None:
    for text in (UNKNOWN, "{ __typename }", "{{{", f" {TEXT}"):
        answer = send({"query": text}, method=method, accept=accept, known_only=True)
        (error,) = answer.json()["errors"]
        assert error["extensions"] == {
            "code": "DOCUMENT_NOT_KNOWN",
            "sentence": "本系统只执行已登记的请求语句，这条语句没有登记。",
        }
    assert send({"query": TEXT}, known_only=True).json() == HELLO, "a known one may come as text"


def over_socket(payload: dict[str, Any], *, known_only: bool) -> dict[str, Any]:
    """The first message that a socket answers to an operation."""
    app = toy.make_app(persisted={DIGEST: TEXT}, known_only=known_only)

    async def go() -> dict[str, Any]:
        frames: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        answers: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        scope = {"type": "websocket", "path": "/graphql", "headers": [], "query_string": b""}
        scope |= {"subprotocols": ["graphql-transport-ws"], "server": ("toy", 80), "scheme": "ws"}
        await frames.put({"type": "websocket.connect"})
        for message in (
            {"type": "connection_init"},
            {"id": "1", "type": "subscribe", "payload": payload},
        ):
            await frames.put({"type": "websocket.receive", "text": json.dumps(message)})
        running = asyncio.create_task(app(scope, frames.get, answers.put))  # type: ignore[arg-type]
        assert (await answers.get())["type"] == "websocket.accept"
        assert json.loads((await answers.get())["text"])["type"] == "connection_ack"
        answer: dict[str, Any] = json.loads((await answers.get())["text"])
        await frames.put({"type": "websocket.disconnect", "code": 1000})
        await running
        return answer

    return asyncio.run(go())


@pytest.mark.parametrize("known_only", [False, True])
@pytest.mark.parametrize("how", NAMED)
def test_a_socket_finds_documents_by_their_hash_too(how: str, known_only: bool) -> None:
    answer = over_socket(NAMED[how], known_only=known_only)
    assert (answer["type"], answer["payload"]) == ("next", HELLO)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"query": UNKNOWN}, "DOCUMENT_NOT_KNOWN"),
        ({"documentId": "0" * 64}, "PERSISTED_QUERY_NOT_FOUND"),
        ({"documentId": DIGEST, "query": UNKNOWN}, "BAD_USER_INPUT"),
        ({"extensions": {}}, "BAD_USER_INPUT"),
    ],
)
def test_a_socket_refuses_other_documents_and_stays_open(payload: dict[str, Any], expected: str) -> None:
    answer = over_socket(payload, known_only=True)
    assert (answer["type"], answer["id"]) == ("error", "1")
    assert answer["payload"][0]["extensions"]["code"] == expected
