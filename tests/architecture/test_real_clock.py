"""Tests and benchmarks do not depend on the real date: their time is handed in, with a short list of exceptions."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from .sources import ROOT, named, parsed

FILES: Final = sorted(path for room in ("tests", "benchmarks") for path in (ROOT / room).rglob("*.py"))

REAL_TIME: Final = {
    *("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today"),
    *("time.time", "time.time_ns", "time.localtime", "time.gmtime", "time.ctime", "time.asctime"),
    *("time.strftime", "time.clock_gettime", "time.clock_gettime_ns"),
    "yanbao.adapters.clock.SystemClock",
}
"""By full name. Durations are no dates: `time.monotonic` and `time.perf_counter` may be used."""
CLOCK_OF_A_FILE: Final = "yanbao.adapters.clock.MovableClock"
"""Without its file it shows the real time; `isinstance` may name it."""
REAL_SYSTEM: Final = {"yanbao.wiring.wire", "yanbao.main.create_app"}
"""They make a system with a clock of its own, which `start_clock` must have set before."""
SQL_TIME: Final = re.compile(
    r"(?<!\.)\b(now\(\)|(clock|statement|transaction)_timestamp\b|current_(date|time)\w*)", re.I
)

ALLOWED: Final = {
    "tests/support/dates.py": "turns the tests' instant into an offset of the real clock, for real processes",
    "tests/support/s3.py": "checks signatures of the real adapter, which signs by the real clock, as S3 does",
    "tests/adapters/ministry/test_simulator.py": "signs requests to a real simulator, which checks their age",
    "tests/adapters/ministry/test_simulator_pushing.py": "checks the age of what a real simulator signs",
    "tests/adapters/ministry/test_profiles_delivered.py": "receives what a real simulator signs",
    "tests/adapters/ministry/test_push.py": "issues a TLS certificate, which OpenSSL checks by the real clock",
    "tests/adapters/sql/test_types.py": "compares the clock of the database with that of the machine",
    "tests/docker/test_compose.py": "ages a heartbeat file, whose time comes from the file system",
    "tests/scenarios/test_giving_back.py": "wires a system that is never asked for the time",
    "tests/architecture/test_real_clock.py": "plants what this very test must find",
    "benchmarks/bare.py": "is a server of its own, which reads the clock file of the API",
    "benchmarks/page.py": "says on which day the figures were measured",
}


def real_times(tree: ast.Module) -> Iterator[str]:
    """`line: name` of whatever depends on the real clock, called or handed on, however it was imported."""
    imported = _imported(tree)
    sets_the_clock = "start_clock" in {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    for node in ast.walk(tree):
        match node:
            case ast.Name() | ast.Attribute() if (name := _full_name(node, imported)) in REAL_TIME:
                yield f"{node.lineno}: {name}"
            case ast.Call() if (name := _full_name(node.func, imported)) == CLOCK_OF_A_FILE:
                yield f"{node.lineno}: {name}"
            case ast.Call() if name in REAL_SYSTEM and not sets_the_clock:
                yield f"{node.lineno}: {name} without start_clock"
            case ast.Constant(value=str() as text) if found := SQL_TIME.search(text):
                yield f"{node.lineno}: {found.group()}"


def _imported(tree: ast.Module) -> dict[str, str]:
    """Full names by the names they have in this module."""
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            known |= {name.asname: name.name for name in node.names if name.asname}
            known |= {name.name.partition(".")[0]: name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            known |= {name.asname or name.name: f"{node.module}.{name.name}" for name in node.names}
    return known


def _full_name(node: ast.expr, imported: dict[str, str]) -> str:
    """`datetime.datetime.now` of `datetime.now`; empty for what was not imported."""
    if isinstance(node, ast.Name):
        return imported.get(node.id, "")
    if isinstance(node, ast.Attribute) and (owner := _full_name(node.value, imported)):
        return f"{owner}.{node.attr}"
    return ""


@pytest.mark.parametrize("path", [path for path in FILES if named(path) not in ALLOWED], ids=named)
def test_tests_and_benchmarks_do_not_read_the_real_clock(path: Path) -> None:
    assert list(real_times(parsed(path))) == [], "take the time from tests/support/dates.py"


@pytest.mark.parametrize("name", ALLOWED)
def test_every_exception_is_still_needed(name: str) -> None:
    assert list(real_times(parsed(ROOT / name))) != []


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        ("from datetime import datetime\ndatetime.now(UTC)", "2: datetime.datetime.now"),
        ("import datetime as dt\ndt.datetime.utcnow()", "2: datetime.datetime.utcnow"),
        ("import datetime\nask(datetime.date.today)", "2: datetime.date.today"),
        ("from datetime import date as day\nday.today()", "2: datetime.date.today"),
        ("from time import time\ntime()", "2: time.time"),
        ("import time as clock\nclock.localtime()", "2: time.localtime"),
        ("def test():\n    import time\n    time.time_ns()", "3: time.time_ns"),
        (
            "from yanbao.adapters.clock import SystemClock\nSystemClock()",
            "2: yanbao.adapters.clock.SystemClock",
        ),
        (
            "from yanbao.adapters import clock\nclock.MovableClock(file)",
            "2: yanbao.adapters.clock.MovableClock",
        ),
        ("from yanbao.wiring import wire\nwire(settings)", "2: yanbao.wiring.wire without start_clock"),
        ("execute('INSERT INTO t VALUES (1, NOW())')", "1: NOW()"),
        ("execute(f'SELECT current_date - {days}')", "1: current_date"),
    ],
)
def test_a_planted_use_of_the_real_clock_is_found(planted: str, found: str) -> None:
    assert list(real_times(ast.parse(planted))) == [found]


@pytest.mark.parametrize(
    "harmless",
    [
        "import time\ntime.monotonic() + time.perf_counter()",
        "from datetime import datetime\ndatetime.fromisoformat(text)",
        "world.clock.now()",
        "from yanbao.adapters.clock import MovableClock\nassert isinstance(clock, MovableClock)",
        "from yanbao.wiring import wire\nstart_clock(folder)\nwire(settings)",
    ],
)
def test_what_depends_on_no_date_is_not_complained_of(harmless: str) -> None:
    assert list(real_times(ast.parse(harmless))) == []
