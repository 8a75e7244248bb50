"""Renders the frozen figures of a written report as a document: the same figures always give the same text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ...domain.report.figures import (
    CommitmentFigures,
    DailyReportFigures,
    LateEnterprise,
    MonthlyReportFigures,
    SilentDays,
    SilentEnterprise,
    WeeklyReportFigures,
)
from ...domain.report.report import RegionReport
from ..ports.report import Block, Document, Heading, Note, Paragraph, Table
from .alert_tables import alert_chapter, alert_summary
from .tables import (
    RATES_EXPLAINED,
    column,
    inspection_sections,
    inspection_summary,
    kinds,
    listed,
    number,
    ranking,
)
from .words import NUMERALS, addressee, clock, long_day, moment, month, part_word, whole_of

CLOSING: Final = "特此通报。"
"""The last words of a document that ends with a table: a signature needs text above it on its page."""


def document_of(report: RegionReport) -> Document:
    """The whole document, from the title to the date."""
    match report.figures:
        case DailyReportFigures() as figures:
            title, blocks, parts = _daily_title(report, figures), _daily(report, figures), len(figures.parts)
        case WeeklyReportFigures() as figures:
            title, blocks = _weekly_title(report), _weekly(report, figures)
            parts = len(figures.inspections.patrol_parts)
        case MonthlyReportFigures() as figures:
            title, blocks, parts = (
                _monthly_title(report, figures),
                _monthly(report, figures),
                len(figures.parts),
            )
    return Document(
        title=title,
        addressee=addressee(report.region_name, range(parts)),
        blocks=[*blocks, Paragraph(CLOSING)] if isinstance(blocks[-1], Table) else blocks,
        signed_by=report.department_name,
        signed_on=report.signed_on,
        made_at=report.frozen_at,
    )


def summary_of(report: RegionReport) -> str:
    """The figures in a sentence or two: how the document begins, and what heads are told."""
    whole = whole_of(report.region_name)
    match report.figures:
        case DailyReportFigures() as figures:
            return _daily_summary(figures, whole)
        case WeeklyReportFigures() as figures:
            return inspection_summary(figures.inspections, whole)
        case MonthlyReportFigures() as figures:
            return _monthly_summary(figures, whole)


# ---------------------------------------------------------------- 日报


def _daily_title(report: RegionReport, figures: DailyReportFigures) -> Sequence[str]:
    return (
        f"关于{long_day(figures.day)}{whole_of(report.region_name)}",
        "烟花爆竹企业安全承诺情况的通报",
    )


def _daily_summary(figures: DailyReportFigures, whole: str) -> str:
    line = figures.whole
    if line.expected == 0:
        return f"截至{moment(figures.as_of)}，{whole}当日没有应报安全承诺的烟花爆竹企业。"
    return (
        f"截至{moment(figures.as_of)}，{whole}应报安全承诺的烟花爆竹企业{line.expected}家，"
        f"已上报{line.reported}家，上报率{line.rate}%；其中按时上报{line.on_time}家，按时率{line.on_time_rate}%，"
        f"逾期上报{line.late}家；未上报{line.unreported}家。{_standing(line, '企业', '家')}"
    )


def _standing(line: CommitmentFigures, what: str, unit: str) -> str:
    """How many are in production and stopped, of those that have reported."""
    if line.reported == 0:
        return ""
    stopped = f"停产{line.stopped}{unit}"
    if line.automatic:
        stopped += f"（停产期内由系统自动上报{line.automatic}{unit}）"
    return f"已上报的{what}中，在产{line.in_production}{unit}，{stopped}。"


def _daily(report: RegionReport, figures: DailyReportFigures) -> list[Block]:
    whole = whole_of(report.region_name)
    opening = Paragraph(_daily_summary(figures, whole))
    if figures.whole.expected == 0:
        return [opening]
    word = part_word(report.region_name)
    return [
        Paragraph(f"{opening.text}现将有关情况通报如下："),
        Heading("一、上报情况"),
        *_ranked(report, figures.parts, figures.whole, f"各{word}安全承诺上报情况"),
        Heading("（二）企业类型" if figures.parts else "（一）企业类型", 2),
        kinds("各类企业安全承诺上报情况", figures.kinds, figures.whole),
        Heading("二、未上报企业"),
        *_silent(figures),
        Heading("三、逾期上报企业"),
        *_late(figures),
    ]


def _ranked(
    report: RegionReport, parts: Sequence[CommitmentFigures], whole: CommitmentFigures, caption: str
) -> list[Block]:
    if not parts:
        return []
    return [
        Heading("（一）按时率排名", 2),
        ranking(caption, report.region_name, parts, whole),
        Note(RATES_EXPLAINED),
    ]


def _silent(figures: DailyReportFigures) -> list[Block]:
    unreported = figures.whole.unreported
    if unreported == 0:
        return [Paragraph(f"截至{moment(figures.as_of)}，应报企业均已上报。")]
    sentence = f"截至{moment(figures.as_of)}，未上报的企业{unreported}家"
    columns = [
        column("序号"),
        column("企业名称", 110, left=True),
        column("所在地", 46),
        column("企业类型", 32),
        column("上报时限", 30),
    ]
    return [
        Paragraph(sentence + listed(unreported, len(figures.silent), "家")),
        Table("未上报企业名单", columns, [_silent_row(one) for one in figures.silent]),
    ]


def _silent_row(one: SilentEnterprise) -> list[str]:
    return [number(one.number), one.name, one.region, one.kind, clock(one.due_at)]


def _late(figures: DailyReportFigures) -> list[Block]:
    late = figures.whole.late
    if late == 0:
        return [Paragraph(f"截至{moment(figures.as_of)}，没有逾期上报的企业。")]
    sentence = f"截至{moment(figures.as_of)}，逾期上报的企业{late}家"
    columns = [
        column("序号"),
        column("企业名称", 110, left=True),
        column("所在地", 46),
        column("上报时限", 30),
        column("上报时间", 30),
        column("逾期（分钟）", 40),
    ]
    return [
        Paragraph(sentence + listed(late, len(figures.late), "家")),
        Table("逾期上报企业名单", columns, [_late_row(one) for one in figures.late]),
    ]


def _late_row(one: LateEnterprise) -> list[str]:
    times = (clock(one.due_at), clock(one.reported_at))
    return [number(one.number), one.name, one.region, *times, number(one.minutes)]


# ---------------------------------------------------------------- 周报


def _weekly_title(report: RegionReport) -> Sequence[str]:
    return (f"关于{whole_of(report.region_name)}烟花爆竹安全生产", "一周巡查抽查情况的通报")


def _weekly(report: RegionReport, figures: WeeklyReportFigures) -> list[Block]:
    summary = inspection_summary(figures.inspections, whole_of(report.region_name))
    return [
        Paragraph(f"{summary}现将有关情况通报如下："),
        *inspection_sections(figures.inspections, report.region_name, iter(NUMERALS)),
    ]


# ---------------------------------------------------------------- 月报


def _monthly_title(report: RegionReport, figures: MonthlyReportFigures) -> Sequence[str]:
    return (
        f"关于{month(figures.first_day)}{whole_of(report.region_name)}",
        "烟花爆竹安全生产情况的通报",
    )


def _monthly_summary(figures: MonthlyReportFigures, whole: str) -> str:
    line = figures.whole
    if line.expected == 0:
        return f"{month(figures.first_day)}，{whole}没有应报的安全承诺。"
    return (
        f"{month(figures.first_day)}（共{figures.days}天），{whole}烟花爆竹企业应报安全承诺{line.expected}次，"
        f"已上报{line.reported}次，上报率{line.rate}%；其中按时上报{line.on_time}次，按时率{line.on_time_rate}%，"
        f"逾期上报{line.late}次；未上报{line.unreported}次。"
    )


def _monthly(report: RegionReport, figures: MonthlyReportFigures) -> list[Block]:
    whole, numerals = whole_of(report.region_name), iter(NUMERALS)
    summary = _monthly_summary(figures, whole)
    alerts = figures.alerts
    summary += inspection_summary(figures.inspections, whole)
    summary += "" if alerts is None else alert_summary(alerts)
    blocks: list[Block] = [Paragraph(f"{summary}现将有关情况通报如下：")]
    if figures.whole.expected:
        word = part_word(report.region_name)
        blocks += [
            Heading(f"{next(numerals)}、安全承诺情况"),
            Paragraph(_standing(figures.whole, "承诺", "次") or "没有企业上报。"),
            *_ranked(report, figures.parts, figures.whole, f"各{word}安全承诺上报情况（次）"),
            Heading("（二）企业类型" if figures.parts else "（一）企业类型", 2),
            kinds("各类企业安全承诺上报情况（次）", figures.kinds, figures.whole),
            Heading("（三）未上报天数" if figures.parts else "（二）未上报天数", 2),
            *_silent_days(figures),
        ]
    blocks += inspection_sections(figures.inspections, report.region_name, numerals)
    if alerts is not None:
        blocks += alert_chapter(alerts, report.region_name, next(numerals))
    return blocks


def _silent_days(figures: MonthlyReportFigures) -> list[Block]:
    if figures.silent_count == 0:
        return [Paragraph("应报的安全承诺均已上报。")]
    sentence = f"有未上报的企业{figures.silent_count}家，按未上报天数由多到少排列"
    columns = [
        column("序号"),
        column("企业名称", 110, left=True),
        column("所在地", 46),
        column("企业类型", 32),
        column("未上报（天）", 40),
    ]
    return [
        Paragraph(sentence + listed(figures.silent_count, len(figures.silent), "家")),
        Table("未上报企业清单", columns, [_silent_days_row(one) for one in figures.silent]),
    ]


def _silent_days_row(one: SilentDays) -> list[str]:
    return [number(one.number), one.name, one.region, one.kind, number(one.days)]
