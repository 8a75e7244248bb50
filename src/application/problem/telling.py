"""Telling people what has become of a problem: a message in the app and an SMS, in the transaction of the change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from ...domain.deadlines import business_date
from ...domain.exchange.duty import Topic
from ...domain.notice.notice import Message, MessageKind, ProblemTopic
from ...domain.problem.events import ProblemEvent
from ...domain.problem.problem import Problem
from ...domain.problem.told import told_of
from ...domain.problem.workflow import ProblemAction, ProblemState
from ...domain.values import MessageId, ProblemId, fact_id
from ..notice.inbox import Owed, queue, sms_to, tell
from ..policies import PolicyBook
from ..ports.work import UnitOfWork
from .receivers import Receivers
from .words import message_of, sms_of

KINDS: Final[Mapping[ProblemAction | None, MessageKind]] = {
    None: MessageKind.PROBLEM_ISSUED,
    ProblemAction.FEED_BACK: MessageKind.PROBLEM_FED_BACK,
    ProblemAction.CLOSE: MessageKind.PROBLEM_CLOSED,
    ProblemAction.RETURN: MessageKind.PROBLEM_RETURNED,
    ProblemAction.WITHDRAW: MessageKind.PROBLEM_WITHDRAWN,
    ProblemAction.REQUEST_EXTENSION: MessageKind.EXTENSION_REQUESTED,
    ProblemAction.GRANT_EXTENSION: MessageKind.EXTENSION_GRANTED,
    ProblemAction.REFUSE_EXTENSION: MessageKind.EXTENSION_REFUSED,
}
"""What people are told when it is done; of the other actions nobody is."""

STILL_TRUE: Final[Mapping[MessageKind, Callable[[Problem], bool]]] = {
    MessageKind.PROBLEM_ISSUED: lambda problem: problem.is_unfed_back,
    MessageKind.PROBLEM_FED_BACK: lambda problem: problem.state is ProblemState.FED_BACK,
    MessageKind.PROBLEM_CLOSED: lambda problem: True,
    MessageKind.PROBLEM_RETURNED: lambda problem: problem.is_unfed_back,
    MessageKind.PROBLEM_WITHDRAWN: lambda problem: True,
    MessageKind.EXTENSION_REQUESTED: lambda problem: problem.open_extension is not None,
    MessageKind.EXTENSION_GRANTED: lambda problem: problem.is_unfed_back,
    MessageKind.EXTENSION_REFUSED: lambda problem: problem.is_unfed_back,
}
"""Whether an SMS that has waited still says something that is so."""


def tell_of_problem(work: UnitOfWork, event: ProblemEvent, policies: PolicyBook) -> Iterable[Topic]:
    """Who is concerned learns of it in the app and by SMS, but for whoever did it; issued together, told in one SMS."""
    problem = work.problems.find(event.problem_id)
    assert problem is not None, "what announced itself has been saved"
    entry = problem.timeline[event.revision - 1]
    kind = KINDS[entry.action]
    to_enterprise = problem.addressee.enterprise_id is not None
    told = told_of(entry.action, problem.origin, to_enterprise=to_enterprise)
    receivers = [
        person for person in Receivers(work, [problem]).of(problem, told) if person.id != work.actor.person_id
    ]
    title, body = message_of(kind, problem, entry)
    tell(
        work,
        [
            Message(
                id=MessageId(fact_id("problem", problem.id, event.revision, person.id)),
                receiver_id=person.id,
                kind=kind,
                title=title,
                body=body,
                subject_type="Problem",
                subject_id=str(problem.id),
                created_at=event.at,
            )
            for person in receivers
        ],
    )
    topic = ProblemTopic(business_date(event.at), kind, (problem.id,))
    together = problem.inspection_id if kind is MessageKind.PROBLEM_ISSUED else None
    new = []
    for person in receivers:
        id = fact_id("sms", kind.value, together or (problem.id, event.revision), person.id)
        if together is None or not _joined(work, id, problem.id):
            new.append(sms_to(person, topic, id=id, at=event.at))
    queue(work, new)
    return (Topic.SMS,)


def _joined(work: UnitOfWork, id: UUID, problem_id: ProblemId) -> bool:
    """Add the problem to the SMS about those of the same inspection; False where it is the first of them."""
    sms = work.texts.find(id)
    if sms is None or not isinstance(sms.topic, ProblemTopic):
        return False
    topic = replace(sms.topic, problem_ids=(*sms.topic.problem_ids, problem_id))
    work.texts.save(replace(sms, topic=topic))
    return True


def notice_now(work: UnitOfWork, topic: ProblemTopic, now: datetime) -> Owed | None:
    """What an SMS about a change says now; None when nothing of it is so any more."""
    found = work.problems.find_all(topic.problem_ids)
    known = [found[id] for id in topic.problem_ids if id in found]
    problems = [problem for problem in known if STILL_TRUE[topic.kind](problem)]
    if not problems:
        return None
    return Owed(problems[0].addressee.region_id, sms_of(topic.kind, problems, now))
