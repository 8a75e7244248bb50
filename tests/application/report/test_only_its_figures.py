"""A document says only what its figures say: every number in its text is one of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yanbao.application.ports.report import Document, Heading, Note, Paragraph, Table
from yanbao.application.report.documents import document_of, summary_of
from yanbao.domain.deadlines import due_text
from yanbao.domain.report.figures import (
    AlertFigures,
    AlertSection,
    CommitmentFigures,
    DailyReportFigures,
    FeedbackFigures,
    InspectionFigures,
    InspectionSection,
    LateEnterprise,
    MonthlyReportFigures,
    OverdueAlert,
    OverdueProblem,
    SilentDays,
    SilentEnterprise,
    WeeklyReportFigures,
    percent,
)
from yanbao.domain.report.report import ReportKind
from yanbao.domain.values import SHANGHAI

from ...support.written_reports import a_report, daily, monthly, weekly

NUMBER = re.compile(r"\d+(?:\.\d+)?")
PRAISE = re.compile("良好|较好|优秀|平稳|显著|明显|不力|严重滞后|总体|有效|扎实|稳步")


def lines(document: Document) -> Iterator[str]:
    """Every text of the document that is not a page number."""
    yield from document.title
    yield document.addressee
    yield document.signed_by
    yield f"{document.signed_on:%Y-%m-%d}"
    for block in document.blocks:
        match block:
            case Heading(text) | Paragraph(text) | Note(text):
                yield text
            case Table():
                yield block.caption
                yield from (column.title for column in block.columns)
                yield from (cell for row in block.rows for cell in row)
                yield from block.total or ()


def numbers(texts: Iterator[str]) -> set[float]:
    return {float(found) for text in texts for found in NUMBER.findall(text)}


def told(value: Any) -> Iterator[str]:
    """Every figure as text; an instant as the clock in Shanghai shows it."""
    match value:
        case None:
            return
        case datetime():
            yield f"{value.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
            yield due_text(value, value)
        case date():
            yield f"{value:%Y-%m-%d}"
        case tuple():
            for one in value:
                yield from told(one)
        case _ if is_dataclass(value):
            for entry in fields(value):
                yield from told(getattr(value, entry.name))
        case _:
            yield str(value)


counts = st.integers(0, 99_999)
maybe = st.none() | counts
rates = st.none() | st.tuples(counts, st.integers(1, 99_999)).map(lambda pair: percent(*pair))
names = st.sampled_from(("西安市", "杨凌示范区", "东风第3花炮厂", "7号库批发公司", "（2）分公司"))
days = st.dates(date(2020, 1, 1), date(2035, 12, 31))
instants = st.integers(0, 8_000_000).map(
    lambda minutes: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


def lists(line: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(line, max_size=3).map(tuple)


def figures_of(kind: type, **of_fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Fields named like their strategies; all others are counts."""
    given_ = {
        "name": names,
        "region": names,
        "rate": rates,
        "on_time_rate": rates,
        "place": maybe,
        "kind": names,
    }
    return st.builds(
        kind, **{each.name: of_fields.get(each.name, given_.get(each.name, counts)) for each in fields(kind)}
    )


commitments = figures_of(CommitmentFigures)
inspections = figures_of(InspectionFigures, automatic=maybe, rectified_on_site=maybe, withdrawn=maybe)
feedback = figures_of(FeedbackFigures)
overdue = figures_of(
    OverdueProblem,
    **dict.fromkeys(("addressee", "category", "severity", "description"), names),
    issued_on=days,
)
sections = figures_of(
    InspectionSection,
    since=instants,
    until=instants,
    patrols=inspections,
    patrol_parts=lists(inspections),
    spot_checks=inspections,
    spot_check_parts=lists(inspections),
    feedback=feedback,
    feedback_parts=lists(feedback),
    overdue=lists(overdue),
)
alerts = figures_of(AlertFigures)
alert_sections = figures_of(
    AlertSection,
    since=instants,
    until=instants,
    whole=alerts,
    levels=lists(alerts),
    kinds=lists(alerts),
    parts=lists(alerts),
    overdue=lists(
        figures_of(
            OverdueAlert, **dict.fromkeys(("enterprise", "level", "description"), names), opened_on=days
        )
    ),
)
of_a_day = figures_of(
    DailyReportFigures,
    day=days,
    as_of=instants,
    whole=commitments,
    kinds=lists(commitments),
    parts=lists(commitments),
    silent=lists(figures_of(SilentEnterprise, due_at=instants)),
    late=lists(figures_of(LateEnterprise, due_at=instants, reported_at=instants)),
)
of_a_week = figures_of(WeeklyReportFigures, closes_on=days, inspections=sections)
of_a_month = figures_of(
    MonthlyReportFigures,
    first_day=days,
    last_day=days,
    whole=commitments,
    kinds=lists(commitments),
    parts=lists(commitments),
    silent=lists(figures_of(SilentDays)),
    inspections=sections,
    alerts=st.none() | alert_sections,
)


@given(st.one_of(of_a_day, of_a_week, of_a_month))
def test_every_number_in_the_text_is_one_of_the_figures(figures: Any) -> None:
    kind = {
        DailyReportFigures: ReportKind.DAILY,
        WeeklyReportFigures: ReportKind.WEEKLY,
        MonthlyReportFigures: ReportKind.MONTHLY,
    }[type(figures)]
    report = replace(a_report(kind), figures=figures)
    known = numbers(told(figures)) | numbers(told((report.as_of, report.department_name)))
    # A list that was cut says how many of it are shown: those that are there.
    known |= {float(len(shown)) for shown in shown_lists(figures)}
    assert numbers(lines(document_of(report))) - known == set()
    assert numbers(iter([summary_of(report)])) - known == set()


def shown_lists(figures: Any) -> Iterator[tuple[Any, ...]]:
    for holder in (figures, getattr(figures, "inspections", None), getattr(figures, "alerts", None)):
        yield from (getattr(holder, name) for name in ("silent", "late", "overdue") if hasattr(holder, name))


@pytest.mark.parametrize("figures", [daily(), weekly(), monthly()])
def test_nothing_is_praised_or_blamed_without_a_rule(figures: Any) -> None:
    kind = {DailyReportFigures: ReportKind.DAILY, WeeklyReportFigures: ReportKind.WEEKLY}.get(
        type(figures), ReportKind.MONTHLY
    )
    assert [text for text in lines(document_of(a_report(kind, figures=figures))) if PRAISE.search(text)] == []


@pytest.mark.parametrize("kind", ReportKind)
def test_the_same_figures_give_the_same_document(kind: ReportKind) -> None:
    assert document_of(a_report(kind)) == document_of(a_report(kind))


def test_a_day_on_which_nothing_was_owed_has_one_sentence() -> None:
    empty = replace(daily(), whole=replace(daily().whole, expected=0), kinds=(), parts=(), silent=(), late=())
    document = document_of(a_report(ReportKind.DAILY, figures=empty))
    assert document.blocks == [Paragraph("截至11月24日12:30，全省当日没有应报安全承诺的烟花爆竹企业。")]


def test_a_list_that_is_cut_says_how_many_there_are_and_how_many_are_shown() -> None:
    figures = daily()
    cut = replace(figures, silent=figures.silent[:5])
    texts = list(lines(document_of(a_report(ReportKind.DAILY, figures=cut))))
    assert "截至11月24日12:30，未上报的企业66家，下表列出前5家，其余请在系统中查看。" in texts


def test_figures_that_a_former_release_did_not_count_are_left_out_and_never_0() -> None:
    section = weekly().inspections
    former = replace(section.patrols, automatic=None, rectified_on_site=None, withdrawn=None)
    figures = replace(weekly(), inspections=replace(section, patrols=former, patrol_parts=(former,)))
    document = document_of(a_report(ReportKind.WEEKLY, figures=figures))
    texts = list(lines(document))
    assert "人工巡查区域102个，其中有问题的48个，下发问题102个。" in texts
    table = next(block for block in document.blocks if isinstance(block, Table))
    assert table.rows[0][2] == table.rows[0][6] == "—"


def test_the_months_alerts_are_in_the_opening_and_in_a_chapter_of_their_own() -> None:
    section = monthly().alerts
    assert section is not None
    document = document_of(a_report(ReportKind.MONTHLY))
    opening, texts = document.blocks[0], list(lines(document))
    assert isinstance(opening, Paragraph)
    whole = section.whole
    assert f"期内新增预警{whole.opened}个，期末已办结{whole.closed}个" in opening.text
    assert "五、预警处置情况" in texts
    tables = {block.caption: block for block in document.blocks if isinstance(block, Table)}
    assert list(tables)[-4:] == [
        "各市（区）预警处置情况",
        "各等级预警处置情况",
        "各类预警处置情况",
        "逾期未反馈预警清单",
    ]
    assert tables["各市（区）预警处置情况"].rows[0][:4] == ["1", "西安市", "26", "6"]


def test_figures_frozen_without_alerts_say_nothing_of_them() -> None:
    document = document_of(a_report(ReportKind.MONTHLY, figures=replace(monthly(), alerts=None)))
    assert [text for text in lines(document) if "预警" in text] == []
    assert "问题整改情况" in [b.text for b in document.blocks if isinstance(b, Heading)][-3]


def test_a_month_without_alerts_has_no_tables_of_zeros() -> None:
    section = monthly().alerts
    assert section is not None
    nothing = replace(
        section,
        whole=replace(section.whole, opened=0),
        earlier_open=0,
        earlier_overdue=0,
        overdue_count=0,
        overdue=(),
    )
    document = document_of(a_report(ReportKind.MONTHLY, figures=replace(monthly(), alerts=nothing)))
    assert list(document.blocks[-4:]) == [
        Heading("五、预警处置情况"),
        Paragraph("期内没有新增预警。截至11月30日24:00，此前报警的预警没有未办结的。"),
        Heading("（一）逾期未反馈的预警", 2),
        Paragraph("截至11月30日24:00，没有逾期未反馈的预警。"),
    ]


def test_a_list_names_the_years_where_one_is_another_one() -> None:
    section = monthly().alerts
    assert section is not None
    one = replace(section.overdue[0], opened_on=date(2025, 11, 3))
    old = replace(section, overdue=(one, replace(one, opened_on=date(2026, 11, 3))))
    document = document_of(a_report(ReportKind.MONTHLY, figures=replace(monthly(), alerts=old)))
    table = document.blocks[-2]
    assert isinstance(table, Table)
    assert [row[-1] for row in table.rows] == ["2025-11-03", "2026-11-03"]


@pytest.mark.parametrize("kind", ReportKind)
def test_no_document_ends_with_a_table(kind: ReportKind) -> None:
    """Or the signature could stand on a page of its own."""
    assert document_of(a_report(kind)).blocks[-1] == Paragraph("特此通报。")
