"""Worker and clock as processes of their own: how they start, and how they end when they are told to."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from yanbao import worker
from yanbao.adapters.sql.engine import make_engine
from yanbao.adapters.sql.migrations import upgrade
from yanbao.settings import Settings

from ..support.dates import start_clock
from ..support.patience import PATIENCE, until
from ..support.redis import real_redis

pytestmark = pytest.mark.process


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[Mapping[str, str]]:
    """A migrated database and an empty Redis, as variables."""
    with real_redis() as url:
        if url is None:
            pytest.skip("no Redis answers and no redis-server is on the path: set YANBAO_TEST_REDIS")
        engine = make_engine(Settings(var=tmp_path).database)
        upgrade(engine)
        engine.dispose()
        start_clock(tmp_path)
        bare = {name: value for name, value in os.environ.items() if not name.startswith("YANBAO_")}
        yield bare | {
            "YANBAO_VAR": str(tmp_path),
            "YANBAO_REDIS_URL": url,
            "YANBAO_HEARTBEAT": str(tmp_path / "heartbeat"),
            "PYTHONUTF8": "1",
        }


def yanbao(command: str, environment: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "yanbao", command],
            env=dict(environment),
            stdout=output,
            stderr=subprocess.STDOUT,
        )


def until_said(process: subprocess.Popen[bytes], log: Path, words: str) -> None:
    def has_said() -> bool:
        said = log.read_text(encoding="utf-8")
        assert words in said or process.poll() is None, said
        return words in said

    until(has_said, f"{words} has not been said")


@pytest.mark.parametrize("command", ["worker", "clock"])
def test_a_background_process_works_until_it_is_told_to_stop(
    command: str, environment: Mapping[str, str], tmp_path: Path
) -> None:
    log = tmp_path / f"{command}.log"
    process = yanbao(command, environment, log)
    try:
        until_said(process, log, f"{command}.started")
        until((tmp_path / "heartbeat").exists, "no heart beats")
        process.terminate()
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.wait()
    said = log.read_text(encoding="utf-8")
    assert f"{command}.stopped" in said
    assert "Traceback" not in said


def test_the_heart_beats_only_while_all_is_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "BEAT_SECONDS", 0.01)
    file = tmp_path / "heartbeat"
    ill = threading.Event()
    raised: list[int] = []

    def check() -> None:
        if ill.is_set():
            raised.append(1)
            raise RuntimeError("ill")

    def has_raised(times: int) -> None:
        before = len(raised)
        until(lambda: len(raised) >= before + times, "nobody checks")

    def make_old() -> None:
        os.utime(file, (0, 0))

    def is_touched() -> bool:
        return file.exists() and file.stat().st_mtime > 0

    with worker.heartbeat(file, check):
        for _ in range(2):
            until(is_touched, "no heart beats")
            make_old()
        until(is_touched, "it beats once only")
        ill.set()
        has_raised(1)  # A check that had begun before may have touched the file until here.
        make_old()
        has_raised(3)
        assert not is_touched(), "it beats though it is ill"
        ill.clear()
        until(is_touched, "it does not recover")
    until(lambda: "heartbeat" not in {each.name for each in threading.enumerate()}, "it does not end")


def test_a_worker_without_redis_says_what_is_missing(environment: Mapping[str, str], tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    without = {name: value for name, value in environment.items() if name != "YANBAO_REDIS_URL"}
    assert yanbao("worker", without, log).wait(PATIENCE) == 2
    assert "YANBAO_REDIS_URL" in log.read_text(encoding="utf-8")
