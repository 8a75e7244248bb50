"""The chapter on alerts in the documents of monthly reports; it says only what its figures say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from ...domain.report.figures import AlertFigures, AlertSection, OverdueAlert
from ..ports.report import Block, Heading, Note, Paragraph, Table
from .tables import column, listed, number
from .words import NUMERALS, count, days_of_list, moment, part_word, rate

EXPLAINED: Final = (
    "注：表内为期内报警的预警在期末的情况，预警等于已办结、已解除、未办结之和，等级为期末的等级；"
    "反馈率为已反馈占已反馈与未反馈之和的百分比；名次按反馈率由高到低，反馈率相同的名次并列。"
)
_COUNTS: Final[Sequence[tuple[str, Callable[[AlertFigures], str]]]] = (
    ("预警", lambda line: number(line.opened)),
    ("已办结", lambda line: number(line.closed)),
    ("已解除", lambda line: number(line.ended)),
    ("未办结", lambda line: number(line.still_open)),
    ("已反馈", lambda line: number(line.fed_back)),
    ("未反馈", lambda line: number(line.unfed_back)),
    ("逾期", lambda line: number(line.overdue)),
    ("反馈率", lambda line: rate(line.rate)),
)


def alert_summary(section: AlertSection) -> str:
    """One sentence on the alerts of the period, for the opening, which has named the period."""
    line = section.whole
    sentence = (
        f"期内新增预警{line.opened}个，期末已办结{line.closed}个，已解除{line.ended}个，"
        f"未办结{line.still_open}个；期末未反馈{line.unfed_back}个，其中逾期{line.overdue}个"
    )
    return sentence + ("。" if line.rate is None else f"，反馈率{line.rate}%。")


def alert_chapter(section: AlertSection, region_name: str, numeral: str) -> list[Block]:
    """By region with the ranking, by level, by kind, and the overdue ones by name."""
    line, numerals = section.whole, iter(NUMERALS)
    blocks: list[Block] = [Heading(f"{numeral}、预警处置情况"), Paragraph(_opening(section))]
    if line.opened:
        if section.parts:
            columns = [column("名次", 18), column(part_word(region_name), 42)]
            blocks += [
                Heading(f"（{next(numerals)}）反馈率排名", 2),
                Table(
                    f"各{part_word(region_name)}预警处置情况",
                    [*columns, *(column(title, _width(title)) for title, _ in _COUNTS)],
                    [[count(part.place), part.name, *_cells(part)] for part in section.parts],
                    ["", "合计", *_cells(line)],
                ),
                Note(EXPLAINED),
            ]
        blocks += [
            Heading(f"（{next(numerals)}）预警等级", 2),
            _by("各等级预警处置情况", "预警等级", section.levels, line),
            Heading(f"（{next(numerals)}）预警类别", 2),
            _by("各类预警处置情况", "预警类别", section.kinds, line),
        ]
    return [*blocks, Heading(f"（{next(numerals)}）逾期未反馈的预警", 2), *_overdue(section)]


def _opening(section: AlertSection) -> str:
    line, until = section.whole, moment(section.until)
    if section.earlier_open:
        earlier = f"截至{until}，此前报警、尚未办结的预警另有{section.earlier_open}个，其中逾期{section.earlier_overdue}个。"
    else:
        earlier = f"截至{until}，此前报警的预警没有未办结的。"
    if line.opened == 0:
        return f"期内没有新增预警。{earlier}"
    kinds = "，".join(f"{kind.name}{kind.opened}个" for kind in section.kinds)
    levels = "，".join(f"{level.name}{level.opened}个" for level in section.levels)
    return f"期内新增预警{line.opened}个。按类别分，{kinds}；按期末等级分，{levels}。{earlier}"


def _by(caption: str, title: str, lines: Sequence[AlertFigures], whole: AlertFigures) -> Table:
    return Table(
        caption,
        [column(title, 42), *(column(each, _width(each)) for each, _ in _COUNTS)],
        [[line.name, *_cells(line)] for line in lines],
        ["合计", *_cells(whole)],
    )


def _width(title: str) -> int:
    return 26 if title.endswith("率") else 20


def _cells(line: AlertFigures) -> list[str]:
    return [cell(line) for _, cell in _COUNTS]


def _overdue(section: AlertSection) -> list[Block]:
    if section.overdue_count == 0:
        return [Paragraph(f"截至{moment(section.until)}，没有逾期未反馈的预警。")]
    sentence = f"截至{moment(section.until)}，逾期未反馈的预警（不论何时报警）{section.overdue_count}个"
    columns = [
        column("序号"),
        column("企业名称", 70, left=True),
        column("所在地", 46),
        column("类别", 44),
        column("内容", 110, left=True),
        column("等级"),
        column("报警日期", 50),
    ]
    days = days_of_list([one.opened_on for one in section.overdue], section.until)
    rows = [_row(one, day) for one, day in zip(section.overdue, days, strict=True)]
    return [
        Paragraph(sentence + listed(section.overdue_count, len(section.overdue), "个")),
        Table("逾期未反馈预警清单", columns, rows),
    ]


def _row(one: OverdueAlert, day: str) -> list[str]:
    """The level without its word in brackets: the column is narrow."""
    level, _, _ = one.level.partition("（")
    return [
        number(one.number),
        one.enterprise,
        one.region,
        one.kind,
        one.description,
        level,
        day,
    ]
