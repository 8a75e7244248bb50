"""Enterprises with workshops and warehouses: an import adds and changes, it never takes away."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from yanbao.application.directory.imports.columns import ImportKind
from yanbao.application.directory.imports.tables import ImportResult, Table
from yanbao.domain.directory.enterprise import Enterprise, EnterpriseKind
from yanbao.domain.values import CreditCode

from .tables import Bench, a_code, a_sheet, a_table, reasons

CODE = a_code(1)


def firm(**changes: Any) -> dict[str, Any]:
    return {
        "统一社会信用代码": CODE,
        "企业名称": "蒲城县试验花炮有限公司",
        "企业类型": "生产企业",
        "区域代码": 610526,
        "地址": "蒲城县城关镇1号",
    } | changes


def shop(number: str = "01", **changes: Any) -> dict[str, Any]:
    return {
        "统一社会信用代码": CODE,
        "工房编号": number,
        "工房名称": "混药工房",
        "是否涉药": "是",
        "核定人数": 2,
        "核定药量（千克）": "5.5",
    } | changes


def store(number: str = "K1", **changes: Any) -> dict[str, Any]:
    return {
        "统一社会信用代码": CODE,
        "仓库编号": number,
        "仓库名称": "1号仓库",
        "核定箱数": 2000,
        "核定存量（千克）": 20000,
        "核定人数": 4,
    } | changes


def run(bench: Bench, table: Table, **options: Any) -> ImportResult:
    return bench.run(ImportKind.ENTERPRISES, table, **options)


def kept(bench: Bench, code: str = CODE) -> Enterprise:
    found = [row.enterprise for row in bench.storage.landed.enterprises.values()]
    return next(enterprise for enterprise in found if enterprise.credit_code == CreditCode(code))


def test_an_enterprise_comes_with_its_workshops_and_warehouses(bench: Bench) -> None:
    table = Table((a_sheet("仓库", store()), a_sheet("工房", shop(), shop("02")), a_sheet("企业", firm())))
    result = run(bench, table)
    assert (result.rows, result.added, result.errors) == (4, 1, ())
    enterprise = kept(bench)
    assert enterprise.kind is EnterpriseKind.PRODUCTION
    assert [w.number for w in enterprise.workshops] == ["01", "02"]
    assert enterprise.approved_powder_kg == Decimal(11)
    assert (enterprise.approved_boxes, enterprise.approved_stock_kg) == (2000, 20000)
    assert run(bench, table).unchanged == 1


def test_workshops_change_by_number_and_none_is_taken_away(bench: Bench) -> None:
    run(bench, Table((a_sheet("企业", firm()), a_sheet("工房", shop("01"), shop("02")))))
    result = run(bench, a_table("工房", shop("02", 核定人数=9), shop("03")))
    assert (result.added, result.updated) == (0, 1)
    assert [(w.number, w.approved_persons) for w in kept(bench).workshops] == [
        ("01", 2),
        ("02", 9),
        ("03", 2),
    ]
    assert run(bench, a_table("企业", firm(企业名称="新名称"))).updated == 1
    assert (kept(bench).name, len(kept(bench).workshops)) == ("新名称", 3)


def test_a_closed_enterprise_stays_closed_until_the_file_says_otherwise(bench: Bench) -> None:
    run(bench, a_table("企业", firm(状态="关闭")))
    run(bench, a_table("企业", firm(地址="别处")))
    assert not kept(bench).active
    run(bench, a_table("企业", firm(状态="在业")))
    assert kept(bench).active


def test_the_same_credit_code_twice_is_refused(bench: Bench) -> None:
    result = run(bench, a_table("企业", firm(), firm(统一社会信用代码=f" {CODE.lower()}", 企业名称="另一家")))
    assert reasons(result) == [("企业", 3, "统一社会信用代码")]
    assert "与第2行重复" in result.errors[0].reason


def test_the_same_workshop_number_twice_is_refused_but_not_a_warehouse_of_that_number(bench: Bench) -> None:
    table = Table((a_sheet("企业", firm()), a_sheet("工房", shop(), shop()), a_sheet("仓库", store("01"))))
    assert reasons(run(bench, table)) == [("工房", 3, "工房编号")]


def test_a_workshop_of_nobody_is_refused(bench: Bench) -> None:
    result = run(bench, a_table("工房", shop()))
    assert reasons(result) == [("工房", 2, "统一社会信用代码")]
    assert "没有找到" in result.errors[0].reason


def test_a_workshop_whose_enterprise_is_refused_is_refused_too(bench: Bench) -> None:
    table = Table((a_sheet("企业", firm(企业类型="零售")), a_sheet("工房", shop())))
    result = run(bench, table, valid_only=True)
    assert reasons(result) == [("企业", 2, "企业类型"), ("工房", 2, "统一社会信用代码")]
    assert (result.added, result.updated, result.refused) == (0, 0, 2)


def test_the_domains_rules_are_told_under_their_column(bench: Bench) -> None:
    table = Table(
        (
            a_sheet("企业", firm(企业名称="长" * 81)),
            a_sheet(
                "工房",
                shop(是否涉药="否"),
                shop("02", 核定人数=6000),
                shop("03", **{"核定药量（千克）": "1.2345"}),
            ),
            a_sheet("仓库", store(核定箱数=-1)),
        )
    )
    found = reasons(run(bench, table))
    assert ("企业", 2, "企业名称") in found
    assert ("工房", 2, "核定药量（千克）") in found
    assert ("工房", 3, "核定人数") in found
    assert ("工房", 4, "核定药量（千克）") in found
    assert ("仓库", 2, "核定箱数") in found


def test_a_wrong_check_character_is_told_with_the_right_one(bench: Bench) -> None:
    wrong = CODE[:-1] + ("0" if CODE[-1] != "0" else "1")
    result = run(bench, a_table("企业", firm(统一社会信用代码=wrong)))
    assert reasons(result) == [("企业", 2, "统一社会信用代码")]
    assert f"应为“{CODE[-1]}”" in result.errors[0].reason
