"""The OpenAPI document: it is printed from the code, committed, and says what is routed, neither more nor less."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.routing import Route

from yanbao.adapters.files.routes import STATUS
from yanbao.main import asgi
from yanbao.openapi import document, render
from yanbao.settings import Settings
from yanbao.wiring import System, wire

from ..support.databases import add_tables
from ..support.dates import start_clock

COMMITTED = Path(__file__).parents[2] / "docs" / "openapi.json"
METHODS = ("GET", "PUT", "POST", "PATCH", "DELETE")
ELSEWHERE = {"/graphql": "schema.graphql describes it", "/demo/clock": "only the demo has it"}


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    var = tmp_path_factory.mktemp("var")
    start_clock(var)
    system = wire(Settings(var=var, embedded=False))
    add_tables(system.engine)
    yield system
    system.close()


def template(path: str) -> str:
    """The path with its secret as a parameter."""
    return re.sub(r"^(/callbacks/sms/mas/)[^/]+$", r"\1{secret}", path)


def operations() -> set[tuple[str, str]]:
    return {
        (path, method.upper())
        for path, item in document()["paths"].items()
        for method in item
        if method != "parameters"
    }


def test_the_committed_document_is_the_true_one() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == render(), "make openapi"


def test_every_plain_address_that_is_routed_is_described_and_no_other(system: System) -> None:
    routed = {template(route.path) for route in asgi(system).routes if isinstance(route, Route)}
    assert routed - set(ELSEWHERE) == set(document()["paths"])


def test_every_method_that_is_described_is_answered_and_no_other(system: System) -> None:
    async def go() -> dict[tuple[str, str], int]:
        transport = httpx.ASGITransport(app=asgi(system))
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
            return {
                (path, method): (await http.request(method, _filled(path))).status_code
                for path in document()["paths"]
                for method in METHODS
            }

    answered = asyncio.run(go())
    assert {operation for operation, status in answered.items() if status != 405} == operations()
    for path, method in operations():
        described = document()["paths"][path][method.lower()]["responses"]
        assert str(answered[path, method]) in described, (path, method)


def test_every_refusal_of_the_files_is_described_under_its_status() -> None:
    files = document()["paths"]["/files/{ticket}"]
    for code, status in STATUS.items():
        texts = [
            files[method]["responses"].get(str(status), {}).get("description", "")
            for method in ("put", "get")
        ]
        assert any(code in text for text in texts), code


def test_every_reference_leads_somewhere() -> None:
    known = document()["components"]["schemas"]
    references = re.findall(r'"\$ref": "#/components/schemas/(\w+)"', json.dumps(document()))
    assert references and set(references) == set(known)


def test_whatever_is_described_begins_in_chinese() -> None:
    def texts(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            for key, value in node.items():
                if key in ("description", "summary") and isinstance(value, str):
                    yield value
                yield from texts(value)
        elif isinstance(node, list):
            for value in node:
                yield from texts(value)

    assert [text for text in texts(document()) if not re.search(r"[\u4e00-\u9fff]", text[:12])] == []


def _filled(path: str) -> str:
    return path.replace("{ticket}", "unknown").replace("{secret}", "demo")
