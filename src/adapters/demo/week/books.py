"""Compares figures after the played week: the players' notebook, system, ministry and SMS platform."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from ..played.books import HANDED_OVER, Line, text_lines, unlike
from ..played.stage import SHANGHAI
from .documents import PROBLEMS, RECORDS, UNFED_BACK, WEEKLY
from .notebook import DAY_END, Kind
from .stage import WeekStage

FIGURES: Final = {
    "inspected": "人工检查对象",
    "automatic": "仅自动记录的",
    "withProblems": "有问题的",
    "rectifiedOnSite": "现场已整改",
    "issued": "下发",
    "withdrawn": "撤回",
    "fedBack": "已反馈",
    "unfedBack": "未反馈",
    "overdue": "逾期",
}
KIND_NAMES: Final = {Kind.PATROL: "巡查", Kind.SPOT_CHECK: "抽查"}


def automatic_until_now(stage: WeekStage) -> None:
    """Add the automatic records that the system owes for ended days to the notebook."""
    for number in range(7):
        day = stage.first + timedelta(days=number)
        at = datetime.combine(day, DAY_END, SHANGHAI)
        known = {(r.office, r.party.id, r.day) for r in stage.notebook.records if r.automatic}
        if at <= stage.now():
            owed = [r for r in stage.notebook.automatic(day, at) if (r.office, r.party.id, day) not in known]
            stage.notebook.records.extend(owed)


def compare(stage: WeekStage) -> list[Line]:
    """Read all sources again and compare them."""
    automatic_until_now(stage)
    return [*_records(stage), *_problems(stage), *_markers(stage), *_weekly(stage), *_texts(stage)]


# ---------------------------------------------------------------- records and problems


def _records(stage: WeekStage) -> Iterable[Line]:
    player = stage.person("province-inspector")
    span = {"first": stage.first.isoformat(), "last": stage.last.isoformat()}
    for kind in Kind:
        for origin, name in (("MANUAL", "人工"), ("AUTO", "自动")):
            rows = list(player.walk(RECORDS, "inspections", **span, kind=kind.value, origin=origin))
            noted = [
                record
                for record in stage.notebook.records
                if record.party.kind is kind and record.automatic is (origin == "AUTO")
            ]
            ours = Counter((r.office, r.party.id, r.day.isoformat()) for r in noted)
            theirs = Counter(
                (
                    r["department"]["id"],
                    (r["targetDepartment"] or r["targetEnterprise"])["id"],
                    r["businessDate"],
                )
                for r in rows
            )
            what = f"{KIND_NAMES[kind]}记录（{name}）"
            yield Line(what, len(noted), None, len(rows), None, unlike("系统", ours, theirs))


def _problems(stage: WeekStage) -> Iterable[Line]:
    player = stage.person("province-inspector")
    span = {"first": stage.first.isoformat(), "last": stage.last.isoformat()}
    listed = {row["id"]: row for row in player.walk(PROBLEMS, "problems", **span)}
    cases = stage.notebook.cases
    issued = sum(record.problems for record in stage.notebook.records)
    yield Line("下发的问题", len(cases), None, len(listed), None)
    yield Line("各记录下发问题之和", issued, None, len(listed), None)
    states = unlike(
        "系统", {i: c.state for i, c in cases.items()}, {i: r["state"] for i, r in listed.items()}
    )
    yield Line("问题逐个：状态", len(cases), None, len(listed), None, states)
    for name, state in (("已办结", "CLOSED"), ("已撤回", "WITHDRAWN")):
        ours = sum(case.state == state for case in cases.values())
        yield Line(f"问题：{name}", ours, None, sum(row["state"] == state for row in listed.values()))
    now = stage.now()
    yield Line(
        "问题：未反馈",
        sum(case.unfed_back for case in cases.values()),
        None,
        sum(row["unfedBack"] for row in listed.values()),
    )
    yield Line(
        "问题：逾期",
        sum(case.overdue(now) for case in cases.values()),
        None,
        sum(row["overdue"] for row in listed.values()),
    )
    done = Counter(line["action"] for row in listed.values() for line in row["timeline"] if line["action"])
    yield Line(
        "办理步骤",
        stage.notebook.actions.total(),
        None,
        done.total(),
        None,
        unlike("系统", stage.notebook.actions, done),
    )
    feedbacks = sum(len(case.feedbacks) for case in cases.values())
    yield Line("反馈次数", feedbacks, None, sum(len(row["feedbacks"]) for row in listed.values()))


def _markers(stage: WeekStage) -> Iterable[Line]:
    """Compare the 未反馈 marker of each party with the notebook."""
    for username, name in (
        ("city-head", "渭南市应急管理局"),
        ("county-head", "蒲城县应急管理局"),
        ("enterprise-head", "企业"),
    ):
        found = stage.person(username).ask(UNFED_BACK)
        marker = found["unfedBackProblems"]["patrol"] + found["unfedBackProblems"]["spotCheck"]
        party = stage.parties[username]
        cases = [*stage.notebook.every_case, *stage.notebook.ministry_cases]
        noted = sum(case.unfed_back and case.party.id == party for case in cases)
        yield Line(f"未反馈标记：{name}", noted, marker, found["problemsToMe"]["totalCount"])


# ---------------------------------------------------------------- the weekly push


def _at_the_ministry(stage: WeekStage) -> dict[tuple[str, str], tuple[int, ...]]:
    """The week's figures at the ministry by (local area code, kind), in the order of FIGURES."""
    return {
        (one["record"]["extLocalAreaCode"], one["kind"]): tuple(
            int(one["record"][f"ext{figure[0].upper()}{figure[1:]}Number"]) for figure in FIGURES
        )
        for one in stage.ministry.weekly(stage.friday)
    }


def show_week(stage: WeekStage) -> None:
    """Show the frozen rows of the week that are not all 0."""
    rows = stage.duty.ask(WEEKLY, friday=stage.friday.isoformat())["weeklyFigures"]["rows"]
    filled = [row for row in rows if any(row[figure] for figure in FIGURES)]
    stage.table(
        f"本周推送的数字（共{len(rows)}行，未列出的各数均为0）",
        ("区域", "类别", *(f"#{name}" for name in FIGURES.values())),
        [
            (row["region"]["name"], KIND_NAMES[Kind(row["kind"])], *(row[figure] for figure in FIGURES))
            for row in filled
        ],
    )


def _weekly(stage: WeekStage) -> Iterable[Line]:
    rows = stage.duty.ask(WEEKLY, friday=stage.friday.isoformat())["weeklyFigures"]["rows"]
    theirs = _at_the_ministry(stage)
    noted = stage.notebook.weekly(stage.closing - timedelta(days=7), stage.closing)
    for kind in Kind:
        ours = {
            (row["region"]["code"], kind.value): tuple(row[figure] for figure in FIGURES)
            for row in rows
            if row["kind"] == kind.value
        }
        book = {(city, kind.value): noted.get((city, kind), (0,) * len(FIGURES)) for city, _ in ours}
        held = {key: value for key, value in theirs.items() if key[1] == kind.value}
        name = KIND_NAMES[kind]
        unseen = [
            f"{city}不在推送的区域中" for city, of in noted if of is kind and (city, kind.value) not in ours
        ]
        yield Line(
            f"每周推送（{name}）：逐市各数",
            len(book),
            len(ours),
            None,
            len(held),
            (*unlike("系统", book, ours), *unlike("部级平台", ours, held), *unseen),
        )
        for place, figure in enumerate(FIGURES.values()):
            yield Line(
                f"每周推送（{name}）：{figure}",
                sum(row[place] for row in book.values()),
                sum(row[place] for row in ours.values()),
                None,
                sum(row[place] for row in held.values()),
            )


# ---------------------------------------------------------------- SMS


def _texts(stage: WeekStage) -> Iterable[Line]:
    rows = stage.texts_listed(stage.first, stage.last)
    yield from text_lines(stage, rows)
    about = sum("问题" in (row["text"] or "") and row["state"] in HANDED_OVER for row in rows)
    told = sum("问题" in (text["text"] or "") for text in stage.texts_received())
    yield Line("短信：问题下发、办理和提醒", None, None, about, told)
