"""What problems and alerts have in common where the states of their handling go up to the ministry."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from ...domain.deadlines import business_date
from ...domain.exchange.duty import Duty, Topic
from ...domain.handling.feedback import Feedback
from ...domain.restore import epoch_of, in_epoch
from ...domain.values import SHANGHAI, fact_id
from ..policies import PolicyBook
from ..ports.work import UnitOfWork


def state_duty(
    work: UnitOfWork,
    topic: Topic,
    *,
    object_id: UUID,
    external_id: str,
    revision: int,
    at: datetime,
    facts: dict[str, Any],
    policies: PolicyBook,
) -> Duty:
    """The duty to send one state; it is due at once, after the earlier states of the same object.

    After a restore, id and revision are others than before it: the lost states may have gone up already.
    """
    restore = in_epoch(policies.standing(work, now=at).restores, at)
    told = revision + (0 if restore is None else restore.revisions_from)
    return Duty(
        id=fact_id(topic.value, external_id, revision, *epoch_of(restore)),
        topic=topic,
        object_key=str(object_id),
        revision=revision,
        business_date=business_date(at),
        facts={**facts, "revision": told},
        created_at=at,
        due_at=at,
    )


def result_facts(feedback: Feedback | None) -> dict[str, Any]:
    """The reviewed result; every value is None before the review. `plan_date` is YYYY-MM-DD.

    `progress` has the progress and the outcome, each on its own line.
    """
    form = None if feedback is None else feedback.form
    if form is None:
        return dict.fromkeys(("situation", "measure", "progress", "plan_date", "is_finish"))
    return {
        "situation": form.situation,
        "measure": form.measures,
        "progress": "\n".join(words for words in (form.progress, form.outcome) if words),
        "plan_date": None if form.planned_on is None else form.planned_on.isoformat(),
        "is_finish": True,
    }


def last_final(feedbacks: Sequence[Feedback]) -> Feedback | None:
    """The newest final feedback; None if there is none."""
    return next((feedback for feedback in reversed(feedbacks) if feedback.final), None)


def moment(at: datetime) -> str:
    """The instant as ISO text with +08:00."""
    return at.astimezone(SHANGHAI).isoformat()


def day_text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
