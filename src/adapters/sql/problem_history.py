"""Read and add the history of problems: timeline entries, feedbacks and requests for more time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Row, Select, bindparam, select
from sqlalchemy import insert as plain_insert
from sqlalchemy.dialects.postgresql import insert

from ...application.ports.problem import ProblemHistory
from ...domain.handling.feedback import Feedback
from ...domain.problem.history import Extension, TimelineEntry
from ...domain.problem.workflow import ProblemAction
from ...domain.signed import Signed
from ...domain.values import ProblemId
from .batches import in_batches
from .codec import dump_feedback, load_feedback
from .tables.problem import problem_extension, problem_feedback, problem_timeline
from .transaction import Transaction

Run = Callable[[Select[Any], dict[str, Any]], Iterable[Row[Any]]]
"""Executes a SELECT with parameters and returns its rows."""


def _of_these(table: Any) -> Select[Any]:
    return (
        select(table)
        .where(table.c.problem_id.in_(bindparam("ids", expanding=True)))
        .order_by(table.c.problem_id, table.c.number)
    )


_TIMELINE: Final = _of_these(problem_timeline)
_FEEDBACKS: Final = _of_these(problem_feedback)
_EXTENSIONS: Final = _of_these(problem_extension)
_ADD_LINES: Final = plain_insert(problem_timeline)
_ADD_FEEDBACKS: Final = plain_insert(problem_feedback)
_new_extension = insert(problem_extension)
_SAVE_EXTENSIONS: Final = _new_extension.on_conflict_do_update(
    index_elements=[problem_extension.c.problem_id, problem_extension.c.number],
    set_={
        name: _new_extension.excluded[name]
        for name in ("outcome", "decided_at", "decided_by_id", "decided_by_name", "note")
    },
)
_FED_BACK: Final = frozenset({ProblemAction.REPORT_PROGRESS, ProblemAction.FEED_BACK})

NOTHING_YET: Final = ProblemHistory((), (), ())


def histories_of(ids: Sequence[ProblemId], run: Run) -> Mapping[ProblemId, ProblemHistory]:
    """Return the history of every known problem.

    The timeline tells whether the other tables have rows; if not, they are not queried.
    """
    lines: dict[ProblemId, list[TimelineEntry]] = {}
    feedbacks: dict[ProblemId, list[Feedback]] = {}
    extensions: dict[ProblemId, list[Extension]] = {}
    for batch in in_batches(ids):
        for row in run(_TIMELINE, {"ids": batch}):
            lines.setdefault(row.problem_id, []).append(_line(row))
    for batch in in_batches(id for id, told in lines.items() if any(e.action in _FED_BACK for e in told)):
        for row in run(_FEEDBACKS, {"ids": batch}):
            feedbacks.setdefault(row.problem_id, []).append(_feedback(row))
    asked = ProblemAction.REQUEST_EXTENSION
    for batch in in_batches(id for id, told in lines.items() if any(e.action is asked for e in told)):
        for row in run(_EXTENSIONS, {"ids": batch}):
            extensions.setdefault(row.problem_id, []).append(_extension(row))
    return {
        id: ProblemHistory(tuple(feedbacks.get(id, ())), tuple(extensions.get(id, ())), tuple(told))
        for id, told in lines.items()
    }


def add_history(
    transaction: Transaction, id: ProblemId, before: ProblemHistory, after: ProblemHistory
) -> None:
    """Insert what is in `after` but not in `before`, and update extensions that were decided."""
    key = {"problem_id": id}
    known = len(before.timeline)
    lines = [
        key | {"number": number} | _of_line(entry)
        for number, entry in enumerate(after.timeline[known:], start=known + 1)
    ]
    if lines:
        transaction.run(_ADD_LINES, lines)
    known = len(before.feedbacks)
    feedbacks = [
        key | {"number": number} | _of_feedback(feedback)
        for number, feedback in enumerate(after.feedbacks[known:], start=known + 1)
    ]
    if feedbacks:
        transaction.run(_ADD_FEEDBACKS, feedbacks)
    extensions = [
        key | {"number": number} | _of_extension(extension)
        for number, extension in enumerate(after.extensions, start=1)
        if number > len(before.extensions) or extension != before.extensions[number - 1]
    ]
    if extensions:
        transaction.run(_SAVE_EXTENSIONS, extensions)


def _line(row: Row[Any]) -> TimelineEntry:
    signed = Signed(row.by_id, row.by_name, row.at)
    return TimelineEntry(row.action, row.state, signed, row.rectify_due, row.note)


def _of_line(entry: TimelineEntry) -> dict[str, Any]:
    return {
        "action": entry.action,
        "state": entry.state,
        "at": entry.signed.at,
        "by_id": entry.signed.person_id,
        "by_name": entry.signed.name,
        "note": entry.note,
        "rectify_due": entry.rectify_due,
    }


def _feedback(row: Row[Any]) -> Feedback:
    signed = Signed(row.by_id, row.by_name, row.at)
    return Feedback(signed, load_feedback(row.form), final=row.final, late=row.late)


def _of_feedback(feedback: Feedback) -> dict[str, Any]:
    return {
        "final": feedback.final,
        "late": feedback.late,
        "at": feedback.signed.at,
        "by_id": feedback.signed.person_id,
        "by_name": feedback.signed.name,
        "form": dump_feedback(feedback.form),
    }


def _extension(row: Row[Any]) -> Extension:
    decided = None
    if row.decided_at is not None:
        decided = Signed(row.decided_by_id, row.decided_by_name, row.decided_at)
    return Extension(
        requested=Signed(row.requested_by_id, row.requested_by_name, row.requested_at),
        until=row.until,
        reason=row.reason,
        outcome=row.outcome,
        decided=decided,
        note=row.note,
    )


def _of_extension(extension: Extension) -> dict[str, Any]:
    decided = extension.decided
    return {
        "requested_at": extension.requested.at,
        "requested_by_id": extension.requested.person_id,
        "requested_by_name": extension.requested.name,
        "until": extension.until,
        "reason": extension.reason,
        "outcome": extension.outcome,
        "decided_at": None if decided is None else decided.at,
        "decided_by_id": None if decided is None else decided.person_id,
        "decided_by_name": None if decided is None else decided.name,
        "note": extension.note,
    }
