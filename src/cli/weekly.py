"""`yanbao weekly --show 2026-11-20`: shows a weekly push, its result, and the facts behind its numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ..application.access import SYSTEM
from ..application.inspection.weekly import Weekly, WeeklyFigures, WeeklyLine
from ..application.inspection.weekly_sources import CountedProblem, WeeklySources
from ..application.ports.exchange import DutyRow
from ..application.ports.inspection import InspectionRow
from ..domain.exchange.duty import DutyState
from ..domain.inspection.form import INSPECTION_KIND_NAMES, InspectionKind
from ..domain.refusals import InvalidValue, NotFound, Refused
from ..domain.signed import ORIGIN_NAMES
from ..domain.values import SHANGHAI
from ..settings import Settings

MOST_SHOWN: Final = 3
FIGURES: Final = {
    "inspected": "人工检查",
    "automatic": "仅自动",
    "with_problems": "有问题",
    "rectified_on_site": "现场已整改",
    "issued": "下发",
    "withdrawn": "撤回",
    "fed_back": "反馈",
    "unfed_back": "未反馈",
    "overdue": "逾期",
}
_COUNTED: Final = {
    name: FIGURES[name] for name in ("issued", "withdrawn", "fed_back", "unfed_back", "overdue")
}
_COLUMNS: Final = (
    "人工检查、有问题：不同区域（巡查，市本身不计）或企业（抽查）的个数；仅自动：只有系统自动记录、未经人工核查的。",
    "下发、撤回、反馈：该周内下发（截止前撤回的不计）、撤回、最终反馈的问题。未反馈、逾期：截止时的问题，不论何时下发。",
)
_FORMER: Final = (
    "该周由旧版本固化：自动记录计入“人工检查”，已撤回的问题计入“下发”，未分别计数的显示为“—”，不与来源核对。"
)
_PLACES: Final = {InspectionKind.PATROL: "区域", InspectionKind.SPOT_CHECK: "企业"}
_STATES: Final = {
    DutyState.PENDING: "待推送",
    DutyState.DONE: "已接收",
    DutyState.REFUSED: "被拒绝",
    DutyState.PARKED: "已搁置",
    DutyState.SUPERSEDED: "已取代",
    DutyState.DROPPED: "已取消",
}


def add_command(app: typer.Typer, console: Console, settings: Callable[[], Settings]) -> None:
    """Add the command `weekly`."""

    @app.command("weekly")
    def weekly(
        show: Annotated[str, typer.Option(help="推送日 the day on which the week closes, as 2026-11-20.")],
        region: Annotated[
            str | None, typer.Option(help="市级区域 name or code: that one only, with every fact.")
        ] = None,
    ) -> None:
        """每周推送。Show what the push of a week holds, and from which facts each number comes."""
        from ..wiring import opened

        with opened(settings()) as system:
            try:
                show_week(console, system.app.weekly, show, region)
            except Refused as refusal:
                console.print(f"[red]不能显示：[/red]{refusal.sentence}")
                raise typer.Exit(1) from None


def show_week(console: Console, weekly: Weekly, day: str, region: str | None) -> None:
    """Print the week, or one region of it.

    Raises InvalidValue for a day on which no week closes, NotFound for a region without a row.
    """
    closes_on = _day(day)
    figures = weekly.figures(SYSTEM, closes_on)
    lines = [line for line in figures.lines if region in (None, line.region_name, line.row.region_id)]
    if not lines:
        raise NotFound("该市级区域")
    week = figures.week
    console.print(f"推送周 [bold]{_time(week.since)}[/bold]（含）至 [bold]{_time(week.until)}[/bold]（不含）")
    console.print(_standing(figures))
    for kind in InspectionKind:
        console.print(_table(kind, [line for line in lines if line.row.kind is kind]))
    former = not all(line.row.counted_apart for line in lines)
    for explained in (*_COLUMNS, *([_FORMER] if former else [])):
        _print(console, explained)
    for line in lines:
        sent = line.duty is not None and line.duty.sent_at is not None
        if line.duty and sent and (region is not None or line.duty.state is not DutyState.DONE):
            _print(console, _pushed(line, line.duty))
    most = MOST_SHOWN if region is None else None
    for line in lines:
        found = weekly.sources(SYSTEM, closes_on, line.row.region_id, line.row.kind)
        _show_sources(console, line, found, most)
    if region is None:
        console.print(f"以上每项最多列出{MOST_SHOWN}条；用 --region 加市级区域的名称或代码查看该市全部。")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidValue(f"日期应写作“2026-11-20”，现为“{text[:20]}”。") from None


def _standing(figures: WeeklyFigures) -> str:
    if figures.frozen_at is not None:
        return (
            f"[green]已固化[/green]于{_time(figures.frozen_at)}：截止后的反馈计入下一周，这些数字不再变化。"
        )
    if figures.closed:
        return "[yellow]已截止，尚未固化[/yellow]：将按截止时的情况固化并推送。"
    return "[yellow]初步数字[/yellow]：该周尚未截止，以下为截至目前的情况。"


def _table(kind: InspectionKind, lines: Sequence[WeeklyLine]) -> Table:
    table = Table(title=INSPECTION_KIND_NAMES[kind], title_justify="left")
    for heading in ("区域", "代码"):
        table.add_column(heading, no_wrap=True)
    for heading in FIGURES.values():
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("推送", no_wrap=True)
    for line in lines:
        numbers = [_number(getattr(line.row, name)) for name in FIGURES]
        table.add_row(
            escape(line.region_name),
            line.row.region_id,
            *numbers,
            _STATES[line.duty.state] if line.duty else "—",
        )
    if len(lines) > 1:
        totals = [_total([getattr(line.row, name) for line in lines]) for name in FIGURES]
        table.add_section()
        table.add_row("合计", "", *totals, "")
    return table


def _number(figure: int | None) -> str:
    return "—" if figure is None else str(figure)


def _total(figures: Sequence[int | None]) -> str:
    known = [figure for figure in figures if figure is not None]
    return _number(sum(known) if len(known) == len(figures) else None)


def _pushed(line: WeeklyLine, duty: DutyRow) -> str:
    """The state and the last answer of a row that was sent at least once."""
    return (
        f"{_name(line)}：{_STATES[duty.state]}，{_time(duty.sent_at)}最近一次发送，"
        f"答复{duty.answer_code} {duty.answer}"
    )


def _name(line: WeeklyLine) -> str:
    return f"{line.region_name}{INSPECTION_KIND_NAMES[line.row.kind]}"


def _show_sources(console: Console, line: WeeklyLine, found: WeeklySources, most: int | None) -> None:
    """Print the facts behind a row, and nothing for a row of zeros.

    It warns if the facts do not add up to the row, which must never happen. Rows of earlier releases were
    counted otherwise and are not compared.
    """
    name = _name(line)
    compared = FIGURES if line.row.counted_apart else {}
    differing = [label for key, label in compared.items() if getattr(found, key) != getattr(line.row, key)]
    if differing:
        console.print(f"[red]{escape(name)}：{'、'.join(differing)}与下列来源不一致，请核查。[/red]")
    if not found.records and not found.problems:
        return
    console.print(f"\n[bold]{escape(name)}[/bold]的来源")
    if found.records:
        place = _PLACES[line.row.kind]
        places = (
            f"人工检查{place}{found.inspected}个，有问题{found.with_problems}个，"
            f"现场已整改{found.rectified_on_site}项；仅有自动记录的{place}{found.automatic}个"
        )
        _show_list(console, f"记录{len(found.records)}条，{places}：", map(_record, found.records), most)
    if found.problems:
        counts = "，".join(f"{label}{getattr(found, key)}个" for key, label in _COUNTED.items())
        _show_list(console, f"问题{len(found.problems)}个，{counts}：", map(_problem, found.problems), most)


def _show_list(console: Console, heading: str, entries: Iterable[str], most: int | None) -> None:
    console.print(f"  {heading}")
    listed = list(entries)
    for entry in listed[:most]:
        _print(console, f"    {entry}")
    if most is not None and len(listed) > most:
        console.print(f"    另有{len(listed) - most}条")


def _print(console: Console, text: str) -> None:
    """Print without markup and line wrapping, so that ids stay in one piece."""
    console.print(escape(text), highlight=False, soft_wrap=True)


def _record(record: InspectionRow) -> str:
    issued = f"下发问题{record.problems}个" if record.problems else "未下发问题"
    if record.rectified_on_site:
        issued += f"，现场已整改{record.rectified_on_site}项"
    if not record.target_is_area:
        issued += "，市本身不计"
    return (
        f"{_time(record.submitted_at)} {record.department_name}→{record.target_name}"
        f"（{ORIGIN_NAMES[record.origin]}，{issued}）{record.id}"
    )


def _problem(counted: CountedProblem) -> str:
    problem = counted.problem
    counts_as = "、".join(label for key, label in _COUNTED.items() if getattr(counted, key))
    return (
        f"{_time(problem.issued_at)} {problem.issuer_name}→{problem.addressee_name}："
        f"{problem.description[:40]}（计入{counts_as}）{problem.id}"
    )


def _time(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
