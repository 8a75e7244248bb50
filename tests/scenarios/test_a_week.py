"""A whole week against the real thing: its books agree at the end, and a planted difference is noticed."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from rich.console import Console

from yanbao.adapters.demo.day.story import play_day
from yanbao.adapters.demo.played.books import Line, show
from yanbao.adapters.demo.week.books import compare
from yanbao.adapters.demo.week.story import Story, on_stage, play_week

from ..support.patience import PATIENCE
from .processes import MONDAY, RunningSystem, running_system

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSystem]:
    with running_system(tmp_path_factory.mktemp("week"), enterprises=80, weekday=MONDAY) as running:
        yield running


@pytest.fixture(scope="module")
def first_week(system: RunningSystem) -> tuple[int, str]:
    """Play a week: the exit code and what was shown. Every later week opens with its books."""
    shown = io.StringIO()
    return play_week(Console(file=shown, width=160), **system.addresses), shown.getvalue()


def disagreeing(lines: list[Line]) -> set[str]:
    return {line.what for line in lines if not line.agrees}


def change(store: Path, statement: str) -> int:
    """Do behind a simulator's back what nobody would admit to; says how many rows it was."""
    with closing(sqlite3.connect(store, timeout=PATIENCE)) as database, database:
        return database.execute(statement).rowcount


def test_a_week_is_played_and_all_books_agree(first_week: tuple[int, str]) -> None:
    code, seen = first_week
    assert code == 0, seen
    assert "各方账目一致" in seen
    for told in (
        *("FORBIDDEN", "ACTION_NOT_ALLOWED", "提交前刷新", "现已逾期，请督办", "批准延期", "不批准延期"),
        *("STOP_TOO_LONG", "申报停产", "未经企业当日确认", "申报的停产期"),
        *("INVALID_FORM", "退回", "撤回", "周五14:00", "自动生成巡查抽查记录", "每周推送（巡查）"),
    ):
        assert told in seen


def test_the_week_after_has_books_that_open_with_the_last_and_a_planted_difference_is_noticed(
    system: RunningSystem, first_week: tuple[int, str]
) -> None:
    shown = io.StringIO()
    with on_stage(Console(file=shown, width=160), **system.addresses) as world:
        Story(world).play()
        assert world.notebook.earlier_cases and world.notebook.earlier_records
        assert disagreeing(compare(world)) == set(), shown.getvalue()

        one_more = "json_set(content, '$.extFedBackNumber', json_extract(content, '$.extFedBackNumber') + 1)"
        newest = "day = (SELECT max(day) FROM weekly) AND kind = 'PATROL' AND content LIKE '%\"610500\"%'"
        assert (
            change(system.var / "ministry.sqlite", f"UPDATE weekly SET content = {one_more} WHERE {newest}")
            == 1
        )
        columns = "msg_group, msg_id, phone, text, sign, add_serial, received_at"
        again = f"SELECT {columns} FROM message WHERE text LIKE '%问题%' ORDER BY seq DESC LIMIT 1"
        assert change(system.var / "sms.sqlite", f"INSERT INTO message ({columns}) {again}") == 1
        lines = compare(world)
        assert disagreeing(lines) == {
            "每周推送（巡查）：逐市各数",
            "每周推送（巡查）：已反馈",
            "短信：平台收到的",
            "短信：重复收到的",
            "短信：问题下发、办理和提醒",
        }
        assert show(world, lines) == 1
        assert "部级平台为(" in shown.getvalue()


def test_a_day_of_commitments_can_be_played_between_problems_that_are_still_open(
    system: RunningSystem, first_week: tuple[int, str]
) -> None:
    shown = io.StringIO()
    code = play_day(Console(file=shown, width=160), **system.addresses)
    assert code == 0, shown.getvalue()
