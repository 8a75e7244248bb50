"""People, certificates and shutdown periods."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from yanbao.application.access import SYSTEM
from yanbao.application.directory.imports.columns import ImportKind
from yanbao.domain.directory.certificate import Trade
from yanbao.domain.directory.organisation import Level, Person, Role

from .tables import TODAY, Bench, a_table, reasons, somebody


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


# ---------------------------------------------------------------- people


def found(bench: Bench) -> list[Person]:
    return [p for p in bench.storage.landed.people.values() if p.name == "欧阳试"]


def test_a_person_is_known_by_employer_name_and_phone(bench: Bench) -> None:
    assert bench.run(ImportKind.PEOPLE, a_table("人员", person(bench))).added == 1
    assert (
        bench.run(ImportKind.PEOPLE, a_table("人员", person(bench, 手机号码="160-0099-9999"))).unchanged == 1
    )
    assert bench.run(ImportKind.PEOPLE, a_table("人员", person(bench, 状态="离岗"))).updated == 1
    assert bench.run(ImportKind.PEOPLE, a_table("人员", person(bench))).unchanged == 1
    (kept,) = found(bench)
    assert (kept.active, kept.role) == (False, Role.SAFETY_MANAGER)


def test_a_person_of_a_department_is_found_by_its_name(bench: Bench) -> None:
    row = person(bench, 角色="检查人员", 所属部门="蒲城县应急管理局", 所属企业代码="")
    assert bench.run(ImportKind.PEOPLE, a_table("人员", row)).added == 1
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
    result = bench.run(ImportKind.PEOPLE, a_table("人员", person(bench, **changes)))
    assert reasons(result) == [("人员", 2, column)]


def test_the_same_person_twice_is_refused(bench: Bench) -> None:
    result = bench.run(ImportKind.PEOPLE, a_table("人员", person(bench), person(bench)))
    assert reasons(result) == [("人员", 3, "姓名")]


def test_only_the_system_administrator_makes_administrators(bench: Bench) -> None:
    row = person(bench, 角色="系统管理员", 所属部门="陕西省应急管理厅", 所属企业代码="")
    head = somebody(Role.DEPARTMENT_HEAD, "610000", Level.PROVINCE)
    assert reasons(bench.run(ImportKind.PEOPLE, a_table("人员", row), head)) == [("人员", 2, "角色")]
    administrator = somebody(Role.SYSTEM_ADMINISTRATOR, "610000", Level.PROVINCE)
    assert bench.run(ImportKind.PEOPLE, a_table("人员", row), administrator).added == 1


def test_an_inspector_does_not_touch_the_own_head_by_import(bench: Bench) -> None:
    people = bench.storage.landed.people.values()
    office = next(d for d in bench.storage.landed.departments.values() if d.name == "蒲城县应急管理局")
    head = next(p for p in people if p.department_id == office.id and p.role is Role.DEPARTMENT_HEAD)
    inspector = replace(somebody(Role.INSPECTOR, "610526", Level.COUNTY), department_id=office.id)
    row = person(bench, 姓名=head.name, 手机号码=head.phone.text, 所属部门=office.name, 状态="离岗")
    row |= {"角色": "部门负责人", "所属企业代码": ""}
    result = bench.run(ImportKind.PEOPLE, a_table("人员", row), inspector)
    assert reasons(result) == [("人员", 2, "角色")] and "本部门负责人" in result.errors[0].reason
    assert bench.run(ImportKind.PEOPLE, a_table("人员", row)).updated == 1


def test_nobody_changes_their_own_role_by_import(bench: Bench) -> None:
    row = person(bench, 角色="检查人员", 所属部门="蒲城县应急管理局", 所属企业代码="")
    bench.run(ImportKind.PEOPLE, a_table("人员", row))
    (themselves,) = found(bench)
    actor = replace(somebody(Role.INSPECTOR, "610526", Level.COUNTY), person_id=themselves.id)
    result = bench.run(ImportKind.PEOPLE, a_table("人员", {**row, "角色": "部门负责人"}), actor)
    assert reasons(result) == [("人员", 2, "角色")]
    assert found(bench) == [themselves]


# ---------------------------------------------------------------- certificates


def test_a_certificate_is_known_by_enterprise_and_number(bench: Bench) -> None:
    assert bench.run(ImportKind.CERTIFICATES, a_table("证书", paper(bench))).added == 1
    assert bench.run(ImportKind.CERTIFICATES, a_table("证书", paper(bench))).unchanged == 1
    later = paper(bench, 有效期至="20290301")
    assert bench.run(ImportKind.CERTIFICATES, a_table("证书", later)).updated == 1
    kept = [c for c in bench.storage.landed.certificates.values() if c.number.endswith("000999")]
    assert [(c.issued_on, c.expires_on) for c in kept] == [(date(2026, 3, 1), date(2029, 3, 1))]


def test_an_odd_number_is_warned_about_and_accepted(bench: Bench) -> None:
    result = bench.run(ImportKind.CERTIFICATES, a_table("证书", paper(bench, 证书编号="陕许2026第9号")))
    assert (result.added, result.errors) == (1, ())
    assert [(w.row, w.column) for w in result.warnings] == [(2, "证书编号")]


def test_a_holder_is_found_and_stays_when_a_later_file_does_not_name_one(bench: Bench) -> None:
    head = next(p for p in bench.province.people if p.enterprise_id == bench.province.enterprises[0].id)
    row = paper(bench, 证书类型="主要负责人安全合格证", 证书编号="AQ1", 持证人姓名=head.name)
    named = {**row, "持证人手机号码": head.phone.text}
    assert bench.run(ImportKind.CERTIFICATES, a_table("证书", named)).added == 1
    unnamed = {key: value for key, value in row.items() if key != "持证人姓名"}
    assert bench.run(ImportKind.CERTIFICATES, a_table("证书", unnamed)).unchanged == 1
    kept = next(c for c in bench.storage.landed.certificates.values() if c.number == "AQ1")
    assert kept.person_id == head.id


def card(bench: Bench, trade: str, expires: str = "20290301", **changes: Any) -> dict[str, Any]:
    row = paper(bench, 证书类型="特种作业操作证", 证书编号="T610526", 有效期至=expires, **changes)
    return {**row, "作业类别": trade}


def cards(bench: Bench) -> set[tuple[Trade | None, date]]:
    found = bench.storage.landed.certificates.values()
    return {(c.trade, c.expires_on) for c in found if c.number == "T610526"}


def test_cards_of_one_number_and_different_trades_are_different_cards(bench: Bench) -> None:
    rows = card(bench, "引火线制造作业"), card(bench, "烟火药制造作业", "20280301")
    assert bench.run(ImportKind.CERTIFICATES, a_table("证书", *rows)).added == 2
    assert bench.run(ImportKind.CERTIFICATES, a_table("证书", *rows)).unchanged == 2
    assert cards(bench) == {
        (Trade.FUSE, date(2029, 3, 1)),
        (Trade.PYROTECHNIC_COMPOSITION, date(2028, 3, 1)),
    }
    unclear = bench.run(ImportKind.CERTIFICATES, a_table("证书", card(bench, "")))
    assert reasons(unclear) == [("证书", 2, "作业类别")]


def test_a_trade_completes_a_card_of_an_earlier_release_once(bench: Bench) -> None:
    old = {key: value for key, value in card(bench, "").items() if key != "作业类别"}
    first = bench.run(ImportKind.CERTIFICATES, a_table("证书", old))
    assert (first.added, [w.column for w in first.warnings]) == (1, ["作业类别"])
    rows = card(bench, "引火线制造作业"), card(bench, "烟花爆竹储存作业")
    result = bench.run(ImportKind.CERTIFICATES, a_table("证书", *rows))
    assert (result.updated, result.added) == (1, 1)
    assert {trade for trade, _ in cards(bench)} == {Trade.FUSE, Trade.STORAGE}


def test_only_a_card_has_a_trade(bench: Bench) -> None:
    result = bench.run(
        ImportKind.CERTIFICATES, a_table("证书", {**paper(bench), "作业类别": "引火线制造作业"})
    )
    assert reasons(result) == [("证书", 2, "作业类别")]


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
    result = bench.run(ImportKind.CERTIFICATES, a_table("证书", paper(bench, **changes)))
    assert reasons(result) == [("证书", 2, column)]


# ---------------------------------------------------------------- shutdown periods


def test_a_shutdown_period_is_known_by_its_target_and_days(bench: Bench) -> None:
    before = len(bench.storage.landed.shutdown_periods)
    assert bench.run(ImportKind.SHUTDOWN_PERIODS, a_table("停产期", stop(bench))).added == 1
    assert bench.run(ImportKind.SHUTDOWN_PERIODS, a_table("停产期", stop(bench))).unchanged == 1
    other = stop(bench, 停产原因="高温", 说明="连续高温")
    assert bench.run(ImportKind.SHUTDOWN_PERIODS, a_table("停产期", other)).updated == 1
    assert len(bench.storage.landed.shutdown_periods) == before + 1


def test_a_whole_region_may_stand_still_for_one_kind_of_enterprise(bench: Bench) -> None:
    row = stop(bench, 统一社会信用代码="", 区域代码="610528", 适用企业类型="生产企业")
    assert bench.run(ImportKind.SHUTDOWN_PERIODS, a_table("停产期", row)).added == 1
    kept = next(p for p in bench.storage.landed.shutdown_periods.values() if p.region_id == "610528")
    assert kept.kind is not None and kept.covers(TODAY)


def test_a_file_of_long_ago_leaves_what_is_there_and_adds_nothing_to_the_past(bench: Bench) -> None:
    bench.run(ImportKind.SHUTDOWN_PERIODS, a_table("停产期", stop(bench)))
    bench.clock.moment += timedelta(days=30)
    assert bench.run(ImportKind.SHUTDOWN_PERIODS, a_table("停产期", stop(bench))).unchanged == 1
    changed = stop(bench, 停产原因="高温")
    assert reasons(bench.run(ImportKind.SHUTDOWN_PERIODS, a_table("停产期", changed))) == [
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
    result = bench.run(ImportKind.SHUTDOWN_PERIODS, a_table("停产期", stop(bench, **changes)))
    assert reasons(result) == [("停产期", 2, column)]


def test_a_cancelled_period_does_not_come_back_by_import(bench: Bench) -> None:
    bench.run(ImportKind.SHUTDOWN_PERIODS, a_table("停产期", stop(bench)))
    cancelled = next(
        p
        for p in bench.storage.landed.shutdown_periods.values()
        if p.enterprise_id == bench.province.enterprises[0].id
    )
    with bench.storage.work(SYSTEM) as work:
        work.shutdown_periods.save(replace(cancelled, cancelled=True))
        work.commit()
    result = bench.run(ImportKind.SHUTDOWN_PERIODS, a_table("停产期", stop(bench)))
    assert reasons(result) == [("停产期", 2, "开始日期")]


def test_a_wrong_phone_is_told_together_with_other_mistakes(bench: Bench) -> None:
    row = person(bench, 手机号码="123", 角色="检查员", 所属企业代码="")
    result = bench.run(ImportKind.PEOPLE, a_table("人员", row))
    assert {error.column for error in result.errors} == {"手机号码", "角色", "所属部门"}
