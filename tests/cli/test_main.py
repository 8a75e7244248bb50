"""The command line as somebody meets it who has just installed the program."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from ..support.dates import FRIDAY, start_clock
from ..support.patience import FOR_EVER

LAST_FRIDAY = FRIDAY - timedelta(days=7)


def run(var: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    start_clock(var)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("YANBAO_")}
    environment |= {"YANBAO_VAR": str(var), "PYTHONUTF8": "1", "COLUMNS": "160"}
    return subprocess.run(
        [sys.executable, "-m", "yanbao", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=FOR_EVER,
        check=False,
    )


@pytest.mark.process
@pytest.mark.parametrize(
    "arguments",
    [("weekly", "--show", f"{LAST_FRIDAY}"), ("seed",), ("serve", "--port", "0"), ("audit", "verify")],
)
def test_a_database_without_tables_is_told_in_one_line(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = run(tmp_path, *arguments)
    assert done.returncode == 2
    assert done.stdout == "database: it has not the tables of this release: run  yanbao migrate  first\n"
    assert done.stderr == ""


@pytest.mark.process
def test_after_migrating_the_commands_run(tmp_path: Path) -> None:
    assert run(tmp_path, "migrate").returncode == 0
    assert "regions are in the database" in run(tmp_path, "load-regions").stdout
    assert "audit trail intact" in run(tmp_path, "audit", "verify").stdout
    assert "西咸新区" in run(tmp_path, "weekly", "--show", f"{LAST_FRIDAY}").stdout
