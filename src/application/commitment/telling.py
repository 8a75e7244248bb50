"""Reactions to a report or a re-opening: queue the report for the ministry, tell the enterprise's heads."""

from __future__ import annotations

from collections.abc import Iterable

from ...domain.commitment.events import CommitmentReopened, CommitmentReported
from ...domain.deadlines import push_due
from ...domain.exchange.duty import Duty, Topic
from ...domain.notice.notice import Message, MessageKind
from ...domain.restore import epoch_of, made_anew
from ...domain.values import MessageId, fact_id
from ..access import EVERYTHING
from ..notice.dates import day_words
from ..notice.inbox import tell
from ..policies import PolicyBook
from ..ports.work import UnitOfWork
from .ministry_facts import commitment_facts


def push_commitment(work: UnitOfWork, event: CommitmentReported, policies: PolicyBook) -> Iterable[Topic]:
    """Add this revision to the outbox for the ministry; the settings decide when it is sent."""
    policy = policies.policy(work, event.region_id, event.business_date, now=event.at)
    restores = policies.standing(work, now=event.at).restores
    anew = made_anew(restores, event.business_date, event.at)
    revision = event.report.revision
    work.outbox.add(
        [
            Duty(
                id=fact_id("commitment", event.enterprise_id, event.business_date, revision, *epoch_of(anew)),
                topic=Topic.MINISTRY_COMMITMENT,
                object_key=str(event.commitment_id),
                revision=revision,
                business_date=event.business_date,
                facts=commitment_facts(event.report, anew),
                created_at=event.at,
                due_at=push_due(event.at, policy),
            )
        ]
    )
    return ()


def tell_of_reopening(work: UnitOfWork, event: CommitmentReopened, policies: PolicyBook) -> Iterable[Topic]:
    """Tell the enterprise's heads in the app that the report can be corrected today, and why."""
    heads = work.people.heads_of([event.enterprise_id]).get(event.enterprise_id, ())
    day = day_words(event.business_date)
    tell(
        work,
        [
            Message(
                id=MessageId(fact_id("reopened", event.commitment_id, event.at, head.id)),
                receiver_id=head.id,
                kind=MessageKind.COMMITMENT_REOPENED,
                title=f"{day}的安全承诺已重新开放",
                body=f"{_who(work)}已重新开放贵企业{day}的安全承诺，请于今日内更正。原因：{event.reason.rstrip('。')}。",
                subject_type="Commitment",
                subject_id=str(event.commitment_id),
                created_at=event.at,
            )
            for head in heads
        ],
    )
    return ()


def _who(work: UnitOfWork) -> str:
    """Department and name of whoever acts, so that the enterprise knows whom to ask."""
    actor = work.actor
    if actor.department_id is None:
        return actor.name
    return f"{work.departments.get(actor.department_id, within=EVERYTHING).name}{actor.name}"
