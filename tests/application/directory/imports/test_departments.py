"""Departments: parents in the same file, jurisdictions, and a tree that stays the right way up."""

from __future__ import annotations

from typing import Any

import pytest

from yanbao.application.directory.imports.columns import ImportKind
from yanbao.domain.directory.organisation import Level

from .tables import Bench, a_table, reasons


def office(name: str, parent: str = "渭南市应急管理局", **changes: Any) -> dict[str, Any]:
    return {"部门名称": name, "级别": "县级", "上级部门": parent, "管辖区域代码": "610526"} | changes


def test_parents_may_stand_in_the_same_file_in_any_order(bench: Bench) -> None:
    table = a_table(
        "部门",
        office("丙所", "乙局"),
        office("乙局", "甲厅", 级别="市级"),
        office("甲厅", "", 级别="省级", 管辖区域代码="610000"),
    )
    result = bench.run(ImportKind.DEPARTMENTS, table)
    assert (result.added, result.errors) == (3, ())
    by_name = {d.name: d for d in bench.storage.landed.departments.values()}
    assert by_name["丙所"].parent_id == by_name["乙局"].id
    assert by_name["乙局"].parent_id == by_name["甲厅"].id
    assert bench.run(ImportKind.DEPARTMENTS, table).unchanged == 3


def test_a_department_answers_for_one_or_more_regions(bench: Bench) -> None:
    bench.run(
        ImportKind.DEPARTMENTS, a_table("部门", office("联合所", 管辖区域代码="610526、610528，610524"))
    )
    found = next(d for d in bench.storage.landed.departments.values() if d.name == "联合所")
    assert found.jurisdiction == {"610526", "610528", "610524"}


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (office("甲所", "没有的局"), "上级部门"),
        (office("甲所", ""), "上级部门"),
        (office("甲所", "甲所"), "上级部门"),
        (office("甲所", 管辖区域代码="610526、619999"), "管辖区域代码"),
        (office("甲所", 级别="乡级"), "级别"),
        (office("", 级别="县级"), "部门名称"),
    ],
)
def test_a_wrong_department_is_refused(bench: Bench, row: dict[str, Any], column: str) -> None:
    assert reasons(bench.run(ImportKind.DEPARTMENTS, a_table("部门", row))) == [("部门", 2, column)]


def test_parents_in_a_circle_are_refused(bench: Bench) -> None:
    table = a_table("部门", office("甲所", "乙所"), office("乙所", "甲所"), office("丙所", "甲所"))
    result = bench.run(ImportKind.DEPARTMENTS, table)
    assert sorted(reasons(result)) == [
        ("部门", 2, "上级部门"),
        ("部门", 3, "上级部门"),
        ("部门", 4, "上级部门"),
    ]


def test_a_department_cannot_come_below_its_own_subordinates(bench: Bench) -> None:
    row = office("渭南市应急管理局", "蒲城县应急管理局", 级别="市级", 管辖区域代码="610500")
    result = bench.run(ImportKind.DEPARTMENTS, a_table("部门", row))
    assert reasons(result) == [("部门", 2, "上级部门")]
    assert "下级" in result.errors[0].reason


def test_below_a_refused_department_nothing_is_imported(bench: Bench) -> None:
    above = office("甲局", "没有的厅", 级别="市级")
    table = a_table("部门", above, office("乙所", "甲局"), office("丙所"))
    result = bench.run(ImportKind.DEPARTMENTS, table, valid_only=True)
    assert (result.added, result.refused) == (1, 2)


PROVINCIAL = "陕西省应急管理厅"
LOWERED = office("渭南市应急管理局", PROVINCIAL)


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (
            office("甲所", "蒲城县应急管理局"),
            "上级部门",
            "县级部门的上级应为市级或省级部门，蒲城县应急管理局为县级部门。",
        ),
        (
            office("甲局", 级别="市级"),
            "上级部门",
            "市级部门的上级应为省级部门，渭南市应急管理局为市级部门。",
        ),
        (office("甲厅", PROVINCIAL, 级别="省级"), "上级部门", "省级部门没有上级部门。"),
        (
            office("甲所", 管辖区域代码="610526、610500"),
            "管辖区域代码",
            "县级部门不能管辖市级区域“渭南市”。",
        ),
        (
            office("甲局", PROVINCIAL, 级别="市级", 管辖区域代码="610000"),
            "管辖区域代码",
            "市级部门不能管辖省级区域“陕西省”。",
        ),
        (
            office("渭南市应急管理局", PROVINCIAL),
            "级别",
            "下级部门临渭区应急管理局为县级部门，本部门不能是县级部门。",
        ),
    ],
)
def test_a_tree_that_would_stand_upside_down_is_refused(
    bench: Bench, row: dict[str, Any], column: str, reason: str
) -> None:
    before = bench.kept()
    (error,) = bench.run(ImportKind.DEPARTMENTS, a_table("部门", row), valid_only=True).errors
    assert (error.column, error.reason) == (column, reason)
    assert bench.kept() == before


def test_a_parent_of_the_same_file_must_stand_above_too(bench: Bench) -> None:
    table = a_table("部门", office("丙所", "乙局"), office("乙局", PROVINCIAL, 级别="县级"))
    result = bench.run(ImportKind.DEPARTMENTS, table)
    assert [(error.row, error.reason) for error in result.errors] == [
        (2, "县级部门的上级应为市级或省级部门，乙局为县级部门。")
    ]


def test_a_department_is_lowered_together_with_moving_what_is_below_it(bench: Bench) -> None:
    below = [d for d in bench.storage.landed.departments.values() if d.parent_id is not None]
    weinan = next(d for d in below if d.name == "渭南市应急管理局")
    moved = [
        office(d.name, PROVINCIAL, 管辖区域代码="、".join(d.jurisdiction))
        for d in below
        if d.parent_id == weinan.id
    ]
    assert bench.run(ImportKind.DEPARTMENTS, a_table("部门", LOWERED, *moved)).errors == ()
    assert bench.storage.landed.departments[weinan.id].level is Level.COUNTY


def test_a_department_stays_above_those_whose_rows_are_refused(bench: Bench) -> None:
    below = [d for d in bench.storage.landed.departments.values() if d.parent_id is not None]
    weinan = next(d for d in below if d.name == "渭南市应急管理局")
    moved = [
        office(d.name, PROVINCIAL, 管辖区域代码="、".join(d.jurisdiction))
        for d in below
        if d.parent_id == weinan.id
    ]
    moved[0]["上级部门"] = "没有的局"
    result = bench.run(ImportKind.DEPARTMENTS, a_table("部门", LOWERED, *moved), valid_only=True)
    assert reasons(result) == [("部门", 2, "级别"), ("部门", 3, "上级部门")]
    assert bench.storage.landed.departments[weinan.id].level is Level.CITY


def test_below_a_department_that_cannot_be_lowered_nothing_is_imported(bench: Bench) -> None:
    table = a_table(
        "部门",
        office("甲厅", "", 级别="省级"),
        office(PROVINCIAL, "甲厅", 级别="市级"),
        office("乙所", PROVINCIAL),
    )
    result = bench.run(ImportKind.DEPARTMENTS, table, valid_only=True)
    assert reasons(result) == [("部门", 3, "级别"), ("部门", 4, "上级部门")]
    assert result.added == 1


def test_the_same_department_twice_is_refused(bench: Bench) -> None:
    result = bench.run(ImportKind.DEPARTMENTS, a_table("部门", office("甲所"), office("甲所")))
    assert reasons(result) == [("部门", 3, "部门名称")]
