"""How problems differ from alerts where people are reminded: of their terms, and of waiting reviews."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Final, cast

from ...domain.exchange.duty import Topic
from ...domain.notice.notice import MessageKind, ProblemTopic
from ...domain.problem.deadlines import look_by
from ...domain.problem.events import ExtensionRequested, ProblemFedBack
from ...domain.problem.problem import Problem
from ...domain.problem.recipients import UNLOOKED, recipients_of, reminder_recipients_of
from ..handling.matters import MatterKind, Matters, reminder_now, review_now, watch_review
from ..policies import PolicyBook
from ..ports.work import UnitOfWork
from .telling import concern_of, notice_id
from .words import reminder_of, reminder_sms, review_of, review_sms

PROBLEMS: Final[MatterKind[Problem]] = MatterKind(
    name="problems",
    key="problem",
    subject="Problem",
    collection=lambda work: cast("Matters[Problem]", work.problems),
    topic=ProblemTopic,
    concern_of=concern_of,
    told_of=lambda problem, revision: recipients_of(problem.timeline[revision - 1].action, problem.path),
    reminded=lambda problem, escalated: reminder_recipients_of(problem.path, escalated=escalated),
    unlooked=UNLOOKED,
    reviewer_region=lambda problem: problem.issuer.region_id,
    look_by=lambda problem, at, policy: look_by(at, problem.statement.severity, policy),
    reminder_policy=lambda problem, policy: policy,
    reminder_kind=MessageKind.PROBLEM_REMINDER,
    overdue_kind=MessageKind.PROBLEM_OVERDUE,
    review_kind=MessageKind.REVIEW_WAITING,
    notice_id=lambda problem, revision, person: notice_id(problem.id, revision, person),
    reminder_of=reminder_of,
    reminder_sms=reminder_sms,
    review_of=review_of,
    review_sms=review_sms,
)

problem_reminder_now: Final = partial(reminder_now, PROBLEMS)
problem_review_now: Final = partial(review_now, PROBLEMS)


def watch_problem_review(
    work: UnitOfWork, event: ProblemFedBack | ExtensionRequested, policies: PolicyBook
) -> Iterable[Topic]:
    """Note when to check whether the issuer has looked at the feedback or the request."""
    watch_review(PROBLEMS, work, event.problem_id, event.at, policies)
    return ()
