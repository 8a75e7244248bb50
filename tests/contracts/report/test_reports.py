"""Written reports on every storage: frozen once, listed when their document is there, seen within the scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from yanbao.application.access import EVERYTHING, NOTHING, SYSTEM, Scope
from yanbao.application.ports.paging import Page
from yanbao.application.ports.readers import Readers
from yanbao.application.ports.report import RegionReportFilter, RegionReportOrder
from yanbao.application.ports.work import Storage
from yanbao.domain.refusals import NotFound
from yanbao.domain.report.report import RegionReport, ReportFile, ReportKind, report_id
from yanbao.domain.values import DepartmentId, RegionId

from ...support.builders import LINTONG, NOW, PROVINCE, WEINAN, XIAN, an_id
from ...support.written_reports import DAY, a_report

FILE = ReportFile(41_000, "ab" * 32, NOW)
ALL = RegionReportFilter()


def freeze(storage: Storage, *reports: RegionReport, file: ReportFile | None = FILE) -> list[RegionReport]:
    with storage.work(SYSTEM) as work:
        stored = [work.region_reports.freeze(report) for report in reports]
        for report in reports:
            if file is not None:
                work.region_reports.keep_file(report.id, file)
        work.commit()
    return stored


def find(storage: Storage, report: RegionReport) -> RegionReport | None:
    with storage.work(SYSTEM) as work:
        return work.region_reports.find(report.id)


@pytest.mark.parametrize("kind", ReportKind)
def test_what_was_frozen_comes_back_with_every_figure(storage: Storage, kind: ReportKind) -> None:
    report = a_report(kind)
    assert find(storage, report) is None
    assert freeze(storage, report, file=None) == [report]
    assert find(storage, report) == report


def test_the_first_figures_stay(storage: Storage) -> None:
    report = a_report()
    freeze(storage, report, file=None)
    figures = replace(report.figures, silent=())
    assert freeze(storage, replace(report, figures=figures), file=None) == [report]


def test_a_document_is_stored_once(storage: Storage) -> None:
    report = a_report()
    with storage.work(SYSTEM) as work:
        assert not work.region_reports.keep_file(report.id, FILE), "there is no such report"
        work.region_reports.freeze(report)
        assert work.region_reports.keep_file(report.id, FILE)
        assert not work.region_reports.keep_file(report.id, replace(FILE, size=1))
        work.commit()
    assert find(storage, report) == replace(report, file=FILE)


def test_what_is_rolled_back_was_never_frozen(storage: Storage) -> None:
    with storage.work(SYSTEM) as work:
        work.region_reports.freeze(a_report())
    assert find(storage, a_report()) is None


@pytest.mark.parametrize(
    "changes", [{"region_id": RegionId("999999")}, {"department_id": DepartmentId(an_id("nobody"))}]
)
def test_region_and_department_must_exist(storage: Storage, changes: dict[str, object]) -> None:
    with pytest.raises(NotFound):
        freeze(storage, replace(a_report(), **changes))  # type: ignore[arg-type]


# ---------------------------------------------------------------- lists

SOME = [
    a_report(region=region, name=name, last_day=DAY - timedelta(days=days))
    for days in range(3)
    for region, name in ((PROVINCE, "陕西省"), (XIAN, "西安市"), (WEINAN, "渭南市"))
] + [a_report(ReportKind.WEEKLY), a_report(ReportKind.MONTHLY)]


@pytest.fixture
def listed(storage: Storage, readers: Readers) -> Readers:
    freeze(storage, *SOME)
    freeze(storage, a_report(last_day=DAY - timedelta(days=9)), file=None)
    return readers


def keys(reports: Sequence[object]) -> list[tuple[object, ...]]:
    return [(r.last_day, r.region_id, r.kind) for r in reports]  # type: ignore[attr-defined]


def walk(readers: Readers, scope: Scope, where: RegionReportFilter, order: RegionReportOrder) -> list[object]:
    found: list[object] = []
    page = Page(2)
    while True:
        part = readers.region_reports.page(where, scope, page, order)
        found += part.rows
        if not part.has_next:
            return found
        page = Page(2, part.keys[-1])


@pytest.mark.parametrize("order", RegionReportOrder)
def test_pages_go_through_all_by_day_and_region(listed: Readers, order: RegionReportOrder) -> None:
    found = walk(listed, EVERYTHING, ALL, order)
    days = [row.last_day for row in found]  # type: ignore[attr-defined]
    assert days == sorted(days, reverse=order is RegionReportOrder.NEWEST)
    assert sorted(map(str, keys(found))) == sorted(map(str, keys(SOME)))
    for day in set(days):
        regions = [row.region_id for row in found if row.last_day == day]  # type: ignore[attr-defined]
        assert regions == sorted(regions)
    assert listed.region_reports.count(ALL, EVERYTHING) == len(SOME)


def test_a_row_says_what_the_report_is(listed: Readers) -> None:
    report = SOME[1]
    row = listed.region_reports.reports([report.id], EVERYTHING)[report.id]
    assert (row.title, row.kind, row.region_id, row.department_name) == (
        "西安市烟花爆竹安全承诺日报（2026年11月24日）",
        ReportKind.DAILY,
        XIAN,
        report.department_name,
    )
    assert (row.as_of, row.made_at, row.size, row.sha256) == (report.as_of, NOW, FILE.size, FILE.sha256)


@pytest.mark.parametrize(
    ("scope", "regions"),
    [
        (Scope(regions=frozenset({PROVINCE})), {PROVINCE, XIAN, WEINAN}),
        (Scope(regions=frozenset({XIAN})), {XIAN}),
        (Scope(regions=frozenset({LINTONG})), set()),
        (NOTHING, set()),
    ],
)
def test_only_reports_of_the_scope_are_seen(listed: Readers, scope: Scope, regions: set[RegionId]) -> None:
    found = walk(listed, scope, ALL, RegionReportOrder.NEWEST)
    assert {row.region_id for row in found} == regions  # type: ignore[attr-defined]
    assert listed.region_reports.count(ALL, scope) == len(found)
    ids = [report.id for report in SOME]
    assert {row.region_id for row in listed.region_reports.reports(ids, scope).values()} == regions


def test_lists_are_of_one_kind_or_region_as_asked(listed: Readers) -> None:
    for where, number in (
        (RegionReportFilter(ReportKind.WEEKLY), 1),
        (RegionReportFilter(ReportKind.DAILY), 9),
        (RegionReportFilter(region_id=PROVINCE), 5),
        (RegionReportFilter(ReportKind.DAILY, PROVINCE), 3),
    ):
        assert listed.region_reports.count(where, EVERYTHING) == number
        assert len(walk(listed, EVERYTHING, where, RegionReportOrder.OLDEST)) == number


def test_one_without_its_document_is_not_listed(listed: Readers) -> None:
    unmade = report_id(ReportKind.DAILY, DAY - timedelta(days=9), PROVINCE)
    assert listed.region_reports.reports([unmade], EVERYTHING) == {}
