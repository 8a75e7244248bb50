"""At the end every connection to the outside is given back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from pydantic import SecretStr

from yanbao.adapters.live import RedisNudges
from yanbao.adapters.ministry.push import HttpMinistry
from yanbao.adapters.sms.mas import CloudMas
from yanbao.main import asgi
from yanbao.settings import Settings, SmsProvider
from yanbao.wiring import System, wire


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What has been closed, in order."""
    closed: list[str] = []
    for kind in (HttpMinistry, CloudMas, RedisNudges):

        def close(self: object, name: str = kind.__name__, really=kind.close) -> None:
            closed.append(name)
            really(self)

        monkeypatch.setattr(kind, "close", close)
    return closed


def a_system(folder: Path) -> System:
    secret = SecretStr("only for tests")
    return wire(
        Settings(
            var=folder,
            redis_url="redis://127.0.0.1:1/0",
            embedded=False,
            ministry_url="http://ministry.test",
            ministry_app_id="yanbao",
            ministry_secret=secret,
            sms=SmsProvider.MAS,
            sms_host="http://mas.test",
            sms_ec_name="陕西省应急管理厅",
            sms_ap_id="yanbao",
            sms_secret_key=secret,
            sms_sign="sign",
            sms_receipt_path_secret=secret,
        )
    )


def test_a_system_gives_back_ministry_sms_and_redis_once(tmp_path: Path, closed: list[str]) -> None:
    system = a_system(tmp_path)
    assert closed == []
    for _ in range(2):
        system.close()
    assert sorted(closed) == ["CloudMas", "HttpMinistry", "RedisNudges"]


def test_the_api_closes_its_system_when_it_is_shut_down(tmp_path: Path, closed: list[str]) -> None:
    app = asgi(a_system(tmp_path))

    async def live() -> None:
        async with app.router.lifespan_context(app):
            assert closed == []

    asyncio.run(live())
    assert sorted(closed) == ["CloudMas", "HttpMinistry", "RedisNudges"]
