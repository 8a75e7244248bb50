"""What the histories of problems and alerts have in common: numbered rows, and the rows of feedbacks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Row, Select, bindparam, select

from ...domain.handling.feedback import Feedback
from ...domain.signed import Signed
from .codec import dump_feedback, load_feedback

Entry = TypeVar("Entry")
Run = Callable[[Select[Any], dict[str, Any]], Iterable[Row[Any]]]
"""Executes a SELECT with parameters and returns its rows."""


def rows_of(table: Any, key: Any) -> Select[Any]:
    """Select the rows of the objects `ids`, in the order of their numbers; `key` is their column."""
    wanted = select(table).where(key.in_(bindparam("ids", expanding=True)))
    return wanted.order_by(key, table.c.number)


def new_rows(
    key: dict[str, Any],
    before: Sequence[Entry],
    after: Sequence[Entry],
    columns: Callable[[Entry], dict[str, Any]],
) -> list[dict[str, Any]]:
    """The rows for what is in `after` but not in `before`; entries are only added, at the end."""
    known = len(before)
    return [
        key | {"number": number} | columns(entry) for number, entry in enumerate(after[known:], known + 1)
    ]


def signed_of(row: Row[Any]) -> Signed:
    return Signed(row.by_id, row.by_name, row.at)


def signed_columns(signed: Signed) -> dict[str, Any]:
    return {"at": signed.at, "by_id": signed.person_id, "by_name": signed.name}


def feedback_of(row: Row[Any]) -> Feedback:
    return Feedback(signed_of(row), load_feedback(row.form), final=row.final, late=row.late)


def feedback_columns(feedback: Feedback) -> dict[str, Any]:
    return signed_columns(feedback.signed) | {
        "final": feedback.final,
        "late": feedback.late,
        "form": dump_feedback(feedback.form),
    }


def last_signed(timeline: Sequence[Any], action: Any) -> Signed | None:
    """Return who did the action last, and when; None if nobody did."""
    return next((entry.signed for entry in reversed(timeline) if entry.action is action), None)
