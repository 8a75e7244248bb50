"""Decides what one SMS says about everything that waits for one person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from ..values import EnterpriseId
from .notice import AlertTopic, MatterTopic, MessageKind, ProblemTopic, ReminderTopic, SmsTopic

LISTED: Final = frozenset(
    {
        MessageKind.PROBLEM_ISSUED,
        MessageKind.PROBLEM_REMINDER,
        MessageKind.REVIEW_WAITING,
        MessageKind.ALERT_OPENED,
        MessageKind.ALERT_REMINDER,
        MessageKind.ALERT_REVIEW_WAITING,
        MessageKind.CERTIFICATE_EXPIRING,
    }
)
"""Topics of the same of these kinds are told as one list; every other topic has a sentence of its own."""

SAYS_WHAT_TO_DO: Final = frozenset(
    {
        MessageKind.PROBLEM_ISSUED,
        MessageKind.PROBLEM_RETURNED,
        MessageKind.ALERT_OPENED,
        MessageKind.ALERT_RAISED,
        MessageKind.ALERT_REOPENED,
        MessageKind.ALERT_RETURNED,
    }
)
"""Beside a notice of these kinds, a reminder of the same matter says nothing new."""

REMINDERS: Final = frozenset({MessageKind.PROBLEM_REMINDER, MessageKind.ALERT_REMINDER})
"""Reminders of terms."""


def merged_topics(topics: Iterable[SmsTopic]) -> tuple[SmsTopic, ...]:
    """The topics of one SMS about all of these, in order; lists of the same kind become one topic."""
    merged: list[SmsTopic] = []
    for topic in topics:
        place = next(
            (n for n, one in enumerate(merged) if one.kind is topic.kind and one.kind in LISTED), None
        )
        if place is None:
            merged.append(topic)
        else:
            merged[place] = merged[place].joined([topic])
    return tuple(merged)


def newest_topics(topics: Sequence[SmsTopic]) -> tuple[SmsTopic, ...]:
    """What is left to say when each matter is told once, by its newest stage.

    Leaves out an enterprise's reminder if a later stage of the same day is there, and a matter's reminder if
    a notice is there that says what to do.
    """
    if len(topics) == 1:
        return tuple(topics)
    stages: dict[tuple[date, EnterpriseId], int] = {}
    noticed = set()
    for topic in topics:
        if isinstance(topic, ReminderTopic):
            for id in topic.enterprise_ids:
                key = (topic.business_date, id)
                stages[key] = max(topic.stage, stages.get(key, topic.stage))
        elif isinstance(topic, MatterTopic) and topic.kind in SAYS_WHAT_TO_DO:
            noticed |= set(topic.matter_ids)
    left: list[SmsTopic] = []
    for topic in topics:
        if isinstance(topic, ReminderTopic):
            ids = tuple(id for id in topic.enterprise_ids if stages[topic.business_date, id] == topic.stage)
            left += [replace(topic, enterprise_ids=ids)] if ids else []
        elif isinstance(topic, ProblemTopic | AlertTopic) and topic.kind in REMINDERS:
            left += _without(topic, noticed)
        else:
            left.append(topic)
    return tuple(left)


def _without(topic: ProblemTopic | AlertTopic, noticed: Iterable[object]) -> list[SmsTopic]:
    kept = [(id, mark) for id, mark in zip(topic.matter_ids, topic.marks, strict=True) if id not in noticed]
    if not kept:
        return []
    return [replace(topic, matter_ids=tuple(id for id, _ in kept), marks=tuple(mark for _, mark in kept))]
