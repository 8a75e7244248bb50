"""Decides what one SMS says about everything that waits for one person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from ..values import EnterpriseId
from .notice import MessageKind, ProblemTopic, ReminderTopic, SmsTopic

LISTED: Final = frozenset(
    {MessageKind.PROBLEM_ISSUED, MessageKind.PROBLEM_REMINDER, MessageKind.REVIEW_WAITING}
)
"""Topics of the same of these kinds are told as one list; every other topic has a sentence of its own."""

SAYS_WHAT_TO_DO: Final = frozenset({MessageKind.PROBLEM_ISSUED, MessageKind.PROBLEM_RETURNED})
"""Beside a notice of these kinds, a reminder of the same problem says nothing new."""


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

    Leaves out an enterprise's reminder if a later stage of the same day is there, and a problem's reminder if
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
        elif isinstance(topic, ProblemTopic) and topic.kind in SAYS_WHAT_TO_DO:
            noticed |= set(topic.problem_ids)
    left: list[SmsTopic] = []
    for topic in topics:
        if isinstance(topic, ReminderTopic):
            ids = tuple(id for id in topic.enterprise_ids if stages[topic.business_date, id] == topic.stage)
            left += [replace(topic, enterprise_ids=ids)] if ids else []
        elif isinstance(topic, ProblemTopic) and topic.kind is MessageKind.PROBLEM_REMINDER:
            left += _without(topic, noticed)
        else:
            left.append(topic)
    return tuple(left)


def _without(topic: ProblemTopic, noticed: Iterable[object]) -> list[SmsTopic]:
    kept = [(id, mark) for id, mark in zip(topic.problem_ids, topic.marks, strict=True) if id not in noticed]
    if not kept:
        return []
    return [replace(topic, problem_ids=tuple(id for id, _ in kept), marks=tuple(mark for _, mark in kept))]
