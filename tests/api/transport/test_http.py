"""GraphQL over HTTP: which status, which media type, and what is refused before GraphQL sees it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from yanbao.graphql.transport.settings import EndpointSettings

from ...support.logs import capture_logs
from ..toy import SECRET, client

RESPONSE = "application/graphql-response+json"
JSON = "application/json"
EVENTS = "text/event-stream"


def send(
    method: str = "POST", path: str = "/graphql", *, options: dict[str, Any] | None = None, **request: Any
):  # type: ignore[no-untyped-def]
    """One request to a fresh toy app. Every answer but a page or a stream is GraphQL JSON in UTF-8."""

    async def go() -> httpx.Response:
        async with client(**(options or {})) as http:
            return await http.request(method, path, **request)

    answer = asyncio.run(go())
    media = answer.headers["content-type"]
    if not media.startswith("text/"):
        assert media in (f"{JSON}; charset=utf-8", f"{RESPONSE}; charset=utf-8")
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["vary"] == "Accept"
        body = answer.json()
        assert set(body) <= {"data", "errors", "extensions"}
        for error in body.get("errors", ()):
            assert error["extensions"]["code"] and error["extensions"]["sentence"]
    return answer


def code(answer: httpx.Response) -> str:
    return str(answer.json()["errors"][0]["extensions"]["code"])


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (None, JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (f"{JSON}; charset=utf-8", JSON),
        (RESPONSE, RESPONSE),
        (f"{RESPONSE}, {JSON}", RESPONSE),
        (f"{JSON}, {RESPONSE}", RESPONSE),
        (f"{RESPONSE}, {JSON};q=0.9", RESPONSE),
        (f"{RESPONSE};q=0.5, {JSON};q=0.9", JSON),
        (f"{RESPONSE};q=0, */*", JSON),
        (f"{RESPONSE}; charset=gbk, {JSON}", JSON),
        (f"{RESPONSE}, */*", RESPONSE),
        (f"{RESPONSE}, {JSON}, {EVENTS}, multipart/mixed", RESPONSE),
        (f"{EVENTS}, {JSON}", JSON),
        ("text/html,application/xhtml+xml,*/*;q=0.8", JSON),
        (EVENTS, EVENTS),
        (f"{EVENTS}, */*", EVENTS),
    ],
)
def test_the_answer_comes_in_the_form_the_client_prefers(accept: str | None, media: str) -> None:
    headers = {"accept": accept} if accept else {}
    answer = send(json={"query": "{ hello }"}, headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == f"{media}; charset=utf-8"
    assert "你好，世界" in answer.text


@pytest.mark.parametrize(
    "accept", ["text/html", "image/png", f"{JSON};q=0", f"{JSON}; charset=gbk", f"{JSON};q=much"]
)
def test_a_form_we_do_not_have_is_406(accept: str) -> None:
    answer = send(json={"query": "{ hello }"}, headers={"accept": accept})
    assert (answer.status_code, code(answer)) == (406, "BAD_USER_INPUT")
    assert answer.headers["content-type"] == f"{JSON}; charset=utf-8"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_405(method: str) -> None:
    answer = send(method)
    assert (answer.status_code, code(answer)) == (405, "BAD_USER_INPUT")
    assert answer.headers["allow"] == "GET, POST"


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ('application/json; charset="UTF-8"', 200),
        ("Application/JSON", 200),
        ("application/json; charset=gbk", 415),
        ("application/graphql", 415),
        ("text/plain", 415),
        ("text/plain; application/json", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("", 415),
    ],
)
def test_only_json_bodies_are_read(content_type: str, status: int) -> None:
    answer = send(content=b'{"query": "{ hello }"}', headers={"content-type": content_type})
    assert answer.status_code == status
    if status == 415:
        assert code(answer) == "BAD_USER_INPUT"
        assert answer.headers["accept"] == JSON


def test_a_missing_content_type_and_a_compressed_body_are_415() -> None:
    assert send(content=b'{"query": "{ hello }"}').status_code == 415
    headers = {"content-type": JSON, "content-encoding": "gzip"}
    assert send(content=b"\x1f\x8b", headers=headers).status_code == 415


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b'{ "not a JSON',
        b"[" * 5_000,
        b'{"query": "\xff"}',
        b'{"query": "{hello}", "variables": {"a": NaN}}',
        b'{"query": "\\ud800"}',
        b"null",
        b"1",
        b'"{ hello }"',
        b"[]",
        b'[{"query": "{ hello }"}]',
        b"{}",
        b'{"query": null}',
        b'{"query": ""}',
        b'{"query": 1}',
        b'{"query": ["{ hello }"]}',
        b'{"query": "{ hello }", "variables": []}',
        b'{"query": "{ hello }", "variables": "{}"}',
        b'{"query": "{ hello }", "extensions": false}',
        b'{"query": "{ hello }", "operationName": 0}',
    ],
)
@pytest.mark.parametrize("accept", [JSON, RESPONSE, EVENTS])
def test_what_is_no_graphql_request_is_400(body: bytes, accept: str) -> None:
    answer = send(content=body, headers={"content-type": JSON, "accept": accept})
    assert (answer.status_code, code(answer)) == (400, "BAD_USER_INPUT")
    assert "data" not in answer.json()


async def _pieces(total: int) -> AsyncIterator[bytes]:
    yield b'{"query": "{ hello }", "extensions": {"x": "'
    for _ in range(total // 65_536):
        yield b"x" * 65_536
    yield b'"}}'


@pytest.mark.parametrize("lie", [None, "10", "9" * 30, "nonsense"])
def test_more_than_one_mebibyte_is_413_whatever_the_length_header_says(lie: str | None) -> None:
    headers = {"content-type": JSON, **({"content-length": lie} if lie else {})}
    answer = send(content=_pieces(1_048_576), headers=headers)
    assert (answer.status_code, code(answer)) == (413, "PAYLOAD_TOO_LARGE")
    assert answer.headers["connection"] == "close"
    assert send(content=_pieces(900_000), headers={"content-type": JSON}).status_code == 200


def test_a_declared_length_over_the_cap_is_refused_unread() -> None:
    async def never() -> AsyncIterator[bytes]:
        raise AssertionError("the body was read")
        yield b""

    answer = send(content=never(), headers={"content-type": JSON, "content-length": "1048577"})
    assert answer.status_code == 413


def test_a_query_string_has_the_same_cap() -> None:
    answer = send(
        "GET", params={"query": "{ hello }" + " " * 100}, options={"settings": EndpointSettings(max_body=99)}
    )
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("query", "variables", "expected"),
    [
        ("{", None, "GRAPHQL_PARSE_FAILED"),
        ("{ nope }", None, "GRAPHQL_VALIDATION_FAILED"),
        ("query ($c: Colour!) { paint(colour: $c) }", {"c": None}, "BAD_USER_INPUT"),
        ("query A { hello } query B { hello }", None, "BAD_USER_INPUT"),
        ("fragment A on Query { hello }", None, "BAD_USER_INPUT"),
    ],
)
@pytest.mark.parametrize(("accept", "status"), [(JSON, 200), (RESPONSE, 400)])
def test_a_request_that_cannot_be_executed(
    query: str, variables: dict[str, Any] | None, expected: str, accept: str, status: int
) -> None:
    answer = send(json={"query": query, "variables": variables}, headers={"accept": accept})
    assert (answer.status_code, code(answer)) == (status, expected)
    assert "data" not in answer.json()


def test_an_unknown_operation_name_is_said_so() -> None:
    answer = send(json={"query": "query A { hello }", "operationName": "B"}, headers={"accept": RESPONSE})
    assert (answer.status_code, code(answer)) == (400, "BAD_USER_INPUT")
    assert '"B"' in answer.json()["errors"][0]["message"]


def test_the_named_operation_is_the_one_executed() -> None:
    document = 'query A { hello(name: "甲") } query B { hello(name: "乙") }'
    assert send(json={"query": document, "operationName": "B"}).json() == {"data": {"hello": "你好，乙"}}


@pytest.mark.parametrize("query", ["{ maybe { name } }", "{ items { refusedPart } }"])
@pytest.mark.parametrize("accept", [JSON, RESPONSE])
def test_an_error_while_executing_is_200_with_data_even_when_that_is_null(query: str, accept: str) -> None:
    answer = send(json={"query": query}, headers={"accept": accept})
    assert (answer.status_code, code(answer)) == (200, "NOT_FOUND")
    assert "data" in answer.json()


@pytest.mark.parametrize("accept", [JSON, RESPONSE, EVENTS])
def test_mutations_by_get_are_405(accept: str) -> None:
    answer = send("GET", params={"query": "mutation { change }"}, headers={"accept": accept})
    assert (answer.status_code, code(answer)) == (405, "BAD_USER_INPUT")
    assert answer.headers["allow"] == "POST"


def test_a_mutation_by_post_is_executed_and_may_set_headers() -> None:
    answer = send(json={"query": "mutation { logIn }"})
    assert answer.json() == {"data": {"logIn": True}}
    assert answer.headers["set-cookie"] == "toy=1; HttpOnly"


@pytest.mark.parametrize("accept", [JSON, RESPONSE])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_subscription_without_a_stream_is_406(accept: str, method: str) -> None:
    request = {"query": "subscription { count }"}
    kind = {"params": request} if method == "GET" else {"json": request}
    answer = send(method, headers={"accept": accept}, **kind)
    assert (answer.status_code, code(answer)) == (406, "BAD_USER_INPUT")
    assert EVENTS in answer.json()["errors"][0]["message"]


def test_get_takes_its_parameters_from_the_url() -> None:
    params = {
        "query": "query A($n: String!) { hello(name: $n) } query B { hello }",
        "variables": json.dumps({"n": "网"}),
        "operationName": "A",
        "extensions": "{}",
    }
    answer = send("GET", params=params, headers={"accept": RESPONSE})
    assert answer.json() == {"data": {"hello": "你好，网"}}


@pytest.mark.parametrize("name", ["variables", "extensions"])
@pytest.mark.parametrize("value", ["{", "[]", "1"])
def test_parameters_of_a_url_are_checked_like_those_of_a_body(name: str, value: str) -> None:
    answer = send("GET", params={"query": "{ hello }", name: value})
    assert (answer.status_code, code(answer)) == (400, "BAD_USER_INPUT")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"x-yanbao-client": "web"}, 200),
        ({"apollo-require-preflight": "true"}, 200),
        ({"x-apollo-operation-name": "A"}, 200),
    ],
)
def test_get_with_a_session_cookie_needs_a_header_other_sites_cannot_send(
    headers: dict[str, str], status: int
) -> None:
    answer = send("GET", params={"query": "{ hello }"}, headers={"cookie": "yanbao_session=s", **headers})
    assert answer.status_code == status
    if status == 403:
        assert code(answer) == "FORBIDDEN"


def test_other_cookies_and_post_need_no_such_header() -> None:
    assert send("GET", params={"query": "{ hello }"}, headers={"cookie": "theme=dark"}).status_code == 200
    assert send(json={"query": "{ hello }"}, headers={"cookie": "yanbao_session=s"}).status_code == 200


@pytest.mark.parametrize("accept", [JSON, RESPONSE, EVENTS])
def test_a_context_that_refuses_is_401(accept: str) -> None:
    answer = send(json={"query": "{ hello }"}, headers={"accept": accept, "x-toy": "stranger"})
    assert (answer.status_code, code(answer)) == (401, "UNAUTHENTICATED")
    assert answer.json()["errors"][0]["extensions"]["sentence"] == "请先登录。"


@pytest.mark.parametrize("accept", [JSON, RESPONSE, EVENTS])
def test_a_context_that_breaks_is_500_and_tells_nothing(accept: str) -> None:
    with capture_logs() as logs:
        answer = send(json={"query": "{ hello }"}, headers={"accept": accept, "x-toy": "broken"})
    assert (answer.status_code, code(answer)) == (500, "INTERNAL_SERVER_ERROR")
    assert SECRET not in answer.text
    assert logs[0]["trace_id"] == answer.json()["errors"][0]["extensions"]["traceId"]


def test_integers_beyond_64_bits_survive() -> None:
    assert send(json={"query": "{ big }"}).json() == {"data": {"big": {"big": 2**70}}}


BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def test_the_page_is_served_to_browsers_when_switched_on() -> None:
    on = {"options": {"settings": EndpointSettings(page=True)}, "headers": BROWSER}
    page = send("GET", **on)
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert send("GET", params={"query": "{ hello }"}, **on).headers["content-type"].startswith(JSON)
    assert send("POST", json={"query": "{ hello }"}, **on).headers["content-type"].startswith(JSON)


def test_the_pages_policy_allows_exactly_its_own_script_and_style() -> None:
    page = send("GET", options={"settings": EndpointSettings(page=True)}, headers=BROWSER)
    for tag in ("script", "style"):
        inside = page.text.split(f"<{tag}>")[1].split(f"</{tag}>")[0]
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert len(inside) > 1_000
        assert f"{tag}-src 'sha256-{digest}'" in page.headers["content-security-policy"]


def test_the_page_is_switched_off_by_default() -> None:
    answer = send("GET", headers=BROWSER)
    assert (answer.status_code, code(answer)) == (400, "BAD_USER_INPUT")
    assert send("GET", headers={"accept": "text/html"}).status_code == 406


def test_the_page_fetches_nothing_from_elsewhere() -> None:
    text = send("GET", options={"settings": EndpointSettings(page=True)}, headers=BROWSER).text
    for trace in ("http://", "https://", "//cdn", "@import", "url(", " src=", "/*STYLE*/", "/*SCRIPT*/"):
        assert trace not in text
    assert " style=" not in text and " onclick=" not in text  # the policy would block them
