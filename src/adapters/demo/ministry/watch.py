"""The certificate watch in the play: every morning who was reminded, and what the certificates say should be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from re import search
from typing import Final

from ..played.client import CannotGoOn, Row
from . import documents as say
from .stage import MinistryStage

PERMITS: Final = frozenset({"PRODUCTION_PERMIT", "WHOLESALE_PERMIT"})
PERMIT_WINDOWS: Final = frozenset({120, 90, 60, 30, 15, 7, 1, 0})
PERSONAL_WINDOWS: Final = frozenset({90, 60, 30, 15, 7, 0})
WEEK: Final = 7


def morning(stage: MinistryStage, number: int, title: str) -> None:
    """Begin the day at 08:35, after the watch, and show of how many certificates it has reminded."""
    stage.day = stage.first + timedelta(days=number - 1)
    stage.at("08:35", f"第{number}天（{stage.day}）：{title}")
    note = stage.show_slot("certificate-watch")
    found = search(r"(\d+)件", note)
    if found is None:
        raise CannotGoOn(f"证书监测没有说提醒了多少件：{note}")
    stage.notebook.reminded[stage.day] = int(found[1])
    stage.settle_texts()


def show_merged(stage: MinistryStage) -> None:
    """Show that a person with several certificates gets one text."""
    merged = [text for text in stage.texts_received() if search(r"\d+项证书", text["text"])]
    if merged:
        longest = max(merged, key=lambda text: len(text["text"]))["text"]
        shown = longest if len(longest) <= 120 else f"{longest[:120]}……"
        stage.say(f"多项证书合并为一条短信（共{len(merged)}条合并的）：{shown}")


def owed(stage: MinistryStage) -> dict[date, int]:
    """How many certificates have a window on each played day, by the directory; the first day has a backlog."""
    counts: Counter[date] = Counter()
    for row in stage.person("province-inspector").walk(say.CERTIFICATES, "certificates"):
        if row["enterprise"] is None or not row["enterprise"]["active"]:
            continue
        dues = [date.fromisoformat(day) for day in (row["expiresOn"], row["reviewDueOn"]) if day is not None]
        counts.update(
            day for day in _days(stage) if any(_falls(row["kind"], (due - day).days) for due in dues)
        )
    return {day: counts[day] for day in _days(stage)}


def _days(stage: MinistryStage) -> Iterator[date]:
    for number in range((stage.last - stage.first).days + 1):
        yield stage.first + timedelta(days=number)


def _falls(kind: str, left: int) -> bool:
    """Whether a window opens when so many days are left."""
    if kind in PERMITS:
        return left in PERMIT_WINDOWS or (left < 0 and left % WEEK == 0)
    return left in PERSONAL_WINDOWS


def repeated(stage: MinistryStage, username: str) -> list[str]:
    """Messages about certificates that the person has more than once."""
    rows: Iterator[Row] = stage.person(username).walk(say.REMINDERS, "viewer", "messages")
    told = Counter(
        (row["subjectId"], f"{row['title']}：{row['body']}")
        for row in rows
        if row["kind"] == "CERTIFICATE_EXPIRING"
    )
    # Two cards may fall due on one day in the same words: they have alerts of their own.
    return [words for (_, words), times in told.items() if times > 1]
