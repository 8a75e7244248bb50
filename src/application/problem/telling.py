"""Tells people about a change of a problem, by in-app message and SMS, in the transaction of the change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from ...domain.deadlines import business_date
from ...domain.directory.organisation import Person
from ...domain.exchange.duty import Topic
from ...domain.handling.recipients import Recipient
from ...domain.notice.notice import Message, MessageKind, ProblemTopic, Sms
from ...domain.problem.events import ProblemEvent, ProblemHandedOver
from ...domain.problem.form import TOLD_AT_ONCE
from ...domain.problem.problem import Problem
from ...domain.problem.recipients import recipients_of
from ...domain.problem.workflow import OPEN, ProblemAction, ProblemState
from ...domain.restore import epoch_of, in_epoch
from ...domain.values import MessageId, PersonId, ProblemId, fact_id
from ..handling.receivers import Concern, Receivers
from ..handling.telling import tell_each
from ..handling.words import first_sentences
from ..notice.inbox import SmsText
from ..policies import PolicyBook
from ..ports.work import UnitOfWork
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
    ProblemAction.HAND_OVER: MessageKind.PROBLEM_HANDED_OVER,
    ProblemAction.RESTATE: MessageKind.PROBLEM_RESTATED,
    ProblemAction.REOPEN: MessageKind.PROBLEM_REOPENED,
}
"""The kind of message for each action (None: the issue). Other actions send no message."""

STILL_TRUE: Final[Mapping[MessageKind, Callable[[Problem], bool]]] = {
    MessageKind.PROBLEM_ISSUED: lambda problem: problem.is_unfed_back,
    MessageKind.PROBLEM_FED_BACK: lambda problem: problem.state is ProblemState.FED_BACK,
    MessageKind.PROBLEM_CLOSED: lambda problem: True,
    MessageKind.PROBLEM_RETURNED: lambda problem: problem.is_unfed_back,
    MessageKind.PROBLEM_WITHDRAWN: lambda problem: True,
    MessageKind.EXTENSION_REQUESTED: lambda problem: problem.open_extension is not None,
    MessageKind.EXTENSION_GRANTED: lambda problem: problem.is_unfed_back,
    MessageKind.EXTENSION_REFUSED: lambda problem: problem.is_unfed_back,
    MessageKind.PROBLEM_HANDED_OVER: lambda problem: problem.is_unfed_back,
    MessageKind.PROBLEM_RESTATED: lambda problem: problem.state in OPEN,
    MessageKind.PROBLEM_REOPENED: lambda problem: problem.is_unfed_back,
}
"""For each kind, whether an SMS that has waited is still true."""


AT_ONCE: Final[Mapping[MessageKind, Callable[[Problem], bool]]] = {
    kind: lambda problem: problem.statement.severity in TOLD_AT_ONCE
    for kind in (
        MessageKind.PROBLEM_ISSUED,
        MessageKind.PROBLEM_HANDED_OVER,
        MessageKind.PROBLEM_RESTATED,
        MessageKind.PROBLEM_REOPENED,
    )
}
"""For each kind, which problems' SMS goes out in quiet hours, too; a kind without a row always waits."""


def concern_of(problem: Problem) -> Concern:
    """The people and parties that the problem concerns."""
    return Concern(
        subject=f"Problem:{problem.id}",
        addressee=problem.addressee,
        reviewer_id=problem.issuer.id,
        issued_by=problem.issued.person_id,
        responsible=problem.statement.responsible,
    )


def addressed(problem: Problem) -> frozenset[Recipient]:
    """Who is told of the issue of the problem, and reminded of it."""
    return recipients_of(None, problem.path)


def tell_of_problem(work: UnitOfWork, event: ProblemEvent, policies: PolicyBook) -> Iterable[Topic]:
    """Send a message and an SMS to the people concerned, except the actor.

    Problems that one record issues together share one SMS per receiver.
    """
    problem = work.problems.find(event.problem_id)
    assert problem is not None, "what announced itself has been saved"
    entry = problem.timeline[event.revision - 1]
    if event.came_over or (entry.action is ProblemAction.RESTATE and entry.state not in OPEN):
        return ()  # Nobody has anything to do: it was over before it came, or it stays over.
    kind = KINDS[entry.action]
    concern = concern_of(problem)
    title, body = message_of(kind, problem, entry)
    epoch = epoch_of(in_epoch(policies.standing(work, now=event.at).restores, event.at))
    together = problem.inspection_id if kind is MessageKind.PROBLEM_ISSUED else None

    def message_to(person: Person) -> Message:
        return Message(
            id=notice_id(problem.id, event.revision, person.id),
            receiver_id=person.id,
            kind=kind,
            title=title,
            body=body,
            subject_type="Problem",
            subject_id=str(problem.id),
            created_at=event.at,
        )

    tell_each(
        work,
        _receivers(work, event, concern, recipients_of(entry.action, problem.path)),
        message_of=message_to,
        topic=ProblemTopic(business_date(event.at), kind, (problem.id,)),
        sms_id_of=lambda person: fact_id(
            "sms", kind.value, together or (problem.id, event.revision), person.id, *epoch
        ),
        together=together is not None,
        at=event.at,
    )
    return (Topic.SMS,)


def _receivers(
    work: UnitOfWork, event: ProblemEvent, concern: Concern, recipients: frozenset[Recipient]
) -> Sequence[Person]:
    """The people to tell; of a hand-over also those of the department that had the problem before."""
    concerns = [(concern, recipients)]
    if isinstance(event, ProblemHandedOver) and event.former_id not in (None, concern.reviewer_id):
        former = replace(concern.addressee, department_id=event.former_id)
        concerns.append((replace(concern, addressee=former), frozenset({Recipient.RESPONSIBLE})))
    receivers = Receivers(work, [one for one, _ in concerns])
    return list(dict.fromkeys(person for one, who in concerns for person in receivers.of(one, who)))


def notice_id(id: ProblemId, revision: int, receiver: PersonId) -> MessageId:
    """The id of the message that tells the receiver of this change."""
    return MessageId(fact_id("problem", id, revision, receiver))


def notice_now(work: UnitOfWork, sms: Sms, now: datetime, policies: PolicyBook) -> SmsText | None:
    """The text of an SMS about a change, as of now; None when it is no longer true of any problem."""
    topic = sms.topic
    assert isinstance(topic, ProblemTopic)  # The table has this check for its kinds only.
    found = work.problems.find_all(topic.problem_ids)
    known = [found[id] for id in topic.problem_ids if id in found]
    problems = [problem for problem in known if STILL_TRUE[topic.kind](problem)]
    if not problems:
        return None
    together: dict[tuple[object, ...], list[Problem]] = {}
    for problem in problems:
        together.setdefault((problem.origin, problem.issuer.id, problem.addressee), []).append(problem)
    urgent = AT_ONCE.get(topic.kind)
    return SmsText(
        problems[0].addressee.region_id,
        first_sentences([sms_of(topic.kind, group, now) for group in together.values()], "个单位的问题"),
        at_once=urgent is not None and any(urgent(problem) for problem in problems),
    )
