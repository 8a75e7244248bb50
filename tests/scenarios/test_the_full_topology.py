"""A day and a week on `yanbao demo --topology full`: PostgreSQL, Redis, and every process of an installation apart."""

from __future__ import annotations

import io
import os
import signal
from collections.abc import Iterator
from datetime import time, timedelta
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import make_url, select

from yanbao.adapters.clock import MovableClock
from yanbao.adapters.demo.day.story import play_day
from yanbao.adapters.demo.week.story import play_week
from yanbao.adapters.sql.engine import make_engine
from yanbao.adapters.sql.tables.notice import sms
from yanbao.adapters.sql.tables.operations import job_slot
from yanbao.application.ports.operations import SlotState
from yanbao.domain.deadlines import business_date, instant
from yanbao.settings import Settings
from yanbao.wiring import make_clock

from ..support.databases import fresh_postgres
from ..support.dates import on_or_before, start_clock
from ..support.patience import PATIENCE, until
from ..support.redis import real_redis
from .demonstrating import PROC, Demonstration, demonstration
from .processes import MONDAY, NINE

pytestmark = [
    pytest.mark.process,
    pytest.mark.postgres,
    pytest.mark.skipif(not (PROC / "self" / "environ").exists(), reason="the processes are found by /proc"),
]


@pytest.fixture
def database() -> Iterator[str]:
    with fresh_postgres() as url:
        yield url


@pytest.fixture
def demo(database: str, tmp_path: Path) -> Iterator[Demonstration]:
    folder = tmp_path / str(make_url(database).database)
    start_clock(folder, instant(on_or_before(MONDAY), NINE))
    with real_redis() as redis_url:
        if redis_url is None:
            pytest.skip("no Redis answers and no redis-server is on the path: set YANBAO_TEST_REDIS")
        given = {"YANBAO_DATABASE_URL": database, "YANBAO_REDIS_URL": redis_url}
        with demonstration(
            tmp_path,
            "--topology",
            "full",
            "--enterprises",
            "80",
            "--history-days",
            "10",
            folder=folder,
            environment=given,
        ) as started:
            started.until_up()
            yield started


def test_a_day_and_a_week_agree_on_the_full_topology(
    demo: Demonstration, database: str, tmp_path: Path
) -> None:
    for play in (play_day, play_week):
        console = Console(file=io.StringIO(), width=160)
        code = play(console, **demo.addresses)
        assert isinstance(console.file, io.StringIO)
        assert code == 0, console.file.getvalue()
        assert "各方账目一致" in console.file.getvalue()

    # Nobody tells the API that the clock is moved now: clock and worker find it in the file that they share.
    clock = make_clock(Settings(var=tmp_path / str(make_url(database).database)))
    assert isinstance(clock, MovableClock)
    noon = instant(business_date(clock.now()) + timedelta(days=1), time(12, 1))
    clock.move_to(noon)
    engine = make_engine(database)
    with engine.connect() as connection:
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        ran = select(job_slot).where(job_slot.c.slot_at == instant(business_date(noon), time(12)))
        done = ran.where(job_slot.c.job == "commitment-reminders", job_slot.c.state == SlotState.DONE)
        until(lambda: connection.execute(done).first(), "the clock process did not follow")
        sent = select(sms).where(sms.c.handed_over_at >= noon)
        until(lambda: connection.execute(sent).first(), "the worker did not follow")
    engine.dispose()

    # A worker that dies does not die silently.
    os.kill(demo.named("worker"), signal.SIGKILL)
    assert demo.process.wait(PATIENCE) == 1
    assert "意外停止：worker（退出码-9）" in demo.printed
    demo.until_nobody_is_left(least=6)
    for log in ("api.log", "worker.log", "clock.log"):
        assert "job failed" not in next(tmp_path.glob(f"*/{log}")).read_text(encoding="utf-8")
