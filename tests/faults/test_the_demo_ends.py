"""However the demo ends, no process of it is left; and whatever of it ends by itself is reported."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ..architecture.sources import ROOT
from ..scenarios.demonstrating import PROC, demonstration
from ..support.dates import start_clock
from ..support.patience import PATIENCE, until

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(not (PROC / "self" / "environ").exists(), reason="the processes are found by /proc"),
]

FEW = ("--enterprises", "3", "--history-days", "0")
DEMO = f"exec {sys.executable} -m yanbao demo"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a filled database, to copy: filling takes longer than all the rest."""
    folder = tmp_path_factory.mktemp("filled")
    start_clock(folder)
    with demonstration(folder, *FEW) as demo:
        demo.until_up()
        demo.process.terminate()
        assert demo.process.wait(PATIENCE) == 0, demo.printed
        demo.until_nobody_is_left()
    return folder


@pytest.fixture
def var(filled: Path, tmp_path: Path) -> Path:
    return shutil.copytree(filled, tmp_path / "var", ignore=shutil.ignore_patterns("*.log"))


def test_ctrl_c_ends_the_demo_and_all_its_processes(var: Path) -> None:
    with demonstration(var, *FEW) as demo:
        demo.until_up()
        demo.process.send_signal(signal.SIGINT)
        assert demo.process.wait(PATIENCE) == 0, demo.printed
        assert "正在停止" in demo.printed
        demo.until_nobody_is_left()


def test_the_demo_s_children_die_with_it_when_it_is_killed(var: Path) -> None:
    with demonstration(var, *FEW) as demo:
        demo.until_up()
        demo.process.kill()
        demo.until_nobody_is_left()
    assert "the demo that started this process has ended" in (var / "api.log").read_text(encoding="utf-8")


def test_nothing_is_left_when_make_alone_is_killed(var: Path) -> None:
    binaries = Path(sys.executable).parent
    if shutil.which("make") is None or not (binaries / "yanbao").exists():
        pytest.skip("needs make and the console script")
    # What make installs is there: the tests run with it.
    make = (
        "make",
        "--directory",
        str(ROOT),
        "--old-file=setup",
        f"BIN={binaries}",
        "DEMO_ARGS={demo}",
        "run",
    )
    with demonstration(var, *FEW, command=make) as demo:
        demo.until_up()
        demo.process.kill()
        demo.until_nobody_is_left()
        assert "启动演示的程序已经结束" in demo.printed


def test_a_demo_in_the_background_of_a_script_ends_on_sigterm(var: Path) -> None:
    # Without job control a shell lets its background jobs ignore SIGINT.
    shell = f"(grep SigIgn /proc/self/status; {DEMO} {{demo}}) & echo job $!; wait $!; echo code $?"
    with demonstration(var, *FEW, command=("sh", "-c", shell)) as demo:
        demo.until_up()
        ignored = int(demo.printed.partition("SigIgn:")[2].split()[0], 16)
        assert ignored & 1 << signal.SIGINT - 1
        os.kill(int(demo.printed.partition("job ")[2].split()[0]), signal.SIGTERM)
        demo.until_nobody_is_left()
        assert demo.process.wait(PATIENCE) == 0
        assert "code 0" in demo.printed


def test_nothing_is_left_when_the_terminal_is_closed(var: Path) -> None:
    with terminal() as (outer, inner):

        def take_the_terminal() -> None:
            fcntl.ioctl(inner, termios.TIOCSCTTY, 0)

        with demonstration(
            var, *FEW, stdin=inner, start_new_session=True, preexec_fn=take_the_terminal
        ) as demo:
            demo.until_up()
            os.close(outer)
            assert demo.process.wait(PATIENCE) == 0, demo.printed
            demo.until_nobody_is_left()


@contextmanager
def terminal() -> Iterator[tuple[int, int]]:
    """Both ends of a terminal; the test closes the outer one."""
    outer, inner = os.openpty()
    try:
        yield outer, inner
    finally:
        os.close(inner)


def test_it_ends_while_it_is_still_filling_its_database(tmp_path: Path) -> None:
    start_clock(tmp_path)
    with demonstration(tmp_path, "--enterprises", "2000", "--history-days", "0") as demo:
        until((tmp_path / "yanbao.sqlite-wal").exists, "it does not begin")
        demo.process.terminate()
        assert demo.process.wait(PATIENCE) == 0, demo.printed
        until(lambda: not demo.alive())


def test_a_child_that_dies_is_reported_and_ends_the_demo(var: Path) -> None:
    with demonstration(var, *FEW) as demo:
        demo.until_up()
        os.kill(demo.named("yanbao.adapters.sms.simulator"), signal.SIGKILL)
        assert demo.process.wait(PATIENCE) == 1
        assert "意外停止：sms-simulator（退出码-9）" in demo.printed
        demo.until_nobody_is_left()
