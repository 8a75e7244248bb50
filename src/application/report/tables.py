"""The tables and sentences that the documents of written reports share; each says only what its figures say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from ...domain.report.figures import (
    CommitmentFigures,
    FeedbackFigures,
    InspectionFigures,
    InspectionSection,
)
from ..ports.report import Block, Heading, Note, Paragraph, Table, TableColumn
from .words import beginning, count, days_of_list, moment, part_word, rate

RATES_EXPLAINED: Final = "注：上报率为已上报占应报的百分比，按时率为按时上报占应报的百分比；名次按按时率由高到低，按时率相同的名次并列。"
FEEDBACK_EXPLAINED: Final = "注：反馈率为期内有最终反馈的问题，占其与期末未反馈问题之和的百分比；名次按反馈率由高到低，反馈率相同的名次并列。"
PATROLS_EXPLAINED: Final = "注：巡查区域、仅自动记录按区域计数，市本身不计；下发不含期内撤回的；未反馈、逾期为期末情况，不论何时下发。"
SPOT_CHECKS_EXPLAINED: Final = (
    "注：抽查企业、仅自动记录按企业计数；下发不含期内撤回的；未反馈、逾期为期末情况，不论何时下发。"
)


def column(title: str, weight: int = 20, *, left: bool = False) -> TableColumn:
    return TableColumn(title, weight, left)


def number(value: int) -> str:
    return str(value)


_COMMITMENTS: Final[Sequence[tuple[str, Callable[[CommitmentFigures], str]]]] = (
    ("应报", lambda line: number(line.expected)),
    ("已上报", lambda line: number(line.reported)),
    ("上报率", lambda line: rate(line.rate)),
    ("按时", lambda line: number(line.on_time)),
    ("按时率", lambda line: rate(line.on_time_rate)),
    ("逾期", lambda line: number(line.late)),
    ("未上报", lambda line: number(line.unreported)),
    ("在产", lambda line: number(line.in_production)),
    ("停产", lambda line: number(line.stopped)),
)


def ranking(
    caption: str, region_name: str, parts: Sequence[CommitmentFigures], whole: CommitmentFigures
) -> Table:
    """Commitments by part, with places; the last row is the sum."""
    columns = [column("名次", 18), column(part_word(region_name), 42)]
    return Table(
        caption,
        [*columns, *(column(title, 26 if title.endswith("率") else 19) for title, _ in _COMMITMENTS)],
        [[count(line.place), line.name, *_cells(line)] for line in parts],
        ["", "合计", *_cells(whole)],
    )


def kinds(caption: str, lines: Sequence[CommitmentFigures], whole: CommitmentFigures) -> Table:
    """Commitments by kind of enterprise."""
    return Table(
        caption,
        [
            column("企业类型", 40),
            *(column(title, 26 if title.endswith("率") else 19) for title, _ in _COMMITMENTS),
        ],
        [[line.name, *_cells(line)] for line in lines],
        ["合计", *_cells(whole)],
    )


def _cells(line: CommitmentFigures) -> list[str]:
    return [cell(line) for _, cell in _COMMITMENTS]


_INSPECTIONS: Final[Sequence[tuple[str, Callable[[InspectionFigures], str]]]] = (
    ("仅自动记录", lambda line: count(line.automatic)),
    ("有问题", lambda line: number(line.with_problems)),
    ("现场整改", lambda line: count(line.rectified_on_site)),
    ("下发", lambda line: number(line.issued)),
    ("撤回", lambda line: count(line.withdrawn)),
    ("反馈", lambda line: number(line.fed_back)),
    ("未反馈", lambda line: number(line.unfed_back)),
    ("逾期", lambda line: number(line.overdue)),
)


def inspections(
    caption: str,
    inspected: str,
    region_name: str,
    parts: Sequence[InspectionFigures],
    whole: InspectionFigures,
) -> Table:
    """Patrols or spot checks by part; `inspected` is the title of the column of what was inspected."""
    titles = [title for title, _ in _INSPECTIONS]
    return Table(
        caption,
        [column(part_word(region_name), 42), *(column(each, _width(each)) for each in (inspected, *titles))],
        [_inspection_row(line.name, line) for line in parts],
        _inspection_row("合计", whole),
    )


def _width(title: str) -> int:
    """Titles of four characters have one line, those of five two."""
    return 26 if len(title) == 4 else 20


def _inspection_row(name: str, line: InspectionFigures) -> list[str]:
    return [name, number(line.inspected), *(cell(line) for _, cell in _INSPECTIONS)]


def inspection_summary(section: InspectionSection, whole: str) -> str:
    """One sentence on patrols, spot checks and their problems."""
    patrols, spot_checks, feedback = section.patrols, section.spot_checks, section.feedback
    sentence = (
        f"{beginning(section.since)}至{moment(section.until)}，{whole}各级应急管理部门人工巡查区域{patrols.inspected}个，"
        f"人工抽查企业{spot_checks.inspected}家，下发问题{feedback.issued}个；"
        f"期内有最终反馈的问题{feedback.fed_back}个，期末未反馈{feedback.unfed_back}个，其中逾期{feedback.overdue}个"
    )
    return sentence + ("。" if feedback.rate is None else f"，反馈率{feedback.rate}%。")


def inspection_sections(section: InspectionSection, region_name: str, numerals: Iterator[str]) -> list[Block]:
    """Patrols, spot checks, feedback and overdue problems, each under its heading."""
    word = part_word(region_name)
    return [
        Heading(f"{next(numerals)}、巡查情况"),
        _inspected(section.patrols, "巡查区域", "个"),
        inspections("巡查情况表", "巡查区域", region_name, section.patrol_parts, section.patrols),
        Note(PATROLS_EXPLAINED),
        Heading(f"{next(numerals)}、抽查情况"),
        _inspected(section.spot_checks, "抽查企业", "家"),
        inspections("抽查情况表", "抽查企业", region_name, section.spot_check_parts, section.spot_checks),
        Note(SPOT_CHECKS_EXPLAINED),
        Heading(f"{next(numerals)}、问题整改情况"),
        Heading("（一）反馈率排名", 2),
        feedback(f"各{word}问题反馈率", region_name, section.feedback_parts, section.feedback),
        Note(FEEDBACK_EXPLAINED),
        Heading("（二）逾期未反馈的问题", 2),
        *_overdue(section),
    ]


def _inspected(line: InspectionFigures, what: str, unit: str) -> Paragraph:
    """What was inspected, and what came of it. Figures that a former week did not count are left out."""
    parts = [f"人工{what}{line.inspected}{unit}", f"其中有问题的{line.with_problems}{unit}"]
    if line.automatic is not None:
        parts.append(f"仅有系统自动记录、未经人工核查的{line.automatic}{unit}")
    parts.append(f"下发问题{line.issued}个")
    if line.rectified_on_site is not None:
        parts.append(f"现场已整改{line.rectified_on_site}项")
    return Paragraph(f"{'，'.join(parts)}。")


def feedback(
    caption: str, region_name: str, parts: Sequence[FeedbackFigures], whole: FeedbackFigures
) -> Table:
    """The problems of patrols and spot checks together, ranked by what was fed back."""
    columns = [column("名次", 18), column(part_word(region_name), 42)]
    titles = ("下发", "反馈", "未反馈", "逾期", "反馈率")
    return Table(
        caption,
        [*columns, *(column(title) for title in titles)],
        [[count(line.place), line.name, *_feedback_cells(line)] for line in parts],
        ["", "合计", *_feedback_cells(whole)],
    )


def _feedback_cells(line: FeedbackFigures) -> list[str]:
    counts = (line.issued, line.fed_back, line.unfed_back, line.overdue)
    return [*map(number, counts), rate(line.rate)]


def _overdue(section: InspectionSection) -> list[Block]:
    if section.overdue_count == 0:
        return [Paragraph(f"截至{moment(section.until)}，没有逾期未反馈的问题。")]
    sentence = f"截至{moment(section.until)}，逾期未反馈的问题{section.overdue_count}个"
    sentence += listed(section.overdue_count, len(section.overdue), "个")
    columns = [
        column("序号"),
        column("被检查单位", 70, left=True),
        column("所在地", 46),
        column("类别", 44),
        column("问题", 110, left=True),
        column("程度"),
        column("下发日期", 50),
    ]
    days = days_of_list([one.issued_on for one in section.overdue], section.until)
    rows = [
        [
            number(one.number),
            one.addressee,
            one.region,
            one.category,
            one.description,
            one.severity,
            day,
        ]
        for one, day in zip(section.overdue, days, strict=True)
    ]
    return [Paragraph(sentence), Table("逾期未反馈问题清单", columns, rows)]


def listed(count: int, shown: int, unit: str) -> str:
    """How a sentence ends that introduces a list of the first `shown` out of `count`, such as 个 or 家."""
    return "，清单如下。" if shown == count else f"，下表列出前{shown}{unit}，其余请在系统中查看。"
