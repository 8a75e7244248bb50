"""`yanbao report make`: the document of a period for the operator, and what is refused in which words."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO, StringIO
from pathlib import Path

import docx
import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from yanbao.adapters.demo.departments import regions
from yanbao.adapters.word.writer import DocxWriter
from yanbao.application.access import SYSTEM
from yanbao.cli.report import add_commands, write_report
from yanbao.domain.refusals import InvalidValue, NotFound
from yanbao.domain.report.report import ReportKind
from yanbao.settings import Settings
from yanbao.wiring import wire

from ..support.builders import DAY, a_department_tree
from ..support.databases import add_tables
from ..support.dates import TODAY, start_clock
from ..support.settling import settle_in
from ..support.world import World, a_world

YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def world() -> World:
    made = a_world().at("12:31")
    made.system.reports.instead = DocxWriter()
    return made


def written(
    world: World, output: Path, kind: str = "daily", day: str = "", region: str | None = None
) -> bool:
    """Whether it is of stored figures."""
    making = world.system.app.report_making
    return write_report(making, kind, day or f"{DAY}", region, output).kept


def test_it_is_counted_now_until_it_has_been_made(world: World, tmp_path: Path) -> None:
    before, after = tmp_path / "before.docx", tmp_path / "after.docx"
    assert not written(world, before)
    world.system.app.report_making.make(ReportKind.DAILY, DAY)
    assert written(world, after, "DAILY")
    texts = [
        [p.text for p in docx.Document(BytesIO(each.read_bytes())).paragraphs] for each in (before, after)
    ]
    assert texts[0] == texts[1] and "全省" in texts[0][0]


def test_a_city_is_named_by_its_code(world: World, tmp_path: Path) -> None:
    written(world, tmp_path / "city.docx", region="610100")
    assert "全市" in docx.Document(str(tmp_path / "city.docx")).paragraphs[0].text


@pytest.mark.parametrize(
    ("kind", "day", "region", "refused", "sentence"),
    [
        ("hourly", f"{DAY}", None, InvalidValue, "种类应为daily、weekly、monthly之一，现为“hourly”。"),
        ("daily", "24th", None, InvalidValue, "日期应写作“2026-11-24”，现为“24th”。"),
        ("daily", f"{DAY + timedelta(days=1)}", None, InvalidValue, "尚未截止，不能生成通报。"),
        ("daily", f"{DAY}", "610115", NotFound, "没有找到可生成通报的区域"),
    ],
)
def test_what_cannot_be_made_is_refused_and_no_file_is_written(
    world: World,
    tmp_path: Path,
    kind: str,
    day: str,
    region: str | None,
    refused: type[InvalidValue | NotFound],
    sentence: str,
) -> None:
    output = tmp_path / "never.docx"
    with pytest.raises(refused) as no:
        written(world, output, kind, day, region)
    assert sentence in no.value.sentence
    assert not output.exists()


def test_the_command_runs_on_a_database_and_gives_an_exit_code(tmp_path: Path) -> None:
    start_clock(tmp_path)
    settings = Settings(var=tmp_path)
    system = wire(settings)
    add_tables(system.engine)
    settle_in(system.storage, SYSTEM, *regions(), a_department_tree()[0])
    system.close()
    app, out = typer.Typer(), StringIO()

    @app.callback()
    def root() -> None:
        """Makes `report` a group among others."""

    add_commands(app, Console(file=out, width=160), lambda: settings)
    output = tmp_path / "报告.docx"
    asked = ["report", "make", "daily", "--day", f"{YESTERDAY}", "-o", str(output)]
    assert CliRunner().invoke(app, asked).exit_code == 0
    assert "现时统计的数据（未留存，系统尚未生成该期通报）" in out.getvalue()
    assert "没有应报安全承诺" in "".join(p.text for p in docx.Document(str(output)).paragraphs)
    assert CliRunner().invoke(app, [*asked[:-1], str(tmp_path / "no" / "where.docx")]).exit_code == 1
    assert (
        CliRunner()
        .invoke(app, ["report", "make", "monthly", "--day", f"{TODAY}", "-o", str(output)])
        .exit_code
        == 1
    )
    assert "不能生成：" in out.getvalue()
