"""Read and add the history of problems: timeline entries, feedbacks and requests for more time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Row
from sqlalchemy import insert as plain_insert
from sqlalchemy.dialects.postgresql import insert

from ...application.ports.problem import ProblemHistory
from ...domain.handling.feedback import Feedback
from ...domain.problem.history import Extension, TimelineEntry
from ...domain.problem.workflow import ProblemAction
from ...domain.signed import Signed
from ...domain.values import ProblemId
from .batches import in_batches
from .history import Run, feedback_columns, feedback_of, new_rows, rows_of, signed_columns, signed_of
from .tables.problem import problem_extension, problem_feedback, problem_timeline
from .transaction import Transaction

_TIMELINE: Final = rows_of(problem_timeline, problem_timeline.c.problem_id)
_FEEDBACKS: Final = rows_of(problem_feedback, problem_feedback.c.problem_id)
_EXTENSIONS: Final = rows_of(problem_extension, problem_extension.c.problem_id)
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
            feedbacks.setdefault(row.problem_id, []).append(feedback_of(row))
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
    if lines := new_rows(key, before.timeline, after.timeline, _of_line):
        transaction.run(_ADD_LINES, lines)
    if feedbacks := new_rows(key, before.feedbacks, after.feedbacks, feedback_columns):
        transaction.run(_ADD_FEEDBACKS, feedbacks)
    extensions = [
        key | {"number": number} | _of_extension(extension)
        for number, extension in enumerate(after.extensions, start=1)
        if number > len(before.extensions) or extension != before.extensions[number - 1]
    ]
    if extensions:
        transaction.run(_SAVE_EXTENSIONS, extensions)


def _line(row: Row[Any]) -> TimelineEntry:
    return TimelineEntry(row.action, row.state, signed_of(row), row.rectify_due, row.note)


def _of_line(entry: TimelineEntry) -> dict[str, Any]:
    return signed_columns(entry.signed) | {
        "action": entry.action,
        "state": entry.state,
        "note": entry.note,
        "rectify_due": entry.rectify_due,
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
