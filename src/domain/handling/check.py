"""Checks the feedback of an addressee, and reports every fault with its field's path."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from ..faults import attachment_faults, raise_together, text_faults
from ..refusals import InvalidValue, Refused
from .feedback import FeedbackForm

LONGEST_PLAN: Final = timedelta(days=365)


class DeadlinePassed(InvalidValue):
    """The deadline lies before today."""

    code = "DEADLINE_PASSED"


def check_feedback(form: FeedbackForm, *, final: bool, today: date, work: str) -> None:
    """Raise all faults of a feedback: interim requires progress and plan, final requires the outcome.

    `work` is what the addressee does, in Chinese: 整改 for a problem, 处置 for an alert.
    """
    raise_together(_feedback_faults(form, final, today, work))


def _feedback_faults(form: FeedbackForm, final: bool, today: date, work: str) -> Iterator[Refused]:
    yield from text_faults(form.situation, "核实情况", "situation", 1000, shortest=2)
    yield from text_faults(form.measures, f"{work}措施", "measures", 1000, shortest=2)
    yield from text_faults(form.progress, f"{work}进展", "progress", 1000, shortest=0 if final else 2)
    yield from text_faults(form.outcome, "最终结果", "outcome", 1000, shortest=2 if final else 0)
    if form.planned_on is None:
        if not final:
            yield InvalidValue(f"反馈{work}进展时必须填写计划完成日期。", field="plannedOn")
    elif not final and form.planned_on < today:
        yield DeadlinePassed(f"计划完成日期{form.planned_on}早于今日{today}。", field="plannedOn")
    elif form.planned_on - today > LONGEST_PLAN:
        yield InvalidValue(
            f"计划完成日期自今日起最长{LONGEST_PLAN.days}天，现至{form.planned_on}。",
            field="plannedOn",
        )
    yield from attachment_faults(form.attachments, "attachments")
