"""Finds feedback and extension requests at which the issuer has not looked in time; tells its duty persons."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime

from ...domain.deadlines import business_date
from ...domain.directory.organisation import Person
from ...domain.exchange.duty import Topic
from ...domain.notice.notice import Message, MessageKind, ProblemTopic, Sms
from ...domain.policy import Policy
from ...domain.problem.deadlines import look_by
from ...domain.problem.events import ExtensionRequested, ProblemFedBack
from ...domain.problem.problem import Problem
from ...domain.problem.recipients import UNLOOKED, recipients_of
from ...domain.values import MessageId, ProblemId, fact_id
from ..handling.receivers import Receivers
from ..handling.reminding import Reminder, ReminderPlan, ReminderSource, remind
from ..notice.inbox import SmsText
from ..policies import PolicyBook
from ..ports.signals import Clock, Doorbell
from ..ports.work import Storage, UnitOfWork
from .telling import concern_of, notice_id
from .words import review_of, review_sms


class ProblemReviews:
    """Tells the duty persons of the issuing department once of each feedback and each extension request.

    They are told only if nobody has looked within the term: no receiver has read the in-app message about it,
    and nobody of the department has closed, returned or decided.
    """

    def __init__(self, storage: Storage, clock: Clock, policies: PolicyBook, doorbell: Doorbell) -> None:
        self._storage = storage
        self._clock = clock
        self._policies = policies
        self._doorbell = doorbell

    def remind(self) -> int:
        """Tell of what has waited too long; return of how many problems somebody was told.

        Raises RemindersMissing at the end when one or more problems could not be processed.
        """
        source = ReminderSource(
            name="reviews",
            due=lambda work, now, limit: work.problems.to_review(now, limit=limit),
            planner=self._planner,
            postpone=lambda work, problem, at: work.problems.check_review(problem.id, at),
            topic=_topic,
        )
        return remind(source, self._storage, self._clock, self._doorbell)

    def _planner(
        self, work: UnitOfWork, problems: Sequence[Problem], now: datetime
    ) -> Callable[[Problem], ReminderPlan]:
        receivers = Receivers(work, [concern_of(problem) for problem in problems])

        def plan(problem: Problem) -> ReminderPlan:
            revision = problem.awaits_review
            if revision is None or _looked(work, receivers, problem, revision):
                return ReminderPlan((), None)
            policy = _policy(work, problem, now, self._policies)
            by = look_by(problem.timeline[revision - 1].signed.at, problem.statement.severity, policy)
            people = receivers.of(concern_of(problem), UNLOOKED)
            return ReminderPlan([_reminder(problem, revision, one, by, now) for one in people], None)

        return plan


def watch_review(
    work: UnitOfWork, event: ProblemFedBack | ExtensionRequested, policies: PolicyBook
) -> Iterable[Topic]:
    """Note when to check whether the issuer has looked at the feedback or the request."""
    problem = work.problems.find(event.problem_id)
    assert problem is not None, "what announced itself has been saved"
    policy = _policy(work, problem, event.at, policies)
    work.problems.check_review(problem.id, look_by(event.at, problem.statement.severity, policy))
    return ()


def review_now(work: UnitOfWork, sms: Sms, now: datetime, policies: PolicyBook) -> SmsText | None:
    """The text about what still waits and nobody has looked at; None when there is nothing."""
    topic = sms.topic
    assert isinstance(topic, ProblemTopic)  # The table has this check for its kind only.
    found = work.problems.find_all(topic.problem_ids)
    receivers = Receivers(work, [concern_of(problem) for problem in found.values()])
    waiting = [
        found[id]
        for id, key in zip(topic.problem_ids, topic.marks, strict=True)
        if id in found
        and (revision := found[id].awaits_review) is not None
        and str(revision) == key
        and not _looked(work, receivers, found[id], revision)
    ]
    return SmsText(waiting[0].issuer.region_id, review_sms(waiting)) if waiting else None


def _looked(work: UnitOfWork, receivers: Receivers, problem: Problem, revision: int) -> bool:
    """Whether one of those who were told of this revision has read the message; also if there are none."""
    entry = problem.timeline[revision - 1]
    to_enterprise = problem.addressee.enterprise_id is not None
    recipients = recipients_of(entry.action, problem.origin, to_enterprise=to_enterprise)
    people = receivers.of(concern_of(problem), recipients)
    ids = [
        notice_id(problem.id, revision, person.id) for person in people if person.id != entry.signed.person_id
    ]
    return not ids or bool(work.messages.read(ids))


def _reminder(problem: Problem, revision: int, person: Person, by: datetime, now: datetime) -> Reminder:
    title, body = review_of(problem, revision, now)
    message = Message(
        id=MessageId(fact_id("review-waiting", problem.id, revision, person.id)),
        receiver_id=person.id,
        kind=MessageKind.REVIEW_WAITING,
        title=title,
        body=body,
        subject_type="Problem",
        subject_id=str(problem.id),
        created_at=now,
    )
    return Reminder(person, problem.id, str(revision), by, by, message)


def _topic(day: date, due: Sequence[Reminder]) -> ProblemTopic:
    return ProblemTopic(
        day,
        MessageKind.REVIEW_WAITING,
        tuple(ProblemId(one.matter_id) for one in due),
        tuple(one.key for one in due),
    )


def _policy(work: UnitOfWork, problem: Problem, now: datetime, policies: PolicyBook) -> Policy:
    return policies.policy(work, problem.issuer.region_id, business_date(now), now=now)
