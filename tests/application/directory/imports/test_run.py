"""The import as a whole: tables that are refused, all or nothing, twice is an update, and who may."""

from __future__ import annotations

import pytest

from yanbao.application.directory.imports.columns import ImportKind
from yanbao.application.directory.imports.tables import MOST_ROWS, BadTable, Broken, Row, Sheet, Table
from yanbao.domain.directory.organisation import Level, Role
from yanbao.domain.refusals import FileTooLarge, Forbidden

from .tables import Bench, a_code, a_sheet, a_table, reasons, somebody

GOOD = {
    "统一社会信用代码": a_code(1),
    "企业名称": "蒲城县试验花炮有限公司",
    "企业类型": "生产企业",
    "区域代码": "610526",
    "地址": "蒲城县城关镇1号",
}
BAD = {**GOOD, "统一社会信用代码": a_code(2), "区域代码": "619999"}


def test_an_unknown_header_is_named(bench: Bench) -> None:
    with pytest.raises(BadTable, match="表头“单位名称”不认识"):
        bench.run(ImportKind.ENTERPRISES, a_table("企业", {**GOOD, "单位名称": "甲"}))


def test_missing_headers_are_named(bench: Bench) -> None:
    with pytest.raises(BadTable, match="缺少表头“区域代码”、“地址”"):
        bench.run(
            ImportKind.ENTERPRISES,
            a_table("企业", {k: v for k, v in GOOD.items() if k not in ("区域代码", "地址")}),
        )


def test_a_header_that_is_there_twice_is_named(bench: Bench) -> None:
    sheet = a_sheet("企业", GOOD)
    doubled = Sheet("企业", (*sheet.headers, " 地 址*"), sheet.rows)
    with pytest.raises(BadTable, match="表头“地址”出现了两次"):
        bench.run(ImportKind.ENTERPRISES, Table((doubled,)))


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        (Table(()), "没有找到工作表企业、工房、仓库"),
        (a_table("Sheet1", GOOD), "工作表“Sheet1”不是可导入的工作表"),
        (Table((a_sheet("企业", GOOD), a_sheet("企业", GOOD))), "工作表“企业”出现了两次"),
        (Table((Sheet("企业", tuple(GOOD), ()),)), "没有数据行"),
    ],
)
def test_a_table_of_another_kind_is_refused(bench: Bench, table: Table, sentence: str) -> None:
    with pytest.raises(BadTable, match=sentence):
        bench.run(ImportKind.ENTERPRISES, table)


def test_too_many_rows_are_refused(bench: Bench) -> None:
    rows = tuple(Row(number, tuple(GOOD.values())) for number in range(2, MOST_ROWS + 3))
    with pytest.raises(FileTooLarge, match="50001"):
        bench.run(ImportKind.ENTERPRISES, Table((Sheet("企业", tuple(GOOD), rows),)))


def test_headers_may_stand_in_any_order_with_spaces_stars_and_narrow_brackets(bench: Bench) -> None:
    bench.run(ImportKind.ENTERPRISES, a_table("企业", {f" {k} *": v for k, v in reversed(GOOD.items())}))
    result = bench.run(
        ImportKind.ENTERPRISES,
        a_table(
            "工房",
            {
                "核定药量(千克)": 2.5,
                "核定人数": 3,
                "是否涉药": "是",
                "工房名称": "混药工房",
                "工房编号": "01",
                "统一社会信用代码": a_code(1),
            },
        ),
    )
    assert (result.updated, result.errors) == (1, ())


def test_nothing_is_imported_when_one_row_is_wrong(bench: Bench) -> None:
    before = bench.kept()
    result = bench.run(ImportKind.ENTERPRISES, a_table("企业", GOOD, BAD))
    assert not result.imported
    assert (result.added, result.updated, result.unchanged, result.refused) == (0, 0, 0, 1)
    assert reasons(result) == [("企业", 3, "区域代码")]
    assert bench.kept() == before


def test_the_error_says_what_stands_there_and_why(bench: Bench) -> None:
    (error,) = bench.run(ImportKind.ENTERPRISES, a_table("企业", BAD)).errors
    assert error.value == "619999"
    assert "没有找到代码为619999的区域" in error.reason
    assert str(error).startswith("工作表“企业”第2行“区域代码”：")


def test_all_mistakes_of_a_row_are_told_at_once(bench: Bench) -> None:
    row = {**GOOD, "企业名称": "", "企业类型": "零售", "地址": Broken("=A1", "单元格是公式。")}
    result = bench.run(ImportKind.ENTERPRISES, a_table("企业", row))
    assert {(e.column, e.value) for e in result.errors} == {
        ("企业名称", ""),
        ("企业类型", "零售"),
        ("地址", "=A1"),
    }


def test_only_the_valid_rows_are_imported_when_asked_and_the_others_come_back(bench: Bench) -> None:
    result = bench.run(ImportKind.ENTERPRISES, a_table("企业", BAD, GOOD), valid_only=True)
    assert (result.imported, result.added, result.refused) == (True, 1, 1)
    (row,) = result.refused_rows
    assert (row.sheet, row.row, row.headers, row.cells) == ("企业", 2, tuple(BAD), tuple(BAD.values()))
    assert row.reason.startswith("区域代码：没有找到")


def test_twice_is_an_update_and_never_double(bench: Bench) -> None:
    table = a_table("企业", GOOD)
    assert bench.run(ImportKind.ENTERPRISES, table).added == 1
    before = bench.kept()
    again = bench.run(ImportKind.ENTERPRISES, table)
    assert (again.added, again.updated, again.unchanged) == (0, 0, 1)
    assert bench.kept() == before
    changed = bench.run(ImportKind.ENTERPRISES, a_table("企业", {**GOOD, "地址": "别处2号"}))
    assert (changed.added, changed.updated, changed.unchanged) == (0, 1, 0)
    assert len(bench.storage.landed.enterprises) == len(before["enterprises"])


def test_a_file_without_sheet_names_is_the_kinds_first_sheet(bench: Bench) -> None:
    assert bench.run(ImportKind.ENTERPRISES, a_table("", GOOD)).added == 1


def test_content_under_no_header_is_refused(bench: Bench) -> None:
    row = Row(2, (*GOOD.values(), "多余"))
    result = bench.run(ImportKind.ENTERPRISES, Table((Sheet("企业", tuple(GOOD), (row,)),)))
    assert reasons(result) == [("企业", 2, "第6列")]


def test_the_column_of_reasons_is_ignored_when_refused_rows_come_back_mended(bench: Bench) -> None:
    assert bench.run(ImportKind.ENTERPRISES, a_table("企业", {**GOOD, "原因": "区域代码：没有"})).added == 1


@pytest.mark.parametrize(
    ("kind", "role"),
    [
        (ImportKind.ENTERPRISES, Role.SYSTEM_ADMINISTRATOR),
        (ImportKind.DEPARTMENTS, Role.DEPARTMENT_HEAD),
        (ImportKind.PEOPLE, Role.DUTY_PERSON),
        (ImportKind.CERTIFICATES, Role.AUDIT_ADMINISTRATOR),
        (ImportKind.SHUTDOWN_PERIODS, Role.DUTY_PERSON),
    ],
)
def test_who_may_not_save_may_not_import(bench: Bench, kind: ImportKind, role: Role) -> None:
    with pytest.raises(Forbidden):
        bench.run(kind, Table(()), somebody(role, "610000", Level.PROVINCE))


def test_what_lies_out_of_scope_is_not_found(bench: Bench) -> None:
    xian = somebody(Role.INSPECTOR, "610100", Level.CITY)
    result = bench.run(ImportKind.ENTERPRISES, a_table("企业", GOOD), xian)
    assert reasons(result) == [("企业", 2, "区域代码")]
    theirs = bench.province.enterprises[0].credit_code.text
    taken = {**GOOD, "统一社会信用代码": theirs, "区域代码": "610115"}
    result = bench.run(ImportKind.ENTERPRISES, a_table("企业", taken), xian)
    assert reasons(result) == [("企业", 2, "统一社会信用代码")]


def test_every_change_is_in_the_audit_trail_without_personal_data(bench: Bench) -> None:
    before = set(bench.storage.landed.audit)
    bench.run(
        ImportKind.PEOPLE,
        a_table(
            "人员",
            {
                "姓名": "欧阳试",
                "手机号码": "16000999999",
                "角色": "企业主要负责人",
                "所属企业代码": bench.province.enterprises[0].credit_code.text,
            },
        ),
    )
    (entry,) = (row for id, row in bench.storage.landed.audit.items() if id not in before)
    assert entry.subject.startswith("Person:")
    assert "欧阳试" not in str(entry) and "16000999999" not in str(entry)


def test_results_do_not_show_personal_data_when_they_are_logged(bench: Bench) -> None:
    row = {"姓名": "欧阳试", "手机号码": "1600099999", "角色": "检查人员", "所属部门": "蒲城县应急管理局"}
    result = bench.run(ImportKind.PEOPLE, a_table("人员", row), valid_only=True)
    assert result.refused == 1
    assert "欧阳试" not in repr(result) and "1600099999" not in repr(result)


def test_progress_rises_to_the_total(bench: Bench) -> None:
    rows = [{**GOOD, "统一社会信用代码": a_code(n), "企业名称": f"企业{n}"} for n in range(500)]
    heard: list[tuple[int, int]] = []
    bench.run(
        ImportKind.ENTERPRISES,
        a_table("企业", *rows),
        progress=lambda done, total: heard.append((done, total)),
    )
    assert heard == [(200, 1000), (400, 1000), (600, 1000), (800, 1000), (1000, 1000), (1000, 1000)]
