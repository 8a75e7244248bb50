"""The simulators' pages show the time of the system that talks to them beside the real one."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from starlette.testclient import TestClient

from yanbao.adapters.ministry.shipped import DEFAULT_PROFILE
from yanbao.adapters.ministry.simulator.faults import Troubles
from yanbao.adapters.ministry.simulator.page import rendered
from yanbao.adapters.ministry.simulator.store import Store
from yanbao.adapters.sms.simulator.app import create_app
from yanbao.adapters.sms.simulator.reading import SimulatorAccount

from ..support.dates import TEST_NOW


def test_the_sms_page_shows_the_business_clock_beside_the_real_one(tmp_path: Path) -> None:
    app = create_app(
        tmp_path / "sms.sqlite",
        account=SimulatorAccount("省厅", "yanbao", "key", "sign"),
        business_clock=lambda: TEST_NOW,
    )
    with TestClient(app) as client:
        page = client.get("/").text
    assert re.search(rf"实际时间 \d\d-\d\d \d\d:\d\d:\d\d，业务系统时间 {TEST_NOW:%Y-%m-%d %H:%M}。", page)


def test_the_ministry_s_page_shows_the_province_s_clock_beside_the_real_one() -> None:
    store = Store(":memory:")
    later = TEST_NOW + timedelta(days=3)
    page = rendered(store, Troubles(), DEFAULT_PROFILE, now=TEST_NOW, business_now=later)
    alone = rendered(store, Troubles(), DEFAULT_PROFILE, now=TEST_NOW, business_now=None)
    store.close()
    assert f"实际时间 {TEST_NOW:%Y-%m-%d %H:%M:%S}，省级系统时间 {later:%Y-%m-%d %H:%M}" in page
    assert f"实际时间 {TEST_NOW:%Y-%m-%d %H:%M:%S}。" in alone
