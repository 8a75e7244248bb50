"""Read and add the history of alerts: timeline entries and feedbacks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Row, insert

from ...application.ports.alert import AlertHistory
from ...domain.alert.history import AlertEntry
from ...domain.alert.workflow import AlertAction
from ...domain.handling.feedback import Feedback
from ...domain.values import AlertId
from .batches import in_batches
from .history import Run, feedback_columns, feedback_of, new_rows, rows_of, signed_columns, signed_of
from .tables.alert import alert_feedback, alert_timeline
from .transaction import Transaction

_TIMELINE: Final = rows_of(alert_timeline, alert_timeline.c.alert_id)
_FEEDBACKS: Final = rows_of(alert_feedback, alert_feedback.c.alert_id)
_ADD_LINES: Final = insert(alert_timeline)
_ADD_FEEDBACKS: Final = insert(alert_feedback)
_FED_BACK: Final = frozenset({AlertAction.REPORT_PROGRESS, AlertAction.FEED_BACK})

NOTHING_YET: Final = AlertHistory((), ())


def histories_of(ids: Sequence[AlertId], run: Run) -> Mapping[AlertId, AlertHistory]:
    """Return the history of every known alert; feedbacks are queried only where the timeline tells of some."""
    lines: dict[AlertId, list[AlertEntry]] = {}
    feedbacks: dict[AlertId, list[Feedback]] = {}
    for batch in in_batches(ids):
        for row in run(_TIMELINE, {"ids": batch}):
            lines.setdefault(row.alert_id, []).append(_line(row))
    for batch in in_batches(id for id, told in lines.items() if any(e.action in _FED_BACK for e in told)):
        for row in run(_FEEDBACKS, {"ids": batch}):
            feedbacks.setdefault(row.alert_id, []).append(feedback_of(row))
    return {id: AlertHistory(tuple(feedbacks.get(id, ())), tuple(told)) for id, told in lines.items()}


def add_histories(
    transaction: Transaction, changes: Iterable[tuple[AlertId, AlertHistory, AlertHistory]]
) -> None:
    """Insert for each alert what is in its history after, the last of the three, but not in the one before."""
    lines: list[dict[str, Any]] = []
    feedbacks: list[dict[str, Any]] = []
    for id, before, after in changes:
        key = {"alert_id": id}
        lines += new_rows(key, before.timeline, after.timeline, _of_line)
        feedbacks += new_rows(key, before.feedbacks, after.feedbacks, feedback_columns)
    if lines:
        transaction.run(_ADD_LINES, lines)
    if feedbacks:
        transaction.run(_ADD_FEEDBACKS, feedbacks)


def _line(row: Row[Any]) -> AlertEntry:
    return AlertEntry(row.action, row.state, signed_of(row), row.level, row.feed_back_due, row.note)


def _of_line(entry: AlertEntry) -> dict[str, Any]:
    return signed_columns(entry.signed) | {
        "action": entry.action,
        "state": entry.state,
        "note": entry.note,
        "level": entry.level,
        "feed_back_due": entry.feed_back_due,
    }
