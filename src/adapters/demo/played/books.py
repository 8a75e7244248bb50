"""Compares figures from several sources: one line per figure, and the table at the end of a play."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from .client import Row
from .stage import Stage

HANDED_OVER: Final = frozenset({"ACCEPTED", "DELIVERED", "FAILED", "UNKNOWN"})
"""The states of an SMS that has reached the platform, or may have."""
MOST_DIFFERENCES: Final = 10

Value = int | str | None


@dataclass(frozen=True, slots=True)
class Line:
    """One figure on which all sources must agree; None if a source does not have it."""

    what: str
    notebook: Value = None
    overview: Value = None
    listed: Value = None
    outside: Value = None
    differences: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        kept = {v for v in (self.notebook, self.overview, self.listed, self.outside) if v is not None}
        return len(kept) <= 1 and not self.differences


def masked(phone: str) -> str:
    return f"{phone[:3]}****{phone[-4:]}"


def unlike(who: str, ours: Mapping[Any, Any], theirs: Mapping[Any, Any]) -> tuple[str, ...]:
    """The differences, one Chinese sentence each."""
    found = []
    for key in sorted({*ours, *theirs}, key=str):
        if ours.get(key) != theirs.get(key):
            told = "、".join(str(part) for part in key) if isinstance(key, tuple) else str(key)
            found.append(f"{told}：应为{ours.get(key, '无')}，{who}为{theirs.get(key, '无')}")
    return tuple(found)


def text_lines(stage: Stage, ours: Sequence[Row]) -> Iterable[Line]:
    """Compare our SMS records with the platform's: texts received, delivered, and received too often."""
    theirs = stage.texts_received()
    sent = Counter((row["phone"], row["text"]) for row in ours if row["state"] in HANDED_OVER)
    received = Counter((masked(text["phone"]), text["text"]) for text in theirs)
    differences = unlike("短信平台", sent, received)
    yield Line("短信：平台收到的", None, None, sent.total(), received.total(), differences)
    delivered = sum(
        any(receipt["status"] == "DELIVRD" and receipt["state"] == "POSTED" for receipt in text["receipts"])
        for text in theirs
    )
    yield Line("短信：已送达", None, None, sum(row["state"] == "DELIVERED" for row in ours), delivered)
    doubles = tuple(
        f"{phone}收到{times}次，应为{sent[phone, text]}次：{text}"
        for (phone, text), times in received.items()
        if times > max(1, sent[phone, text])
    )
    yield Line("短信：重复收到的", 0, None, None, len(doubles), doubles)


def show(stage: Stage, lines: list[Line]) -> int:
    """Print the table, then the differences; returns the exit code, 0 if all sources agree."""
    stage.table(
        f"{stage.period}核对：各方账目",
        ("项目", "#剧本记录", "#系统统计", "#系统清单", "#外部平台", "结论"),
        [
            (
                line.what,
                *("—" if v is None else v for v in (line.notebook, line.overview, line.listed, line.outside)),
                "[green]一致[/green]" if line.agrees else "[bold red]不一致[/bold red]",
            )
            for line in lines
        ],
    )
    wrong = [line for line in lines if not line.agrees]
    for line in wrong:
        stage.say(f"[red]不一致[/red] {line.what}")
        for difference in line.differences[:MOST_DIFFERENCES]:
            stage.say(f"    {difference}")
        if len(line.differences) > MOST_DIFFERENCES:
            stage.say(f"    ……另有{len(line.differences) - MOST_DIFFERENCES}处")
    return 1 if wrong else 0
