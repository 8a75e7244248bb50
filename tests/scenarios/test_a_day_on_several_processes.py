"""The same day on PostgreSQL and Redis with API, worker and clock apart, while Redis is emptied again and again."""

from __future__ import annotations

import io
import threading
from pathlib import Path

import pytest
import redis
from rich.console import Console

from yanbao.adapters.demo.day.story import play_day

from ..support.databases import fresh_postgres
from ..support.patience import PATIENCE
from ..support.redis import real_redis
from .processes import running_system

pytestmark = [pytest.mark.process, pytest.mark.postgres]

FLUSH_EVERY = 3.0


def test_a_day_is_lossless_though_redis_forgets_everything_again_and_again(tmp_path: Path) -> None:
    with real_redis() as redis_url:
        if redis_url is None:
            pytest.skip("no Redis answers and no redis-server is on the path: set YANBAO_TEST_REDIS")
        with (
            fresh_postgres() as database_url,
            running_system(
                tmp_path, enterprises=24, database_url=database_url, redis_url=redis_url
            ) as running,
        ):
            stopped = threading.Event()
            flushed = 0

            def forget() -> None:
                nonlocal flushed
                while True:
                    redis.Redis.from_url(redis_url, socket_timeout=PATIENCE).flushdb()
                    flushed += 1
                    if stopped.wait(FLUSH_EVERY):
                        return

            forgetting = threading.Thread(target=forget, daemon=True)
            forgetting.start()
            console = Console(file=io.StringIO(), width=160)
            try:
                code = play_day(console, **running.addresses)
            finally:
                stopped.set()
                forgetting.join()
            assert isinstance(console.file, io.StringIO)
            assert code == 0, console.file.getvalue()
            assert flushed > 0
