"""Ten days of exchange against the real thing: both books agree at the end, and a planted difference is noticed."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from rich.console import Console

from yanbao.adapters.demo.ministry.books import compare
from yanbao.adapters.demo.ministry.story import Story, on_stage
from yanbao.adapters.demo.played.books import Line, show

from ..support.patience import PATIENCE
from .processes import THURSDAY, RunningSystem, running_system

# It plays for minutes: `make soak` runs it, `make test` does not.
pytestmark = [pytest.mark.process, pytest.mark.soak]


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSystem]:
    with running_system(tmp_path_factory.mktemp("exchange"), enterprises=20, weekday=THURSDAY) as running:
        yield running


def disagreeing(lines: list[Line]) -> set[str]:
    return {line.what for line in lines if not line.agrees}


def change(store: Path, statement: str) -> int:
    """Do behind a simulator's back what nobody would admit to; says how many rows it was."""
    with closing(sqlite3.connect(store, timeout=PATIENCE)) as database, database:
        return database.execute(statement).rowcount


def test_ten_days_are_played_both_books_agree_and_a_planted_difference_is_noticed(
    system: RunningSystem,
) -> None:
    shown = io.StringIO()
    with on_stage(Console(file=shown, width=160), **system.addresses) as stage:
        Story(stage).play()
        lines = compare(stage)
        assert disagreeing(lines) == set(), shown.getvalue()
        assert show(stage, lines) == 0
        assert stage.notebook.delivered.sendings == 200
        for told in (
            *("NOT_FOUND", "FORBIDDEN", "转办", "误报", "设备故障", "签名不符", "不能识别", "内容冲突"),
            *("应答丢失一次", "拒绝服务一次", "夜间立即告知", "补录到档案", "留待核实"),
        ):
            assert told in shown.getvalue(), told

        # A result that came back twice under two ids, and an item whose newest version says something else.
        number = stage.notebook.cases[next(iter(stage.notebook.cases))].number
        again = (
            "INSERT INTO result (id, kind, object, day, content, digest, received_at, times) "
            "SELECT id || '-x', kind, object, day, content, digest, received_at, 1 FROM result "
            f"WHERE object = '{number}' ORDER BY seq DESC LIMIT 1"
        )
        assert change(system.var / "ministry.sqlite", again) == 1
        other = "UPDATE item SET record = json_set(record, '$.content', '另一内容') WHERE external_id = "
        assert change(system.var / "ministry.sqlite", f"{other}'{number}'") >= 1
        assert disagreeing(compare(stage)) == {
            "预警逐项：等级、内容、是否仍有效",
            "预警逐项：上报的每一步，依次、各一次",
        }
