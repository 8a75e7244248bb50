"""`yanbao exchange`: somebody who writes a profile sees what it means, and what is wrong with it."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from yanbao.adapters.ministry.shipped import shipped_names
from yanbao.cli import exchange


def run(*arguments: str) -> tuple[int, str]:
    app = typer.Typer()
    console = Console(width=200, record=True, quiet=False)
    exchange.add_commands(app, console)
    done = CliRunner().invoke(app, ["exchange", *arguments])
    return done.exit_code, console.export_text() + done.stdout


@pytest.mark.parametrize("name", shipped_names())
def test_a_profile_that_fits_shows_every_kind_in_both_directions(name: str) -> None:
    code, shown = run("check", name)
    assert code == 0
    for expected in (
        *("每日承诺", "每周巡查汇总", "每周抽查汇总", "问题处置情况", "预警处置情况"),
        *("部级巡查问题", "部级抽查问题", "部级预警：证书", "部级预警：风险"),
        *("请求头（签名）", "我方读取的内容", "超员（OVER_PERSONS）", "2026-11-30 10:00:00"),
        f"交换格式“{name}”可以使用。",
    ):
        assert expected in shown, expected


def test_an_encrypting_profile_shows_the_clear_and_the_sealed_body() -> None:
    _, shown = run("check", "datas-aes")
    assert (
        "报文（明文）" in shown and '{"datas":"' in shown and "轮询 /api/data-exchange/download/warn" in shown
    )
    assert "报文（明文）" not in run("check", "default")[1]


def test_a_short_look_has_a_line_for_each_kind() -> None:
    code, shown = run("check", "default", "--brief")
    assert code == 0
    assert "部级预警：风险  POST /exchange/v1/warning" in shown and "X-Signature:" not in shown


def test_a_file_that_does_not_fit_lists_its_mistakes_by_place(tmp_path: Path) -> None:
    content = json.loads((files("yanbao.adapters.ministry") / "profiles" / "default.json").read_text("utf-8"))
    del content["inbound"]["warning"]["fields"]["rank"]
    content["outbound"]["batch_size"] = 0
    file = tmp_path / "ours.json"
    file.write_text(json.dumps(content), "utf-8")
    code, shown = run("check", str(file))
    assert code == 1
    assert "ours.json”不能使用" in shown
    assert "inbound.warning.fields.rank: is missing" in shown and "outbound.batch_size: " in shown


def test_a_profile_that_is_none_is_told() -> None:
    code, shown = run("check", "defualt")
    assert code == 1 and "datas-aes, default" in shown


def test_the_schema_is_printed_as_it_is_committed() -> None:
    code, shown = run("schema")
    committed = Path(__file__).parents[2] / "docs" / "exchange-profile.schema.json"
    assert code == 0 and shown == committed.read_text("utf-8")
