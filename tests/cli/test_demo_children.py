"""The children of the demo: on a leash, with a log of their own, and reported when they end by themselves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from yanbao.cli.demo import children as demo
from yanbao.cli.demo.children import children_in

from ..support.patience import PATIENCE, until

pytestmark = pytest.mark.process


def module(folder: Path, text: str) -> dict[str, str]:
    """The environment in which `play` is a module with this text."""
    (folder / "play.py").write_text(text, encoding="utf-8")
    return {**os.environ, "PYTHONPATH": str(folder), "PYTHONUTF8": "1"}


def test_what_a_child_has_said_last_is_kept_with_its_name(tmp_path: Path) -> None:
    environment = module(
        tmp_path, "import sys\nprint(*range(40), sep='\\n')\nsys.exit(f'坏了 {sys.argv[1]}')"
    )
    (tmp_path / "worker.log").write_text("of an earlier run\n")
    with children_in(tmp_path) as children:
        assert children.ended() == []
        children.start("worker", ["play", "一"], environment)
        until(children.ended)
        (child,) = children.ended()
        assert (child.name, child.process.returncode) == ("worker", 1)
        lines = child.last_lines()
        assert len(lines) == demo.MOST_LINES
        assert lines[-2:] == ["worker | 39", "worker | 坏了 一"]


def test_a_child_that_dies_at_once_does_not_show_the_words_of_an_earlier_run(tmp_path: Path) -> None:
    environment = module(tmp_path, "")
    (tmp_path / "worker.log").write_text("of an earlier run\n")
    with children_in(tmp_path) as children:
        children.start("worker", ["play"], environment)
        until(children.ended)
        assert children.ended()[0].last_lines() == []


def test_who_does_not_listen_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "STOP_SECONDS", 0.1)
    deaf = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('deaf', flush=True)\ntime.sleep(3600)"
    environment = module(tmp_path, deaf)
    with children_in(tmp_path) as children:
        children.start("deaf", ["play"], environment)
        until(lambda: "deaf" in (tmp_path / "deaf.log").read_text())
    (child,) = children.ended()
    assert child.process.returncode == -signal.SIGKILL


def test_a_leash_ends_also_what_does_not_listen(tmp_path: Path) -> None:
    deaf = (
        "import signal, sys, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print(__name__, sys.argv[1:], flush=True)\ntime.sleep(3600)"
    )
    command = [sys.executable, "-m", "yanbao.cli.demo.leash", "play", "one"]
    with subprocess.Popen(
        command, env=module(tmp_path, deaf), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin and child.stdout
        assert child.stdout.readline() == "__main__ ['one']\n"
        child.stdin.close()
        assert child.wait(PATIENCE) == -signal.SIGKILL
