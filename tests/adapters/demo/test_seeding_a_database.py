"""The demo province fits into a real database, and is written to it once."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from yanbao.adapters.demo.province import build_province
from yanbao.adapters.demo.seeding import seed
from yanbao.application.access import EVERYTHING, SYSTEM
from yanbao.application.policies import PolicyBook
from yanbao.application.reactions import ReactionTable
from yanbao.domain.deadlines import instant

from ...support.databases import fresh_sqlite
from ...support.dates import TODAY

NOW = instant(TODAY, time(9, 0))


def test_seeding_sqlite_twice_writes_everything_once(tmp_path: Path) -> None:
    sql = pytest.importorskip("yanbao.adapters.sql.storage")
    make_engine = pytest.importorskip("yanbao.adapters.sql.engine").make_engine
    metadata = pytest.importorskip("yanbao.adapters.sql.tables.metadata").metadata
    province = build_province(enterprises=30, today=TODAY)
    with fresh_sqlite(tmp_path) as url:
        engine = make_engine(url)
        metadata.create_all(engine)
        storage = sql.SqlStorage(engine, reactions=ReactionTable(PolicyBook()))
        expected = 120 + 120 + 30 + len(province.shutdown_periods)
        added = [seed(storage, province, password_digest="digest", at=NOW) for _ in range(2)]
        with storage.work(SYSTEM) as work:
            enterprises = [work.enterprises.get(e.id, within=EVERYTHING) for e in province.enterprises]
            account = work.accounts.by_username("county-duty")
        engine.dispose()
    assert added == [expected, 0]
    assert [e.credit_code for e in enterprises] == [e.credit_code for e in province.enterprises]
    assert account is not None and not account.must_change_password
