"""Compares figures after the played day: the players' notebook, system, ministry and SMS platform."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ..played.books import HANDED_OVER, Line, text_lines, unlike
from ..played.client import Row
from ..played.documents import TEXTS_WAITING
from .documents import COMMITMENTS, GROUP, OVERVIEW, VERSIONS
from .stage import DayStage

GROUPS: Final = {
    "EXPECTED": ("应报", "expected"),
    "IN_PRODUCTION": ("在产", "inProduction"),
    "STOPPED": ("停产", "stopped"),
    "UNREPORTED": ("未上报", "unreported"),
    "ON_TIME": ("按时上报", "onTime"),
    "LATE": ("逾期上报", "late"),
    "AUTOMATIC": ("自动上报停产", "automatic"),
}
"""The API's groups: the Chinese name and the field of the tally."""
STATUSES: Final = {"1": "IN_PRODUCTION", "2": "STOPPED"}
ORIGINS: Final = {"1": "MANUAL", "2": "AUTO"}
STORED: Final = frozenset({"ok", "fault:drop_answer", "fault:drip"})
"""The outcomes in the ministry's ledger after which it holds the records of the message."""
LOST: Final = "fault:lose"


@dataclass(slots=True)
class Ledger:
    """The day in the ministry's ledger: record ids by (credit code, version); counts of lost and refused."""

    ids: dict[tuple[str, int], set[str]] = field(default_factory=dict)
    lost: int = 0
    refused: int = 0


def compare(stage: DayStage) -> list[Line]:
    """Read all sources again and compare them."""
    rows = list(stage.duty.walk(COMMITMENTS, "commitments", day=stage.day.isoformat()))
    current = stage.ministry.current(stage.day)
    return [
        *_commitments(stage, rows, current),
        *_pushes(stage, rows, current),
        *_texts(stage),
    ]


# ---------------------------------------------------------------- commitments


def _commitments(stage: DayStage, rows: list[Row], current: list[Row]) -> Iterable[Line]:
    found = stage.duty.ask(OVERVIEW, day=stage.day.isoformat())["commitmentOverview"]
    whole: Mapping[str, Any] = found["whole"]["tally"]
    said = stage.notebook.groups()
    outside = _outside(current)
    for group, (name, figure) in GROUPS.items():
        total, listed = _list_length(stage, group)
        split = () if total == listed else (f"{name}：清单自称{total}条，逐页数得{listed}条",)
        yield Line(name, said[group], whole[figure], listed, outside.get(group), split)
    reported = sum(row["revision"] > 0 for row in rows)
    yield Line("已上报", stage.notebook.reported, whole["reported"], reported, len(current))
    for figure, name in (("expected", "应报"), ("reported", "已上报")):
        parts = sum(part["tally"][figure] for part in found["parts"])
        yield Line(f"各市{name}之和", None, whole[figure], parts)
    versions = sum(row["revision"] for row in rows)
    yield Line("版本总数", len(stage.notebook.versions()), None, versions)
    kept = sum(_versions_kept(stage, row) for row in rows if row["revision"] > 1)
    several = sum(page.revision for page in stage.notebook.pages.values() if page.revision > 1)
    yield Line("其中更正过的企业，历次版本", several, None, kept)
    yield _one_by_one(stage, rows)


def _list_length(stage: DayStage, group: str) -> tuple[int, int]:
    """The list's `totalCount`, and the number of distinct entries that were read page by page."""
    path = ("commitmentOverview", "whole", "commitments")
    ids = [row["id"] for row in stage.duty.walk(GROUP, *path, day=stage.day.isoformat(), group=group)]
    first = stage.duty.ask(GROUP, day=stage.day.isoformat(), group=group, after=None)
    return first["commitmentOverview"]["whole"]["commitments"]["totalCount"], len(set(ids))


def _versions_kept(stage: DayStage, row: Row) -> int:
    return len(stage.duty.ask(VERSIONS, id=row["id"])["node"]["versions"])


def _one_by_one(stage: DayStage, rows: list[Row]) -> Line:
    """Compare every enterprise's version, status, origin and lateness in notebook and system."""
    listed = {
        row["enterprise"]["creditCode"]: (row["revision"], row["status"], row["origin"], row["late"])
        for row in rows
    }
    noted = {
        page.credit_code: (page.revision, page.status, page.origin, page.late)
        for page in stage.notebook.pages.values()
    }
    return Line("企业逐家：版本、状态", len(noted), None, len(listed), None, unlike("系统", noted, listed))


def _outside(current: list[Row]) -> dict[str, int]:
    """Count the ministry's current records by our groups."""
    records = [one["record"] for one in current if one["record"]["deleted"] == "0"]
    return {
        "IN_PRODUCTION": sum(STATUSES[r["commitStatus"]] == "IN_PRODUCTION" for r in records),
        "STOPPED": sum(STATUSES[r["commitStatus"]] == "STOPPED" for r in records),
        "ON_TIME": sum(r["extLate"] == "0" for r in records),
        "LATE": sum(r["extLate"] == "1" for r in records),
        "AUTOMATIC": sum(ORIGINS[r["extOrigin"]] == "AUTO" for r in records),
    }


# ---------------------------------------------------------------- the ministry


def _pushes(stage: DayStage, rows: list[Row], current: list[Row]) -> Iterable[Line]:
    counts = stage.counts("pushes")
    held = stage.ministry.count(stage.day)
    ledger = read_ledger(stage)
    versions = stage.notebook.versions()
    yield Line("部级平台持有的版本", len(versions), counts.get("DONE", 0), None, held["records"])
    missing = unlike("部级平台", dict.fromkeys(versions, True), dict.fromkeys(ledger.ids, True))
    yield Line("部级平台收到的版本", len(versions), None, None, len(ledger.ids), missing)
    doubles = tuple(
        f"{code}第{version}版有{len(ids)}个标识"
        for (code, version), ids in ledger.ids.items()
        if len(ids) > 1
    )
    yield Line("部级平台重复的版本", 0, None, None, len(doubles), doubles)
    noted = {p.credit_code: (p.revision, p.status) for p in stage.notebook.pages.values() if p.revision}
    theirs = {
        one["record"]["companyCode"]: (one["version"], STATUSES[one["record"]["commitStatus"]])
        for one in current
        if one["record"]["deleted"] == "0"
    }
    yield Line(
        "企业逐家：部级平台的版本、状态",
        len(noted),
        None,
        sum(row["revision"] > 0 for row in rows),
        len(theirs),
        unlike("部级平台", noted, theirs),
    )
    open_ones = sum(count for state, count in counts.items() if state not in ("DONE",))
    yield Line("未推送成功的记录", 0, open_ones)
    yield Line("部级平台拒绝后重发", stage.refused, stage.resent, None, ledger.refused)
    yield Line("部级平台丢失、对账发现", None, stage.found_missing, None, ledger.lost)


def read_ledger(stage: DayStage) -> Ledger:
    """Read the day's records from every message that the ministry ever received."""
    day = stage.day.strftime("%Y%m%d000000")
    ledger = Ledger()
    for message in stage.ministry.messages():
        if not message["answer"] or message["outcome"] not in STORED | {LOST}:
            continue
        answer = json.loads(message["answer"])["data"]
        accepted = set(answer.get("success", ()))
        for record in json.loads(message["body"]).get("data", ()):
            if record.get("commitDate") != day:
                continue  # A record of another day, or a row of the weekly push.
            if record["id"] not in accepted:
                ledger.refused += 1
            elif message["outcome"] == LOST:
                ledger.lost += 1
            else:
                ledger.ids.setdefault((record["companyCode"], record["version"]), set()).add(record["id"])
    return ledger


# ---------------------------------------------------------------- SMS


def _texts(stage: DayStage) -> Iterable[Line]:
    rows = stage.texts_listed(stage.day, stage.day)
    counts = stage.counts("texts")
    today = [row for row in rows if row["businessDate"] == stage.day.isoformat()]
    yield Line("短信记录", None, sum(counts.values()), len(today))
    handed_over = sum(count for state, count in counts.items() if state in HANDED_OVER)
    yield Line("短信：已交短信平台", None, handed_over, sum(row["state"] in HANDED_OVER for row in today))
    yield from text_lines(stage, rows)
    # Texts held back by quiet hours are queued, but not due before the morning.
    due = stage.duty.ask(TEXTS_WAITING)["texts"]
    yield Line("短信：没有结果的", 0, due + counts.get("UNKNOWN", 0) + counts.get("FAILED", 0))
