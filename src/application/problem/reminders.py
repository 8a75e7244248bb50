"""Reminding of problems: at parts of a term, when it is over, and then once a day; overdue, one level up as well."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ...domain.deadlines import business_date
from ...domain.directory.organisation import Person
from ...domain.exchange.duty import Topic
from ...domain.handling.terms import Mark, marks, next_mark_at
from ...domain.notice.notice import Message, MessageKind, ProblemTopic
from ...domain.problem.problem import Problem
from ...domain.problem.told import reminded
from ...domain.values import MessageId, ProblemId, fact_id
from ..access import SYSTEM, Command, check
from ..notice.inbox import Owed, queue, sms_to, tell
from ..policies import PolicyBook
from ..ports.signals import Clock, Doorbell
from ..ports.work import Storage, UnitOfWork
from .receivers import Receivers
from .words import reminder_of, reminder_sms

CHUNK: Final = 1_000
"""Problems that are looked at in one transaction."""
WHOLE_RUN: Final = timedelta(minutes=5)
"""How long the SMS of a run wait that takes several transactions, so that each person's are merged: half of the time
until the next run."""
NEXT_TRY: Final = timedelta(minutes=10)
"""When a problem is looked at again that could not be."""

log = logging.getLogger(__name__)


class RemindersMissing(Exception):
    """Of some problems nobody could be reminded; of the others everybody was. Says how many, in English."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """What one person is to be told of one mark; `from_above`: it is the department above that is told."""

    receiver: Person
    problem: Problem
    mark: Mark
    from_above: bool

    @property
    def id(self) -> MessageId:
        """By problem, mark and receiver: written once, however often somebody looks."""
        return MessageId(fact_id("problem-reminder", self.problem.id, self.mark.key, self.receiver.id))

    def message(self, now: datetime) -> Message:
        title, body = reminder_of(self.problem, self.mark, from_above=self.from_above)
        return Message(
            id=self.id,
            receiver_id=self.receiver.id,
            kind=MessageKind.PROBLEM_OVERDUE if self.mark.escalated else MessageKind.PROBLEM_REMINDER,
            title=title,
            body=body,
            subject_type="Problem",
            subject_id=str(self.problem.id),
            created_at=now,
        )


class ProblemReminders:
    """Looks at the unfed-back problems whose next mark has come. After a standstill only the newest mark is told."""

    def __init__(self, storage: Storage, clock: Clock, policies: PolicyBook, doorbell: Doorbell) -> None:
        self._storage = storage
        self._clock = clock
        self._policies = policies
        self._doorbell = doorbell

    def remind(self) -> int:
        """Tell what has come since the last run; says of how many problems somebody was reminded.

        Raises RemindersMissing in the end when one or more problems could not be looked at.
        """
        check(SYSTEM, Command.RUN_SYSTEM_JOB)
        now = self._clock.now()
        told = failed = 0
        sms_due: datetime | None = None
        while True:
            with self._storage.work(SYSTEM) as work:
                problems = work.problems.to_remind(now, limit=CHUNK)
                if sms_due is None:
                    sms_due = now if len(problems) < CHUNK else now + WHOLE_RUN
                looked = self._look(work, problems, now)
                new = _not_told_yet(work, [reminder for found, _ in looked.values() for reminder in found])
                _write(work, new, now, sms_due)
                for problem in problems:
                    _, again = looked.get(problem.id, ((), now + NEXT_TRY))
                    work.problems.remind_again(problem.id, again)
                work.commit()
            failed += len(problems) - len(looked)
            told += len({reminder.problem.id for reminder in new})
            if new:
                self._doorbell.ring(Topic.SMS.value)
            if len(problems) < CHUNK:
                break
        if failed:
            raise RemindersMissing(
                f"{failed} problems could not be looked at, of {told} somebody was reminded"
            )
        return told

    def _look(
        self, work: UnitOfWork, problems: Sequence[Problem], now: datetime
    ) -> Mapping[ProblemId, tuple[Sequence[Reminder], datetime]]:
        """What is to be said of each problem that could be looked at, and when to look again."""
        receivers = Receivers(work, problems)
        found = {}
        for problem in problems:
            try:
                reminders = self._reminders(work, problem, receivers, now)
                found[problem.id] = reminders, self._next(work, problem, now)
            except Exception:
                # The others are not to wait for this one; it is looked at again with the next run.
                log.exception("nobody reminded of a problem", extra={"problem": problem.id})
        return found

    def _reminders(
        self, work: UnitOfWork, problem: Problem, receivers: Receivers, now: datetime
    ) -> Sequence[Reminder]:
        to_enterprise = problem.addressee.enterprise_id is not None
        at_party = receivers.of(
            problem, reminded(problem.origin, to_enterprise=to_enterprise, escalated=False)
        )
        return [
            Reminder(person, problem, mark, from_above=person not in at_party)
            for mark in _newest(work, problem, now, self._policies)
            for person in receivers.of(
                problem, reminded(problem.origin, to_enterprise=to_enterprise, escalated=mark.escalated)
            )
        ]

    def _next(self, work: UnitOfWork, problem: Problem, now: datetime) -> datetime:
        policy = self._policies.policy(work, problem.addressee.region_id, business_date(now), now=now)
        return min(next_mark_at(term, now, policy) for term in problem.running_terms)


def _not_told_yet(work: UnitOfWork, found: Sequence[Reminder]) -> Sequence[Reminder]:
    """The longest due first."""
    known = work.messages.known([reminder.id for reminder in found])
    new = [reminder for reminder in found if reminder.id not in known]
    return sorted(new, key=lambda reminder: reminder.mark.term.due)


def _newest(work: UnitOfWork, problem: Problem, now: datetime, policies: PolicyBook) -> Sequence[Mark]:
    """The newest mark that has come of each term that is still running."""
    policy = policies.policy(work, problem.addressee.region_id, business_date(now), now=now)
    come = [marks(term, now, policy) for term in problem.running_terms]
    return [of_term[-1] for of_term in come if of_term]


def _write(work: UnitOfWork, reminders: Sequence[Reminder], now: datetime, sms_due: datetime) -> None:
    """A message for each reminder, and for each person one SMS about all of them."""
    tell(work, [reminder.message(now) for reminder in reminders])
    by_person: dict[Person, list[Reminder]] = {}
    for reminder in reminders:
        by_person.setdefault(reminder.receiver, []).append(reminder)
    texts = []
    for person, due in by_person.items():
        topic = ProblemTopic(
            business_date(now),
            MessageKind.PROBLEM_REMINDER,
            tuple(reminder.problem.id for reminder in due),
            tuple(reminder.mark.key for reminder in due),
        )
        key = fact_id("sms", topic.kind.value, person.id, *topic.problem_ids, *topic.marks)
        texts.append(sms_to(person, topic, id=key, at=now))
    queue(work, texts, due_at=sms_due)


def reminder_now(work: UnitOfWork, topic: ProblemTopic, now: datetime, policies: PolicyBook) -> Owed | None:
    """What a reminder says of what is still owed; None when nothing is, or newer marks have come of all of it."""
    due: list[tuple[Problem, Mark]] = []
    found = work.problems.find_all(topic.problem_ids)
    for id, key in zip(topic.problem_ids, topic.marks, strict=True):
        if id in found:
            newest = _newest(work, found[id], now, policies)
            due += [(found[id], mark) for mark in newest if mark.key == key]
    if not due:
        return None
    due.sort(key=lambda one: one[1].term.due)
    return Owed(due[0][0].addressee.region_id, reminder_sms(due))
