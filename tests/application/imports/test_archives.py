"""Departments, people, certificates and shutdown periods."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from yanbao.application.access import SYSTEM
from yanbao.application.imports import ArchiveKind
from yanbao.domain.organisation import Level, Person, Role

from .tables import TODAY, Bench, a_table, reasons, somebody


def office(name: str, parent: str = "渭南市应急管理局", **changes: Any) -> dict[str, Any]:
    return {"部门名称": name, "级别": "县级", "上级部门": parent, "管辖区域代码": "610526"} | changes


def person(bench: Bench, **changes: Any) -> dict[str, Any]:
    return {
        "姓名": "欧阳试",
        "手机号码": 16000999999,
        "角色": "企业安全管理人员",
        "所属企业代码": bench.province.enterprises[0].credit_code.text,
    } | changes


def paper(bench: Bench, **changes: Any) -> dict[str, Any]:
    return {
        "统一社会信用代码": bench.province.enterprises[0].credit_code.text,
        "证书类型": "安全生产许可证",
        "证书编号": "(陕)YH安许证字〔2026〕000999",
        "发证日期": "2026年3月1日",
        "有效期至": date(2029, 2, 28),
    } | changes


def stop(bench: Bench, **changes: Any) -> dict[str, Any]:
    return {
        "统一社会信用代码": bench.province.enterprises[0].credit_code.text,
        "开始日期": TODAY,
        "结束日期": TODAY + timedelta(days=9),
        "停产原因": "整改",
    } | changes


# ---------------------------------------------------------------- departments


def test_parents_may_stand_in_the_same_file_in_any_order(bench: Bench) -> None:
    table = a_table(
        "部门",
        office("丙所", "乙局"),
        office("乙局", "甲厅", 级别="市级"),
        office("甲厅", "", 级别="省级", 管辖区域代码="610000"),
    )
    result = bench.run(ArchiveKind.DEPARTMENTS, table)
    assert (result.added, result.errors) == (3, ())
    by_name = {d.name: d for d in bench.storage.landed.departments.values()}
    assert by_name["丙所"].parent_id == by_name["乙局"].id
    assert by_name["乙局"].parent_id == by_name["甲厅"].id
    assert bench.run(ArchiveKind.DEPARTMENTS, table).unchanged == 3


def test_a_department_answers_for_one_or_more_regions(bench: Bench) -> None:
    bench.run(
        ArchiveKind.DEPARTMENTS, a_table("部门", office("联合所", 管辖区域代码="610526、610528，610524"))
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
    assert reasons(bench.run(ArchiveKind.DEPARTMENTS, a_table("部门", row))) == [("部门", 2, column)]


def test_parents_in_a_circle_are_refused(bench: Bench) -> None:
    table = a_table("部门", office("甲所", "乙所"), office("乙所", "甲所"), office("丙所", "甲所"))
    result = bench.run(ArchiveKind.DEPARTMENTS, table)
    assert sorted(reasons(result)) == [
        ("部门", 2, "上级部门"),
        ("部门", 3, "上级部门"),
        ("部门", 4, "上级部门"),
    ]


def test_a_department_cannot_come_below_its_own_subordinates(bench: Bench) -> None:
    row = office("渭南市应急管理局", "蒲城县应急管理局", 级别="市级", 管辖区域代码="610500")
    result = bench.run(ArchiveKind.DEPARTMENTS, a_table("部门", row))
    assert reasons(result) == [("部门", 2, "上级部门")]
    assert "下级" in result.errors[0].reason


def test_below_a_refused_department_nothing_is_imported(bench: Bench) -> None:
    above = office("甲局", "没有的厅", 级别="市级")
    table = a_table("部门", above, office("乙所", "甲局"), office("丙所"))
    result = bench.run(ArchiveKind.DEPARTMENTS, table, valid_only=True)
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
    (error,) = bench.run(ArchiveKind.DEPARTMENTS, a_table("部门", row), valid_only=True).errors
    assert (error.column, error.reason) == (column, reason)
    assert bench.kept() == before


def test_a_parent_of_the_same_file_must_stand_above_too(bench: Bench) -> None:
    table = a_table("部门", office("丙所", "乙局"), office("乙局", PROVINCIAL, 级别="县级"))
    result = bench.run(ArchiveKind.DEPARTMENTS, table)
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
    assert bench.run(ArchiveKind.DEPARTMENTS, a_table("部门", LOWERED, *moved)).errors == ()
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
    result = bench.run(ArchiveKind.DEPARTMENTS, a_table("部门", LOWERED, *moved), valid_only=True)
    assert reasons(result) == [("部门", 2, "级别"), ("部门", 3, "上级部门")]
    assert bench.storage.landed.departments[weinan.id].level is Level.CITY


def test_below_a_department_that_cannot_be_lowered_nothing_is_imported(bench: Bench) -> None:
    table = a_table(
        "部门",
        office("甲厅", "", 级别="省级"),
        office(PROVINCIAL, "甲厅", 级别="市级"),
        office("乙所", PROVINCIAL),
    )
    result = bench.run(ArchiveKind.DEPARTMENTS, table, valid_only=True)
    assert reasons(result) == [("部门", 3, "级别"), ("部门", 4, "上级部门")]
    assert result.added == 1


def test_the_same_department_twice_is_refused(bench: Bench) -> None:
    result = bench.run(ArchiveKind.DEPARTMENTS, a_table("部门", office("甲所"), office("甲所")))
    assert reasons(result) == [("部门", 3, "部门名称")]


# ---------------------------------------------------------------- people


def found(bench: Bench) -> list[Person]:
    return [p for p in bench.storage.landed.people.values() if p.name == "欧阳试"]


def test_a_person_is_known_by_employer_name_and_phone(bench: Bench) -> None:
    assert bench.run(ArchiveKind.PEOPLE, a_table("人员", person(bench))).added == 1
    assert (
        bench.run(ArchiveKind.PEOPLE, a_table("人员", person(bench, 手机号码="160-0099-9999"))).unchanged == 1
    )
    assert bench.run(ArchiveKind.PEOPLE, a_table("人员", person(bench, 状态="离岗"))).updated == 1
    assert bench.run(ArchiveKind.PEOPLE, a_table("人员", person(bench))).unchanged == 1
    (kept,) = found(bench)
    assert (kept.active, kept.role) == (False, Role.SAFETY_MANAGER)


def test_a_person_of_a_department_is_found_by_its_name(bench: Bench) -> None:
    row = person(bench, 角色="检查人员", 所属部门="蒲城县应急管理局", 所属企业代码="")
    assert bench.run(ArchiveKind.PEOPLE, a_table("人员", row)).added == 1
    departments = {d.id: d.name for d in bench.storage.landed.departments.values()}
    assert [departments[p.department_id] for p in found(bench) if p.department_id] == ["蒲城县应急管理局"]


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"所属部门": "蒲城县应急管理局"}, "所属部门"),
        ({"所属企业代码": ""}, "所属部门"),
        ({"所属企业代码": "", "所属部门": "没有的局"}, "所属部门"),
        ({"所属企业代码": "91610526MA00000000"}, "所属企业代码"),
        ({"角色": "检查人员"}, "角色"),
        ({"手机号码": "12345"}, "手机号码"),
        ({"姓名": "长" * 31}, "姓名"),
    ],
)
def test_a_wrong_person_is_refused(bench: Bench, changes: dict[str, Any], column: str) -> None:
    result = bench.run(ArchiveKind.PEOPLE, a_table("人员", person(bench, **changes)))
    assert reasons(result) == [("人员", 2, column)]


def test_the_same_person_twice_is_refused(bench: Bench) -> None:
    result = bench.run(ArchiveKind.PEOPLE, a_table("人员", person(bench), person(bench)))
    assert reasons(result) == [("人员", 3, "姓名")]


def test_only_the_system_administrator_makes_administrators(bench: Bench) -> None:
    row = person(bench, 角色="系统管理员", 所属部门="陕西省应急管理厅", 所属企业代码="")
    head = somebody(Role.DEPARTMENT_HEAD, "610000", Level.PROVINCE)
    assert reasons(bench.run(ArchiveKind.PEOPLE, a_table("人员", row), head)) == [("人员", 2, "角色")]
    administrator = somebody(Role.SYSTEM_ADMINISTRATOR, "610000", Level.PROVINCE)
    assert bench.run(ArchiveKind.PEOPLE, a_table("人员", row), administrator).added == 1


def test_nobody_changes_their_own_role_by_import(bench: Bench) -> None:
    row = person(bench, 角色="检查人员", 所属部门="蒲城县应急管理局", 所属企业代码="")
    bench.run(ArchiveKind.PEOPLE, a_table("人员", row))
    (themselves,) = found(bench)
    actor = replace(somebody(Role.INSPECTOR, "610526", Level.COUNTY), person_id=themselves.id)
    result = bench.run(ArchiveKind.PEOPLE, a_table("人员", {**row, "角色": "部门负责人"}), actor)
    assert reasons(result) == [("人员", 2, "角色")]
    assert found(bench) == [themselves]


# ---------------------------------------------------------------- certificates


def test_a_certificate_is_known_by_enterprise_and_number(bench: Bench) -> None:
    assert bench.run(ArchiveKind.CERTIFICATES, a_table("证书", paper(bench))).added == 1
    assert bench.run(ArchiveKind.CERTIFICATES, a_table("证书", paper(bench))).unchanged == 1
    later = paper(bench, 有效期至="20290301")
    assert bench.run(ArchiveKind.CERTIFICATES, a_table("证书", later)).updated == 1
    kept = [c for c in bench.storage.landed.certificates.values() if c.number.endswith("000999")]
    assert [(c.issued_on, c.expires_on) for c in kept] == [(date(2026, 3, 1), date(2029, 3, 1))]


def test_an_odd_number_is_warned_about_and_accepted(bench: Bench) -> None:
    result = bench.run(ArchiveKind.CERTIFICATES, a_table("证书", paper(bench, 证书编号="陕许2026第9号")))
    assert (result.added, result.errors) == (1, ())
    assert [(w.row, w.column) for w in result.warnings] == [(2, "证书编号")]


def test_a_holder_is_found_and_stays_when_a_later_file_does_not_name_one(bench: Bench) -> None:
    head = next(p for p in bench.province.people if p.enterprise_id == bench.province.enterprises[0].id)
    row = paper(bench, 证书类型="主要负责人安全合格证", 证书编号="AQ1", 持证人姓名=head.name)
    named = {**row, "持证人手机号码": head.phone.text}
    assert bench.run(ArchiveKind.CERTIFICATES, a_table("证书", named)).added == 1
    unnamed = {key: value for key, value in row.items() if key != "持证人姓名"}
    assert bench.run(ArchiveKind.CERTIFICATES, a_table("证书", unnamed)).unchanged == 1
    kept = next(c for c in bench.storage.landed.certificates.values() if c.number == "AQ1")
    assert kept.person_id == head.id


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"持证人姓名": "某人"}, "持证人手机号码"),
        ({"持证人手机号码": "16000000001"}, "持证人姓名"),
        ({"持证人姓名": "某人", "持证人手机号码": "16000000001"}, "持证人姓名"),
        ({"持证人姓名": "某人", "持证人手机号码": "1600"}, "持证人手机号码"),
        ({"证书类型": "营业执照"}, "证书类型"),
        ({"发证日期": "2026-02-30"}, "发证日期"),
        ({"有效期至": date(2026, 3, 1)}, "有效期至"),
        ({"有效期至": None}, "有效期至"),
        ({"证书编号": " "}, "证书编号"),
    ],
)
def test_a_wrong_certificate_is_refused(bench: Bench, changes: dict[str, Any], column: str) -> None:
    result = bench.run(ArchiveKind.CERTIFICATES, a_table("证书", paper(bench, **changes)))
    assert reasons(result) == [("证书", 2, column)]


# ---------------------------------------------------------------- shutdown periods


def test_a_shutdown_period_is_known_by_its_target_and_days(bench: Bench) -> None:
    before = len(bench.storage.landed.shutdown_periods)
    assert bench.run(ArchiveKind.SHUTDOWN_PERIODS, a_table("停产期", stop(bench))).added == 1
    assert bench.run(ArchiveKind.SHUTDOWN_PERIODS, a_table("停产期", stop(bench))).unchanged == 1
    other = stop(bench, 停产原因="高温", 说明="连续高温")
    assert bench.run(ArchiveKind.SHUTDOWN_PERIODS, a_table("停产期", other)).updated == 1
    assert len(bench.storage.landed.shutdown_periods) == before + 1


def test_a_whole_region_may_stand_still_for_one_kind_of_enterprise(bench: Bench) -> None:
    row = stop(bench, 统一社会信用代码="", 区域代码="610528", 适用企业类型="生产企业")
    assert bench.run(ArchiveKind.SHUTDOWN_PERIODS, a_table("停产期", row)).added == 1
    kept = next(p for p in bench.storage.landed.shutdown_periods.values() if p.region_id == "610528")
    assert kept.kind is not None and kept.covers(TODAY)


def test_a_file_of_long_ago_leaves_what_is_there_and_adds_nothing_to_the_past(bench: Bench) -> None:
    bench.run(ArchiveKind.SHUTDOWN_PERIODS, a_table("停产期", stop(bench)))
    bench.clock.moment += timedelta(days=30)
    assert bench.run(ArchiveKind.SHUTDOWN_PERIODS, a_table("停产期", stop(bench))).unchanged == 1
    changed = stop(bench, 停产原因="高温")
    assert reasons(bench.run(ArchiveKind.SHUTDOWN_PERIODS, a_table("停产期", changed))) == [
        ("停产期", 2, "结束日期")
    ]


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"区域代码": "610528"}, "统一社会信用代码"),
        ({"统一社会信用代码": ""}, "统一社会信用代码"),
        ({"适用企业类型": "批发企业"}, "适用企业类型"),
        ({"结束日期": TODAY - timedelta(days=1), "开始日期": TODAY - timedelta(days=9)}, "结束日期"),
        ({"结束日期": TODAY - timedelta(days=1)}, "结束日期"),
        ({"结束日期": TODAY + timedelta(days=400)}, "结束日期"),
        ({"停产原因": "休息"}, "停产原因"),
        ({"说明": "长" * 201}, "说明"),
    ],
)
def test_a_wrong_shutdown_period_is_refused(bench: Bench, changes: dict[str, Any], column: str) -> None:
    result = bench.run(ArchiveKind.SHUTDOWN_PERIODS, a_table("停产期", stop(bench, **changes)))
    assert reasons(result) == [("停产期", 2, column)]


def test_a_cancelled_period_does_not_come_back_by_import(bench: Bench) -> None:
    bench.run(ArchiveKind.SHUTDOWN_PERIODS, a_table("停产期", stop(bench)))
    cancelled = next(
        p
        for p in bench.storage.landed.shutdown_periods.values()
        if p.enterprise_id == bench.province.enterprises[0].id
    )
    with bench.storage.work(SYSTEM) as work:
        work.shutdown_periods.save(replace(cancelled, cancelled=True))
        work.commit()
    result = bench.run(ArchiveKind.SHUTDOWN_PERIODS, a_table("停产期", stop(bench)))
    assert reasons(result) == [("停产期", 2, "开始日期")]


def test_a_wrong_phone_is_told_together_with_other_mistakes(bench: Bench) -> None:
    row = person(bench, 手机号码="123", 角色="检查员", 所属企业代码="")
    result = bench.run(ArchiveKind.PEOPLE, a_table("人员", row))
    assert {error.column for error in result.errors} == {"手机号码", "角色", "所属部门"}
