"""`yanbao weekly`: the figures of a week as a person reads them, and the facts that each of them comes from."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from yanbao.adapters.demo.departments import regions
from yanbao.application.access import SYSTEM
from yanbao.cli.weekly import add_command, show_week
from yanbao.domain.refusals import InvalidValue, NotFound
from yanbao.settings import Settings
from yanbao.wiring import wire

from ..contracts.inspection.inspections import (
    CHANGAN_BUREAU,
    LINTONG_BUREAU,
    a_record,
    keep_records,
    the_area_of,
)
from ..support.closing import CLOSING, WEEK, a_check, close, push, running
from ..support.databases import add_tables
from ..support.dates import FRIDAY, in_days, start_clock
from ..support.inspections import a_patrol_form, a_statement
from ..support.rectification import Rectification
from ..support.settling import settle_in


def shown(world: Rectification, day: str = f"{FRIDAY}", region: str | None = None) -> str:
    out = StringIO()
    show_week(Console(file=out, width=160), world.system.app.weekly, day, region)
    return out.getvalue()


@pytest.fixture
def busy() -> Rectification:
    """A patrol with a problem, and four spot checks of one factory with a problem each, in 西安."""
    world = running()
    patrol = a_record(
        the_area_of(LINTONG_BUREAU), at=WEEK.since, form=a_patrol_form(problems=(a_statement(),))
    )
    checks = [a_check(WEEK.since + timedelta(hours=hour)) for hour in range(4)]
    keep_records(world.system.storage, patrol, *checks)
    return world


def table_rows(text: str) -> list[list[str]]:
    """The cells of the rows of all tables, headings apart."""
    return [line.replace("│", " ").split() for line in text.splitlines() if "│" in line]


def test_an_open_week_is_shown_as_preliminary_with_its_window(busy: Rectification) -> None:
    text = shown(busy)
    assert f"推送周 {in_days(-7, FRIDAY)} 14:00（含）至 {FRIDAY} 14:00（不含）" in text
    assert "初步数字：该周尚未截止" in text


def test_the_figures_stand_in_one_table_for_each_kind(busy: Rectification) -> None:
    rows = table_rows(shown(busy))
    assert [row[1:] for row in rows if row[0] == "西安市"] == [
        ["610100", "1", "0", "1", "0", "1", "0", "0", "1", "1", "—"],
        ["610100", "1", "0", "1", "0", "4", "0", "0", "4", "4", "—"],
    ]
    assert [row[1:] for row in rows if row[0] == "合计"] == [
        ["1", "0", "1", "0", "1", "0", "0", "1", "1"],
        ["1", "0", "1", "0", "4", "0", "0", "4", "4"],
    ]


def test_what_the_columns_count_is_said_below_the_tables(busy: Rectification) -> None:
    text = shown(busy)
    assert "仅自动：只有系统自动记录、未经人工核查的。" in text
    assert "下发、撤回、反馈：该周内下发（截止前撤回的不计）、撤回、最终反馈的问题。" in text
    assert "未反馈、逾期：截止时的问题，不论何时下发。" in text


def test_a_record_that_issued_nothing_says_that_and_no_more(busy: Rectification) -> None:
    keep_records(busy.system.storage, a_record(the_area_of(CHANGAN_BUREAU), at=WEEK.since))
    assert "西安市应急管理局→长安区应急管理局（人工，未下发问题）" in shown(busy)


def test_without_a_region_each_list_is_cut_short_and_says_so(busy: Rectification) -> None:
    text = shown(busy)
    assert "记录4条，人工检查企业1个，有问题1个，现场已整改0项；仅有自动记录的企业0个：" in text
    assert text.count("西安市应急管理局→东风烟花厂（人工，下发问题1个）") == 3
    assert text.count("另有1条") == 2
    assert "用 --region 加市级区域的名称或代码查看该市全部" in text


@pytest.mark.parametrize("region", ["西安市", "610100"])
def test_with_a_region_every_fact_is_listed_with_its_id(busy: Rectification, region: str) -> None:
    text = shown(busy, region=region)
    assert "渭南市" not in text and "另有" not in text
    ids = [*busy.state.inspections, *busy.state.problems]
    assert len(ids) == 10
    assert [id for id in ids if str(id) not in text] == []


def test_a_problem_says_as_what_it_counts(busy: Rectification) -> None:
    close(busy)
    assert "3号工房在岗5人，超过核定4人。（计入下发、未反馈、逾期）" in shown(busy, region="西安市")
    next_week = shown(busy, f"{in_days(7, FRIDAY)}", "西安市")
    assert "（计入未反馈" in next_week and "计入下发" not in next_week


def test_a_frozen_week_shows_what_the_ministry_said(busy: Rectification) -> None:
    close(busy)
    text = shown(busy)
    assert "已固化" in text and [row[-1] for row in table_rows(text) if row[0] != "合计"] == ["待推送"] * 6
    busy.system.ministry.refuse(["610500"], code="R103", sentence="区域编码未备案")
    push(busy)
    text = shown(busy)
    assert [row[-1] for row in table_rows(text) if row[0] != "合计"] == ["已接收", "被拒绝", "已接收"] * 2
    assert f"渭南市抽查：被拒绝，{FRIDAY} 14:00最近一次发送，答复R103 区域编码未备案" in text
    assert f"西安市抽查：已接收，{FRIDAY} 14:00最近一次发送，答复0 成功" in shown(busy, region="西安市")


def test_a_closed_week_that_waits_for_its_push_says_so(busy: Rectification) -> None:
    busy.system.clock.moment = CLOSING
    assert "已截止，尚未固化" in shown(busy)


def test_figures_that_do_not_come_from_their_sources_are_called_out(busy: Rectification) -> None:
    assert "不一致" not in shown(busy)
    close(busy)
    keep_records(busy.system.storage, a_check(WEEK.since + timedelta(hours=9)))
    assert "西安市抽查：下发、未反馈、逾期与下列来源不一致，请核查。" in shown(busy)


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        (f"{in_days(-1, FRIDAY)}", f"{in_days(-1, FRIDAY)}是星期四，不是每周推送日（星期五）。"),
        (f"{in_days(7, FRIDAY)}", f"推送日{in_days(7, FRIDAY)}所在的推送周尚未开始。"),
        ("20th", "日期应写作“2026-11-20”，现为“20th”。"),
    ],
)
def test_a_day_that_is_no_push_day_is_refused(day: str, sentence: str) -> None:
    with pytest.raises(InvalidValue) as no:
        shown(running(), day)
    assert no.value.sentence == sentence


def test_a_region_without_a_row_is_not_found() -> None:
    with pytest.raises(NotFound, match="没有找到该市级区域"):
        shown(running(), region="临潼区")


def test_the_command_runs_on_a_database_and_gives_an_exit_code(tmp_path: Path) -> None:
    start_clock(tmp_path)
    settings = Settings(var=tmp_path)
    system = wire(settings)
    add_tables(system.engine)
    settle_in(system.storage, SYSTEM, *regions())
    system.close()
    app, out = typer.Typer(), StringIO()

    @app.callback()
    def root() -> None:
        """Makes `weekly` a command among others."""

    add_command(app, Console(file=out, width=160), lambda: settings)
    assert CliRunner().invoke(app, ["weekly", "--show", f"{in_days(-7, FRIDAY)}"]).exit_code == 0
    assert (
        f"推送周 {in_days(-14, FRIDAY)} 14:00（含）至 {in_days(-7, FRIDAY)} 14:00（不含）" in out.getvalue()
    )
    assert out.getvalue().count("西咸新区") == 2
    assert CliRunner().invoke(app, ["weekly", "--show", f"{in_days(-6, FRIDAY)}"]).exit_code == 1
    assert f"不能显示：{in_days(-6, FRIDAY)}是星期六，不是每周推送日（星期五）。" in out.getvalue()
