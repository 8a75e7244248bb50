"""Reminders of problems: at parts of a term, at its end, then daily; overdue ones also go one level up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

from ...domain.deadlines import business_date
from ...domain.directory.organisation import Person
from ...domain.handling.terms import Mark, newest_marks, next_mark_of
from ...domain.notice.notice import Message, MessageKind, ProblemTopic, Sms
from ...domain.policy import Policy
from ...domain.problem.problem import Problem
from ...domain.problem.recipients import reminder_recipients_of
from ...domain.values import MessageId, ProblemId, fact_id
from ..handling.receivers import Receivers, works_for
from ..handling.reminding import Reminder, ReminderPlan, ReminderSource, remind
from ..notice.inbox import SmsText
from ..policies import PolicyBook
from ..ports.signals import Clock, Doorbell
from ..ports.work import Storage, UnitOfWork
from .telling import concern_of
from .words import reminder_of, reminder_sms


class ProblemReminders:
    """Sends reminders of unfed-back problems whose next mark has come; after an outage, only the newest."""

    def __init__(self, storage: Storage, clock: Clock, policies: PolicyBook, doorbell: Doorbell) -> None:
        self._storage = storage
        self._clock = clock
        self._policies = policies
        self._doorbell = doorbell

    def remind(self) -> int:
        """Send the reminders due since the last run; return for how many problems somebody was reminded.

        Raises RemindersMissing at the end when one or more problems could not be processed.
        """
        source = ReminderSource(
            name="problems",
            due=lambda work, now, limit: work.problems.to_remind(now, limit=limit),
            planner=self._planner,
            postpone=_postpone,
            topic=_topic,
        )
        return remind(source, self._storage, self._clock, self._doorbell)

    def _planner(
        self, work: UnitOfWork, problems: Sequence[Problem], now: datetime
    ) -> Callable[[Problem], ReminderPlan]:
        concerns = {problem.id: concern_of(problem) for problem in problems}
        receivers = Receivers(work, list(concerns.values()))

        def people(problem: Problem, *, escalated: bool) -> tuple[Person, ...]:
            to_enterprise = problem.addressee.enterprise_id is not None
            recipients = reminder_recipients_of(
                problem.origin, to_enterprise=to_enterprise, escalated=escalated
            )
            return receivers.of(concerns[problem.id], recipients)

        def plan(problem: Problem) -> ReminderPlan:
            policy = _policy(work, problem, now, self._policies)
            reminders = [
                _reminder(problem, mark, person, from_above=not works_for(person, problem.addressee), now=now)
                for mark in newest_marks(problem.running_terms, now, policy)
                for person in people(problem, escalated=mark.escalated)
            ]
            return ReminderPlan(reminders, next_mark_of(problem.running_terms, now, policy))

        return plan


def _reminder(problem: Problem, mark: Mark, person: Person, *, from_above: bool, now: datetime) -> Reminder:
    """The reminder of one mark for one person. `from_above`: the receiver is in the department above."""
    title, body = reminder_of(problem, mark, from_above=from_above)
    message = Message(
        id=MessageId(fact_id("problem-reminder", problem.id, mark.key, person.id)),
        receiver_id=person.id,
        kind=MessageKind.PROBLEM_OVERDUE if mark.escalated else MessageKind.PROBLEM_REMINDER,
        title=title,
        body=body,
        subject_type="Problem",
        subject_id=str(problem.id),
        created_at=now,
    )
    return Reminder(person, problem.id, mark.key, mark.at, mark.term.due, message)


def _postpone(work: UnitOfWork, problem: Problem, at: datetime | None) -> None:
    assert at is not None, "a running term always has a next mark"
    work.problems.remind_again(problem.id, at)


def _topic(day: date, due: Sequence[Reminder]) -> ProblemTopic:
    return ProblemTopic(
        day,
        MessageKind.PROBLEM_REMINDER,
        tuple(ProblemId(one.matter_id) for one in due),
        tuple(one.key for one in due),
    )


def _policy(work: UnitOfWork, problem: Problem, now: datetime, policies: PolicyBook) -> Policy:
    return policies.policy(work, problem.addressee.region_id, business_date(now), now=now)


def reminder_now(work: UnitOfWork, sms: Sms, now: datetime, policies: PolicyBook) -> SmsText | None:
    """The text of a reminder SMS for what is still owed; None when nothing is, or newer marks replace all."""
    topic = sms.topic
    assert isinstance(topic, ProblemTopic)  # The table has this check for its kind only.
    due: list[tuple[Problem, Mark]] = []
    found = work.problems.find_all(topic.problem_ids)
    for id, key in zip(topic.problem_ids, topic.marks, strict=True):
        if id in found:
            policy = _policy(work, found[id], now, policies)
            newest = newest_marks(found[id].running_terms, now, policy)
            due += [(found[id], mark) for mark in newest if mark.key == key]
    if not due:
        return None
    due.sort(key=lambda one: one[1].term.due)
    receiver = work.people.find_all([sms.receiver_id]).get(sms.receiver_id)
    own = {
        problem.id for problem, _ in due if receiver is not None and works_for(receiver, problem.addressee)
    }
    return SmsText(due[0][0].addressee.region_id, reminder_sms(due, own=own))
