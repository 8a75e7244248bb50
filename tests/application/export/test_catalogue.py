"""What is exported is the list: the same rows in the same order, for those who may see them, and nothing more."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from enum import Enum
from io import BytesIO
from typing import Any, Final, get_args, get_origin
from uuid import UUID

import pytest
from openpyxl import load_workbook

from yanbao.adapters.excel.writing.writer import ExcelWriter
from yanbao.application.export import listing
from yanbao.application.export.catalogue import ExportCatalogue
from yanbao.application.export.conditions import _FIELDS, _UNSAID
from yanbao.application.export.exchange import AuditFilter
from yanbao.application.export.exports import RequestExport
from yanbao.application.export.inspections import WeekFilter
from yanbao.application.export.selections import _types, filter_of, selection_of
from yanbao.application.export.statistics import AlertStatisticsFilter, ProblemStatisticsFilter
from yanbao.application.ports.alert import AlertFilter
from yanbao.application.ports.commitment import CommitmentFilter
from yanbao.application.ports.counts import AlertDimension, ProblemDimension
from yanbao.application.ports.directory import (
    CertificateFilter,
    DepartmentFilter,
    EnterpriseFilter,
    PersonFilter,
    ShutdownPeriodFilter,
)
from yanbao.application.ports.exchange import DutyFilter
from yanbao.application.ports.inbox import InboxMessageFilter, InboxRecordFilter
from yanbao.application.ports.inspection import InspectionFilter
from yanbao.application.ports.notice import SmsFilter
from yanbao.application.ports.paging import Page
from yanbao.application.ports.problem import ProblemFilter
from yanbao.application.ports.workbook import Book, Cell
from yanbao.application.statistics.commitments import CommitmentStatisticsQuery
from yanbao.application.statistics.inspections import InspectionStatisticsQuery
from yanbao.application.statistics.periods import Step
from yanbao.domain.directory.enterprise import EnterpriseKind
from yanbao.domain.directory.organisation import Level, Person, Role
from yanbao.domain.export.kind import ExportKind
from yanbao.domain.inspection.form import InspectionKind
from yanbao.domain.refusals import Forbidden, InvalidValue, NotFound
from yanbao.domain.values import RegionId

from ...support.builders import DAY, NOW, PUCHENG
from ...support.dates import FRIDAY
from ...support.world import (
    AUDIT_ADMIN,
    CITY_DUTY,
    DONGFENG,
    HEAD,
    LIMIN,
    LIMIN_HEAD,
    PROVINCE_DUTY,
    SYSTEM_ADMIN,
    World,
    a_world,
)

WHERE: Final[Mapping[ExportKind, Any]] = {
    ExportKind.COMMITMENTS: CommitmentFilter(DAY, DAY),
    ExportKind.INSPECTIONS: InspectionFilter(DAY, DAY),
    ExportKind.WEEKLY_FIGURES: WeekFilter(FRIDAY),
    ExportKind.PROBLEMS: ProblemFilter(),
    ExportKind.ALERTS: AlertFilter(),
    ExportKind.ENTERPRISES: EnterpriseFilter(),
    ExportKind.CERTIFICATES: CertificateFilter(),
    ExportKind.SHUTDOWN_PERIODS: ShutdownPeriodFilter(),
    ExportKind.DEPARTMENTS: DepartmentFilter(),
    ExportKind.PEOPLE: PersonFilter(),
    ExportKind.SMS_RECORDS: SmsFilter(),
    ExportKind.EXCHANGE_ENTRIES: DutyFilter(),
    ExportKind.INBOX_MESSAGES: InboxMessageFilter(),
    ExportKind.INBOX_RECORDS: InboxRecordFilter(),
    ExportKind.AUDIT_ENTRIES: AuditFilter(),
    ExportKind.COMMITMENT_STATISTICS: CommitmentStatisticsQuery(
        first_day=DAY, last_day=DAY, step=Step.DAY, level=Level.CITY
    ),
    ExportKind.INSPECTION_STATISTICS: InspectionStatisticsQuery(
        InspectionKind.SPOT_CHECK, DAY, DAY, step=Step.WEEK
    ),
    ExportKind.PROBLEM_STATISTICS: ProblemStatisticsFilter(
        DAY, DAY, by=ProblemDimension.REGION, step=Step.DAY
    ),
    ExportKind.ALERT_STATISTICS: AlertStatisticsFilter(DAY, DAY, by=AlertDimension.LEVEL, step=Step.MONTH),
}
"""A filter of each kind."""


@pytest.fixture(scope="module")
def world() -> World:
    world = a_world()
    world.submit(HEAD, DONGFENG)
    world.submit(LIMIN_HEAD, LIMIN)
    return world


def catalogue(world: World) -> ExportCatalogue:
    found = world.system.app.exports._catalogue
    assert isinstance(found, ExportCatalogue)
    return found


def book(world: World, kind: ExportKind, by: Person = PROVINCE_DUTY, where: Any = None) -> Book:
    what = catalogue(world)
    chosen = what.selection_of(kind, WHERE[kind] if where is None else where)
    return what.book(world.actor(by), kind, json.loads(json.dumps(chosen)), at=NOW)


def count(world: World, kind: ExportKind, by: Person = PROVINCE_DUTY, where: Any = None) -> int:
    what = catalogue(world)
    return what.count(world.actor(by), kind, what.selection_of(kind, WHERE[kind] if where is None else where))


def column(book: Book, title: str, group: str | None = None, sheet: int = 0) -> list[Cell]:
    chosen = book.sheets[sheet]
    places = [
        place
        for place, each in enumerate(chosen.columns)
        if each.title == title and group in (None, each.group)
    ]
    (place,) = places
    return [row[place] for row in chosen.rows]


def whoever(kind: ExportKind) -> Person:
    return AUDIT_ADMIN if kind is ExportKind.AUDIT_ENTRIES else PROVINCE_DUTY


# ---------------------------------------------------------------- every kind


@pytest.mark.parametrize("kind", ExportKind)
def test_every_kind_is_a_workbook_with_as_many_rows_as_were_counted(world: World, kind: ExportKind) -> None:
    by = whoever(kind)
    made = book(world, kind, by)
    file = BytesIO()
    told: list[int] = []
    ExcelWriter().write(made, file, told.append)
    assert told[-1] == count(world, kind, by)
    written = load_workbook(file)
    assert written.worksheets[0]["A1"].value.startswith(made.title)
    assert made.unit == "陕西省应急管理厅" or by is AUDIT_ADMIN


@pytest.mark.parametrize("kind", ExportKind)
def test_a_stored_filter_is_the_same_filter(kind: ExportKind) -> None:
    where = WHERE[kind]
    stored = json.loads(json.dumps(selection_of(where)))
    assert filter_of(type(where), stored) == where


@pytest.mark.parametrize("kind", ExportKind)
def test_every_condition_of_every_filter_has_a_name(kind: ExportKind) -> None:
    names = {field.name for field in fields(WHERE[kind])}
    assert names - _UNSAID <= set(_FIELDS)


@pytest.mark.parametrize("kind", ExportKind)
def test_every_field_of_every_filter_survives_storing(kind: ExportKind) -> None:
    where = WHERE[kind]
    full = type(where)(**{name: _sample(type_) for name, type_ in _types(type(where)).items()})
    stored = json.loads(json.dumps(selection_of(full)))
    assert filter_of(type(full), stored) == full
    assert len(stored) > len(fields(full)) - 4  # What differs from its default is stored.


def _sample(type_: Any) -> Any:
    if get_origin(type_) is tuple:
        return (_sample(get_args(type_)[0]),)
    if issubclass(type_, Enum):
        return list(type_)[-1]
    samples = {bool: True, int: 3, str: "文字", date: DAY, datetime: NOW, UUID: UUID(int=7)}
    return samples[type_]


@pytest.mark.parametrize("kind", ExportKind)
def test_what_a_role_may_not_read_it_does_not_export(world: World, kind: ExportKind) -> None:
    by = PROVINCE_DUTY if kind is ExportKind.AUDIT_ENTRIES else AUDIT_ADMIN
    with pytest.raises(Forbidden):
        book(world, kind, by)
    with pytest.raises(Forbidden):
        count(world, kind, by)


def test_a_filter_of_another_list_is_a_mistake_of_the_caller(world: World) -> None:
    with pytest.raises(TypeError):
        catalogue(world).selection_of(ExportKind.PROBLEMS, AlertFilter())


# ---------------------------------------------------------------- rows


def test_the_rows_are_those_of_the_list_in_its_order_however_many_pages(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PAGE_ROWS", 2)
    actor = world.actor(PROVINCE_DUTY)
    listed = world.system.app.commitments.page(actor, WHERE[ExportKind.COMMITMENTS], Page(100)).rows
    assert column(book(world, ExportKind.COMMITMENTS), "企业名称") == [row.enterprise_name for row in listed]
    assert len(listed) == 5


def test_nothing_is_read_before_the_first_row_is_pulled(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    readers = world.system.app.commitments._readers
    read = readers.commitments.page

    def page(where: Any, scope: Any, page: Page, order: Any) -> Any:
        asked.append(page.first)
        return read(where, scope, page, order)

    monkeypatch.setattr(readers.commitments, "page", page)
    made = book(world, ExportKind.COMMITMENTS)
    assert asked == [1]  # To find out whether the list refuses.
    rows = iter(made.sheets[0].rows)
    next(rows)
    assert asked == [1, listing.PAGE_ROWS]


def test_a_department_exports_its_own_region_only(world: World) -> None:
    names = column(book(world, ExportKind.ENTERPRISES, CITY_DUTY), "企业名称")
    assert set(names) == {"东风烟花厂", "红星花炮厂", "利民烟花公司"}
    with pytest.raises(NotFound):
        book(world, ExportKind.ENTERPRISES, CITY_DUTY, EnterpriseFilter(region_id=PUCHENG))


def test_a_filter_that_the_list_refuses_is_refused_before_any_row(world: World) -> None:
    with pytest.raises(InvalidValue):
        book(world, ExportKind.COMMITMENTS, where=CommitmentFilter(DAY, DAY.replace(year=DAY.year - 1)))


def test_a_row_says_what_the_list_says(world: World) -> None:
    made = book(world, ExportKind.COMMITMENTS, where=CommitmentFilter(DAY, DAY, enterprise_id=DONGFENG.id))
    (row,) = made.sheets[0].rows
    said = dict(zip(((each.group, each.title) for each in made.sheets[0].columns), row, strict=True))
    assert said[("", "企业名称")] == "东风烟花厂"
    assert (said[("所在区域", "市")], said[("所在区域", "县（区）")]) == ("西安市", "临潼区")
    assert said[("上报情况", "状态")] == "已上报"
    assert said[("承诺内容", "生产状态")] == "在产"
    assert said[("承诺内容", "承诺人")] == "李永红"
    assert isinstance(said[("上报情况", "上报时间")], datetime)


# ---------------------------------------------------------------- phones


def test_phones_are_masked_as_in_the_api(world: World) -> None:
    made = book(world, ExportKind.PEOPLE)
    phones = dict(zip(column(made, "姓名"), column(book(world, ExportKind.PEOPLE), "手机号码"), strict=True))
    own = phones.pop(PROVINCE_DUTY.name)
    assert own == PROVINCE_DUTY.phone.text
    assert all("****" in str(phone) for phone in phones.values())
    duty = [each for each in column(book(world, ExportKind.COMMITMENTS), "带班电话") if each is not None]
    assert duty and all("****" in str(phone) for phone in duty)
    assert all("****" in str(phone) for phone in column(book(world, ExportKind.SMS_RECORDS), "手机号码"))


def test_what_is_nobodys_business_is_in_no_workbook_of_an_administrator(world: World) -> None:
    assert {Role.SYSTEM_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR} == {SYSTEM_ADMIN.role, AUDIT_ADMIN.role}
    with pytest.raises(Forbidden):
        book(world, ExportKind.ENTERPRISES, SYSTEM_ADMIN)


@pytest.mark.parametrize("kind", [kind for kind in ExportKind if kind is not ExportKind.AUDIT_ENTRIES])
def test_an_operator_exports_the_whole_province(world: World, kind: ExportKind) -> None:
    exports, file = world.system.app.operator_exports, BytesIO()
    written = exports.write(
        RequestExport(kind, WHERE[kind]), file, operator="operator", progress=lambda rows: None
    )
    assert written.rows == count(world, kind)


# ---------------------------------------------------------------- what stands above the table


def test_the_workbook_says_for_whom_when_and_under_which_conditions(world: World) -> None:
    where = CommitmentFilter(
        DAY, DAY, region_id=RegionId("610100"), kinds=(EnterpriseKind.PRODUCTION,), late=False, text="厂"
    )
    made = book(world, ExportKind.COMMITMENTS, CITY_DUTY, where)
    assert (made.title, made.unit, made.prepared_by) == ("安全承诺", "西安市应急管理局", CITY_DUTY.name)
    assert made.period == f"{DAY}"
    assert made.conditions == "区域：西安市；类型：生产企业；逾期上报：否；文字：厂"


def test_without_days_the_period_is_the_moment_of_the_export(world: World) -> None:
    made = book(world, ExportKind.ENTERPRISES)
    assert made.period.startswith("截至")
    assert made.conditions == "在册、在岗：是"


# ---------------------------------------------------------------- statistics


def test_commitments_are_compared_by_region_and_followed_over_time(world: World) -> None:
    made = book(world, ExportKind.COMMITMENT_STATISTICS)
    assert [sheet.title for sheet in made.sheets] == ["按区域", "按日", "各区域各期按时上报率", "数字的含义"]
    by_region, by_day, rates, _ = made.sheets
    assert by_region.totals is not None and by_day.totals is not None
    expected = [each.title for each in by_region.columns].index("应报")
    assert sum(int(str(row[expected])) for row in by_region.rows) == by_region.totals[expected] == 5
    assert {chart.kind.name for chart in (*by_region.charts, *by_day.charts)} == {"COLUMN", "BAR", "LINE"}
    assert [row[0] for row in rates.rows] == [row[0] for row in by_region.rows]


def test_without_regions_and_periods_there_is_one_line(world: World) -> None:
    made = book(world, ExportKind.COMMITMENT_STATISTICS, where=CommitmentStatisticsQuery())
    assert [sheet.title for sheet in made.sheets] == ["合计", "数字的含义"]
    assert len(list(made.sheets[0].rows)) == 1


@pytest.mark.parametrize(
    ("kind", "titles"),
    [
        (ExportKind.INSPECTION_STATISTICS, ["抽查按区域", "按周", "数字的含义"]),
        (ExportKind.PROBLEM_STATISTICS, ["按区域", "按日", "数字的含义"]),
        (ExportKind.ALERT_STATISTICS, ["按等级", "按月", "数字的含义"]),
    ],
)
def test_statistics_have_a_sheet_for_each_division_and_one_that_explains(
    world: World, kind: ExportKind, titles: list[str]
) -> None:
    made = book(world, kind)
    assert [sheet.title for sheet in made.sheets] == titles
    for sheet in made.sheets[:-1]:
        assert sheet.totals is not None and len(sheet.totals) == len(sheet.columns)
        assert all(0 <= place < len(sheet.columns) for chart in sheet.charts for place in chart.series)


A4_LANDSCAPE: Final = (297 - 2 * 0.4 * 25.4) / 25.4 * 72
"""The points between the margins of a printed page."""


@pytest.mark.parametrize("kind", ExportKind)
def test_a_printed_list_is_at_least_60_percent_of_its_size(world: World, kind: ExportKind) -> None:
    """All columns are on one page: at half size nobody can read ten points."""
    for sheet in book(world, kind, whoever(kind)).sheets:
        pixels = sum(7 * column.width + 5 for column in sheet.columns)
        assert A4_LANDSCAPE / (pixels * 0.75) >= 0.6
