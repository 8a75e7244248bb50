"""The commands of a restore, in the right and in the wrong order, as an operator types them.

They run in this process, which starts none: `test_main.py` runs others as processes.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from yanbao import logs
from yanbao.adapters.sql.engine import make_engine
from yanbao.cli import main
from yanbao.settings import Settings

from ..support.databases import add_tables
from ..support.dates import start_clock

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `yanbao` with these arguments in a folder with a migrated database."""
    start_clock(tmp_path)
    for name in [name for name in os.environ if name.startswith("YANBAO_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("YANBAO_VAR", str(tmp_path))
    monkeypatch.setattr(main.console(), "width", 160)
    monkeypatch.setattr(logs, "configure_logs", lambda: None)
    engine = make_engine(Settings().database)
    add_tables(engine)
    engine.dispose()

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        with monkeypatch.context() as once, pytest.raises(SystemExit) as ended:
            once.setattr(sys, "argv", ["yanbao", *arguments])
            # Each start of the program adds its commands.
            once.setattr(main.app, "registered_commands", [*main.app.registered_commands])
            once.setattr(main.app, "registered_groups", [*main.app.registered_groups])
            capsys.readouterr()
            main.main()
        return subprocess.CompletedProcess(arguments, int(ended.value.code or 0), *capsys.readouterr())

    return run


def test_a_restore_is_begun_and_finished_by_two_commands_that_may_be_repeated(run: Run) -> None:
    early = run("restore", "finish")
    assert early.returncode == 1
    assert "不能结束恢复：没有正在进行的恢复，请先执行  yanbao restore begin" in early.stdout
    begun = run("restore", "begin", "--reason", "磁盘损坏", "--by", "周强")
    assert begun.returncode == 0
    assert "待发事项改为先核对" in begun.stdout and "短信0条" in begun.stdout
    assert "下一步：核对数据无误后执行  yanbao restore finish" in begun.stdout
    again = run("restore", "begin", "--reason", "再来一次")
    assert again.returncode == 0 and "无需再次执行" in again.stdout
    done = run("restore", "finish")
    assert done.returncode == 0
    assert "恢复已结束，系统恢复运行。" in done.stdout and "没有丢失的上报" in done.stdout
    assert "无需再次执行" in run("restore", "finish").stdout


def test_a_reason_is_needed(run: Run) -> None:
    empty = run("restore", "begin", "--reason", " ")
    assert empty.returncode == 1 and "原因不能为空" in empty.stdout


def test_the_trail_is_compared_with_a_second_anchor_and_broken_with_only_when_it_must_be(
    run: Run, tmp_path: Path
) -> None:
    anchor = tmp_path / "audit-anchor.log"
    anchor.write_text(f"3 {'0' * 64}\n")
    elsewhere = tmp_path / "elsewhere.log"
    elsewhere.write_text(anchor.read_text())
    wrong = run("audit", "verify")
    assert wrong.returncode == 1 and "the trail ends at 0, but 3 was anchored" in wrong.stdout
    signed = run("audit", "re-anchor", "--reason", "演练", "--by", "周强")
    assert signed.returncode == 0 and "原锚点 第3条" in signed.stdout and "演练" in signed.stdout
    intact = run("audit", "verify", "--anchor", str(elsewhere))
    assert intact.returncode == 0 and "with 1 signed breaks" in intact.stdout
    elsewhere.write_text(f"4 {'1' * 64}\n")
    other = run("audit", "verify", "--anchor", str(elsewhere))
    assert other.returncode == 1 and "by the second anchor, the trail ends at 0" in other.stdout
    needless = run("audit", "re-anchor", "--reason", "再次")
    assert needless.returncode == 0 and "无需重新锚定" in needless.stdout
