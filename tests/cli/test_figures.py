"""`yanbao figures`: the definitions as the code has them, and the recount of what is kept."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
import typer
from rich.console import Console
from sqlalchemy import update
from typer.testing import CliRunner

from yanbao.adapters.sql.tables.commitment import commitment_tally
from yanbao.adapters.workflow.figures import render_figures
from yanbao.application.access import SYSTEM, Actor
from yanbao.application.ports.commitment import Tally
from yanbao.application.ports.statistics import TallyDifference
from yanbao.application.statistics.verifying import RollUpCheck, RollUpResult
from yanbao.cli.figures import add_commands, verify_figures
from yanbao.domain.directory.enterprise import EnterpriseKind
from yanbao.settings import Settings
from yanbao.wiring import wire

from ..contracts.commitment.commitments import settle_answers
from ..support.builders import DAY, LINTONG, a_department_tree, a_region_tree
from ..support.databases import add_tables
from ..support.dates import start_clock
from ..support.settling import settle_in


@pytest.fixture
def out() -> StringIO:
    return StringIO()


@pytest.fixture
def chosen(tmp_path: Path) -> Settings:
    return Settings(var=tmp_path, database_url=f"sqlite:///{tmp_path / 'yanbao.db'}")


@pytest.fixture
def app(out: StringIO, chosen: Settings) -> typer.Typer:
    app = typer.Typer()
    add_commands(app, Console(file=out, width=160), lambda: chosen)
    return app


def test_the_definitions_are_printed(app: typer.Typer) -> None:
    shown = CliRunner().invoke(app, ["figures", "print"])
    assert (shown.exit_code, shown.stdout) == (0, render_figures())


def test_sound_figures_are_confirmed_and_a_planted_difference_is_named(
    app: typer.Typer, out: StringIO, chosen: Settings
) -> None:
    start_clock(chosen.var)
    system = wire(chosen)
    add_tables(system.engine)
    settle_in(system.storage, SYSTEM, *a_region_tree(), *a_department_tree())
    settle_answers(system.storage)
    assert CliRunner().invoke(app, ["figures", "verify"]).exit_code == 0
    assert "统计数字与明细一致：共核对2日。" in out.getvalue()
    with system.engine.begin() as connection:
        of_lintong = (commitment_tally.c.region_id == LINTONG) & (commitment_tally.c.business_date == DAY)
        connection.execute(update(commitment_tally).where(of_lintong).values(expected=7, stopped=0))
    system.close()
    assert CliRunner().invoke(app, ["figures", "verify"]).exit_code == 1
    text = out.getvalue()
    assert "统计数字与明细不一致：共核对2日，有1处。" in text
    assert all(word in text for word in (LINTONG, f"{DAY}", "生产企业", "应报 7→2、停产 0→1"))


def test_of_very_many_differences_the_first_are_shown_and_the_others_counted(
    out: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Wrong(RollUpCheck):
        def __init__(self) -> None:
            """Reads nothing."""

        def recount(
            self, actor: Actor, *, progress: Callable[[int, int], None] = lambda done, total: None
        ) -> RollUpResult:
            wrong = TallyDifference(LINTONG, DAY, EnterpriseKind.PRODUCTION, Tally(late=1), Tally())
            return RollUpResult(1, [wrong] * 5)

    monkeypatch.setattr("yanbao.cli.figures.MOST_SHOWN", 2)
    assert verify_figures(Console(file=out, width=160), Wrong()) == 1
    assert out.getvalue().count("逾期上报 1→0") == 2
    assert "以上为前2处，其余3处未列出。" in out.getvalue()


def test_an_empty_database_is_sound(app: typer.Typer, out: StringIO, chosen: Settings) -> None:
    start_clock(chosen.var)
    system = wire(chosen)
    add_tables(system.engine)
    system.close()
    assert CliRunner().invoke(app, ["figures", "verify"]).exit_code == 0
    assert "共核对0日" in out.getvalue()
