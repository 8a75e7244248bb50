"""A whole business day against the real thing: its books agree at the end, and a planted difference is noticed."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from rich.console import Console

from yanbao.adapters.demo.day import departments
from yanbao.adapters.demo.day.books import compare
from yanbao.adapters.demo.day.stage import DayStage
from yanbao.adapters.demo.day.story import night, on_stage, play_day
from yanbao.adapters.demo.played.books import Line, show
from yanbao.adapters.demo.played.performance import NOT_PLAYED

from ..support.patience import PATIENCE
from .processes import RunningSystem, running_system

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSystem]:
    with running_system(tmp_path_factory.mktemp("day"), enterprises=40) as running:
        yield running


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=160)


def printed(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def disagreeing(lines: list[Line]) -> set[str]:
    return {line.what for line in lines if not line.agrees}


def change(store: Path, statement: str) -> int:
    """Do behind a simulator's back what nobody would admit to; says how many rows it was."""
    with closing(sqlite3.connect(store, timeout=PATIENCE)) as database, database:
        return database.execute(statement).rowcount


def test_a_day_is_played_and_all_books_agree(system: RunningSystem, console: Console) -> None:
    code = play_day(console, **system.addresses)

    seen = printed(console)
    assert code == 0, seen
    assert "各方账目一致" in seen
    refused = ("NOT_TODAY", "NOT_FOUND", "CORRECTION_CLOSED", "超过核定", "不得承诺在产", "存在重大隐患")
    for words in (*refused, "只生效一次", "系统生成的承诺内容"):
        assert words in seen, words


@pytest.fixture
def quiet_day(system: RunningSystem, console: Console) -> Iterator[DayStage]:
    """The next day, on which nobody reports: only shutdown periods speak, and the ministry loses what they say."""
    with on_stage(console, **system.addresses) as stage:
        night(stage)
        stage.ministry.trouble("lose", 1)
        stage.at("12:00", "推送")
        departments.push(stage)
        stage.settle_texts()
        yield stage


def test_what_the_ministry_lost_or_never_had_is_noticed(
    system: RunningSystem, console: Console, quiet_day: DayStage
) -> None:
    stage = quiet_day
    owed = stage.notebook.reported
    assert owed > 0
    assert stage.ministry.count(stage.day)["records"] == 0
    assert "部级平台持有的版本" in disagreeing(compare(stage))

    # The evening's reconciliation finds it, says so, and sends it again.
    stage.at("23:45", "对账")
    assert f"缺少{owed}条" in stage.show_slot("reconcile-commitments")
    stage.found_missing = owed
    stage.show_message("province-duty", "EXCHANGE_ALARM")
    departments.push(stage)
    stage.settle_texts()
    assert disagreeing(compare(stage)) == set(), printed(console)

    # What vanishes at the ministry afterwards shows in the comparison, by name.
    day = stage.day.strftime("%Y%m%d000000")
    newest = f"SELECT max(id) FROM record WHERE commit_date = '{day}'"
    assert change(system.var / "ministry.sqlite", f"DELETE FROM record WHERE id = ({newest})") == 1
    lines = compare(stage)
    assert disagreeing(lines) == {
        "停产",
        "按时上报",
        "自动上报停产",
        "已上报",
        "部级平台持有的版本",
        "企业逐家：部级平台的版本、状态",
    }
    assert show(stage, lines) == 1
    assert "部级平台为无" in printed(console)


def test_a_text_that_was_received_twice_is_noticed(
    system: RunningSystem, console: Console, quiet_day: DayStage
) -> None:
    stage = quiet_day
    columns = "msg_group, msg_id, phone, text, sign, add_serial, received_at"
    again = f"SELECT {columns} FROM message ORDER BY seq DESC LIMIT 1"
    assert change(system.var / "sms.sqlite", f"INSERT INTO message ({columns}) {again}") == 1

    assert {"短信：平台收到的", "短信：重复收到的"} <= disagreeing(compare(stage))


def test_what_is_no_demo_is_left_alone(system: RunningSystem, console: Console) -> None:
    # The ministry's simulator answers HTTP and has no clock to move, like a system in production.
    code = play_day(console, **{**system.addresses, "api": system.ministry})

    assert code == NOT_PLAYED
    assert "不是演示系统" in printed(console)


def test_who_cannot_be_reached_is_named(system: RunningSystem, console: Console) -> None:
    code = play_day(console, **{**system.addresses, "sms": "http://127.0.0.1:9"})

    assert code == NOT_PLAYED
    assert "短信平台模拟器" in printed(console)
    assert "没有应答" in printed(console)
