"""The measurement of the hostile requests: every one of the table is sent, by a stranger and with a session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from benchmarks.hostile import measure
from benchmarks.hostile.attacks import attacks
from benchmarks.report import hostile, verdicts

from yanbao.settings import Settings
from yanbao.wiring import System, wire

from ..support.databases import add_tables
from ..support.dates import start_clock


@pytest.fixture
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    var = tmp_path_factory.mktemp("struck")
    start_clock(var)
    made = wire(Settings(var=var, embedded=False))
    add_tables(made.engine)
    yield made
    made.close()


def test_the_whole_table_is_measured_and_shown(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "ROUNDS", 1)
    done: list[int] = []
    found = measure.strike(system, "nobody's token", lambda: done.append(1))
    assert [each.name for each in found] == [attack.name for attack in attacks()]
    assert len(done) == len(found)
    assert all(each.whole >= 0 and each.loop >= 0 and each.known >= 0 for each in found)
    assert {row[0] for row in hostile(found).rows} == {each.name for each in found}
    shown = verdicts([], [], {}, [], found).rows
    assert [row[0] for row in shown] == ["CPU of the event loop for a stranger", "… of all threads"]
