"""`yanbao export`: an operator writes a list to a file, whole or not at all, and the trail names the operator."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from openpyxl import load_workbook
from rich.console import Console

from yanbao.application.export.operator import OperatorExports
from yanbao.application.ports.problem import ProblemFilter
from yanbao.cli.exports import write
from yanbao.domain.export.job import ExportTooLarge
from yanbao.domain.export.kind import ExportKind
from yanbao.domain.problem.workflow import ProblemState
from yanbao.domain.refusals import InvalidValue, NotFound, Refused

from ..support.builders import DAY
from ..support.dates import FRIDAY, in_days
from ..support.world import ENTERPRISES, World, a_world, entries

TODAY = {"first_day": f"{DAY}", "last_day": f"{DAY}"}


@pytest.fixture
def world() -> World:
    return a_world()


def operator(world: World) -> OperatorExports:
    return world.system.app.operator_exports


def written(world: World, out: Path, kind: ExportKind = ExportKind.COMMITMENTS, **conditions: str) -> str:
    shown = StringIO()
    write(Console(file=shown, width=120), operator(world), kind, TODAY | conditions, out)
    return shown.getvalue()


def test_a_list_is_written_under_its_name_and_nothing_beside_it(world: World, tmp_path: Path) -> None:
    out = tmp_path / "承诺.xlsx"
    assert "安全承诺" in written(world, out)
    assert list(tmp_path.iterdir()) == [out]
    sheet = load_workbook(out, read_only=True).active
    assert sheet is not None
    shown = {cell for row in sheet.iter_rows(values_only=True) for cell in row}
    assert {of.name for of in ENTERPRISES} <= shown


def test_the_trail_names_the_operator_the_filter_and_the_rows(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "zhouqiang")
    written(world, tmp_path / "a.xlsx", region_id="610115")
    (entry,) = [entry for entry in entries(world) if entry.action == "ExportedByOperator"]
    assert entry.detail["operator"] == "zhouqiang" and entry.detail["kind"] == "COMMITMENTS"
    assert entry.detail["selection"] == TODAY | {"region_id": "610115"}
    assert entry.detail["rows"] >= 1 and entry.detail["size"] == (tmp_path / "a.xlsx").stat().st_size


def test_a_file_that_exists_is_left_alone(world: World, tmp_path: Path) -> None:
    out = tmp_path / "a.xlsx"
    out.write_text("old")
    with pytest.raises(InvalidValue, match="已存在"):
        written(world, out)
    assert out.read_text() == "old"


def test_what_breaks_off_leaves_nothing(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*given: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(operator(world)._writer, "write", broken)
    with pytest.raises(OSError, match="disk full"):
        written(world, tmp_path / "a.xlsx")
    assert list(tmp_path.iterdir()) == []
    assert "ExportedByOperator" not in {entry.action for entry in entries(world)}


def test_conditions_are_those_of_the_list(world: World) -> None:
    conditions = {"unfed_back": "true", "states": "ISSUED, RETURNED", "text": "离线", **TODAY}
    command = operator(world).command(ExportKind.PROBLEMS, conditions)
    assert command.where == ProblemFilter(
        DAY,
        DAY,
        states=(ProblemState.ISSUED, ProblemState.RETURNED),
        unfed_back=True,
        text="离线",
    )


@pytest.mark.parametrize(
    ("kind", "conditions", "sentence"),
    [
        (ExportKind.PROBLEMS, {"colour": "red"}, "没有条件“colour”，可用的条件：first-day、"),
        (ExportKind.PROBLEMS, {"unfed_back": "maybe"}, "条件“unfed-back”不能是“maybe”。"),
        (ExportKind.PROBLEMS, {"states": "ISSUED,GONE"}, "条件“states”不能是“ISSUED,GONE”。"),
        (ExportKind.PROBLEMS, {"first_day": "yesterday"}, "条件“first-day”不能是“yesterday”。"),
        (ExportKind.PROBLEMS, {"to_enterprise": "7"}, "条件“to-enterprise”不能是“7”。"),
        (ExportKind.COMMITMENTS, {"risk_grade": "high"}, "条件“risk-grade”不能是“high”。"),
        (ExportKind.COMMITMENTS, {"late": "true"}, "缺少条件：first-day、last-day。"),
    ],
)
def test_what_is_no_condition_is_refused(
    world: World, kind: ExportKind, conditions: dict[str, str], sentence: str
) -> None:
    with pytest.raises(InvalidValue) as refusal:
        operator(world).command(kind, conditions)
    assert refusal.value.sentence.startswith(sentence)


def test_the_rules_of_the_list_hold_for_operators_too(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NotFound):
        written(world, tmp_path / "a.xlsx", region_id="999999")
    with pytest.raises(InvalidValue, match="早于"):
        written(world, tmp_path / "a.xlsx", last_day="2020-01-01")
    monkeypatch.setattr(operator(world)._catalogue, "count", lambda actor, kind, selection: 2_000_000)
    with pytest.raises(ExportTooLarge, match="共2000000行"):
        written(world, tmp_path / "a.xlsx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ExportKind)
def test_an_operator_exports_what_the_system_may_read(world: World, tmp_path: Path, kind: ExportKind) -> None:
    conditions = {} if kind not in (ExportKind.COMMITMENTS, ExportKind.INSPECTIONS) else TODAY
    if kind is ExportKind.WEEKLY_FIGURES:
        conditions = {"week_ending": f"{in_days(-7, FRIDAY)}"}
    out, console = tmp_path / "a.xlsx", Console(file=StringIO())
    try:
        write(console, operator(world), kind, conditions, out)
    except Refused as refusal:
        # 三权分立: the trail is read by the audit administrator, and checked by `yanbao audit`.
        assert kind is ExportKind.AUDIT_ENTRIES and refusal.code == "FORBIDDEN"
    else:
        assert out.stat().st_size > 1_000
