"""The address that the SMS provider posts receipts to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from yanbao.application.notice.receipts import MOST_KEPT
from yanbao.application.ports.exchange import DutyFilter, DutyRow
from yanbao.application.ports.paging import Page
from yanbao.domain.exchange.duty import DutyState, Topic
from yanbao.domain.refusals import Conflict
from yanbao.main import asgi
from yanbao.settings import Settings
from yanbao.wiring import System, wire

from ...support.databases import add_tables
from ...support.dates import start_clock


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    start_clock(tmp_path)
    system = wire(Settings(var=tmp_path, embedded=False))
    add_tables(system.engine)
    yield system
    system.close()


def post(system: System, body: bytes) -> tuple[int, str]:
    """(status, code) of the answer."""

    async def call() -> httpx.Response:
        transport = httpx.ASGITransport(app=asgi(system))
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
            return await http.post(system.settings.receipt_path, content=body)

    answer = asyncio.run(call())
    return answer.status_code, answer.json()["code"]


def stored(system: System) -> list[DutyRow]:
    return list(system.storage.readers().exchange.duties(DutyFilter(Topic.SMS_RECEIPT), Page(10)).rows)


def test_a_receipt_is_stored_before_it_is_acknowledged(system: System) -> None:
    told = [{"msgGroup": "77", "mobile": "13800001234", "reportStatus": "DELIVRD"}]
    assert post(system, json.dumps(told).encode()) == (200, "OK")
    (row,) = stored(system)
    assert (row.state, row.facts["gateway_id"]) == (DutyState.PENDING, "77")


def test_what_is_no_receipt_is_refused_and_kept_all_the_same(system: System) -> None:
    assert post(system, b"\x00\xff no receipt") == (400, "BAD_USER_INPUT")
    (row,) = stored(system)
    assert (row.state, row.answer_code) == (DutyState.REFUSED, "MALFORMED")


def test_a_body_without_end_is_not_read_to_its_end(system: System) -> None:
    assert post(system, b" " * (MOST_KEPT + 1)) == (413, "PAYLOAD_TOO_LARGE")
    assert stored(system) == []


def test_while_others_keep_the_database_busy_the_provider_is_asked_to_try_again(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(raw: bytes) -> bool:
        raise Conflict("数据正被他人修改，请稍后重试。")

    monkeypatch.setattr(system.app.receipts, "receive", busy)
    assert post(system, b"{}") == (503, "CONFLICT")
