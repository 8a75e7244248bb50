"""Pushes the commitments of a past day to the ministry, as the worker would have, and writes the ledger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random
from typing import Final, Protocol

from ....application.commitment.ministry_facts import commitment_facts
from ....application.ports.exchange import Attempt, OutboundRecord, PushAnswer, RecordKind
from ....domain.commitment.report import Report
from ....domain.deadlines import push_due
from ....domain.exchange.duty import Duty, DutyState, Topic
from ....domain.policy import Policy
from ....domain.values import fact_id
from .reports import Written

TOPIC: Final = Topic.MINISTRY_COMMITMENT


class PastMinistry(Protocol):
    """The ministry's side at past instants; `batch_size` is how many records one call may carry."""

    batch_size: int

    def push(
        self, kind: RecordKind, batches: Sequence[tuple[datetime, Sequence[OutboundRecord]]]
    ) -> Sequence[PushAnswer]:
        """Take each batch at its instant; one answer for each. Sending a record again is harmless."""
        ...


class NotTaken(Exception):
    """The ministry's simulator refused what is sent to it: the demo's books would not agree. In English."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a day's pushes leave behind: settled duties, and the calls."""

    duties: tuple[Duty, ...]
    attempts: tuple[Attempt, ...]


def push_day(written: Sequence[Written], ministry: PastMinistry, policy: Policy) -> Pushed:
    """Send every version at the instant that the settings give it, in batches. Raises NotTaken."""
    # An earlier version goes first: the worker sends at most one version of an object at once.
    together: dict[tuple[datetime, int], list[Duty]] = defaultdict(list)
    for one in written:
        for report in one.versions:
            duty = _duty(one, report, policy)
            together[duty.due_at, duty.revision].append(duty)
    batches = [
        (due, batch)
        for (due, _), duties in sorted(together.items())
        for batch in _batches(duties, ministry.batch_size)
    ]
    answers = ministry.push(
        RecordKind.COMMITMENT,
        [(due, [OutboundRecord(duty.id, duty.facts) for duty in batch]) for due, batch in batches],
    )
    settled: list[Duty] = []
    attempts: list[Attempt] = []
    for (due, batch), answer in zip(batches, answers, strict=True):
        if answer.refused:
            raise NotTaken(f"{answer.refused[0].id}: {answer.refused[0].sentence}")
        settled.extend(_settled(duty, answer, due) for duty in batch)
        attempts.append(_attempt(answer, len(batch), due))
    return Pushed(tuple(settled), tuple(attempts))


def _settled(duty: Duty, answer: PushAnswer, at: datetime) -> Duty:
    return replace(
        duty,
        state=DutyState.DONE,
        attempts=1,
        answer_code=answer.code,
        answer=answer.sentence,
        message_id=answer.message_id,
        sent_at=at,
        settled_at=at,
    )


def _attempt(answer: PushAnswer, sent: int, at: datetime) -> Attempt:
    return Attempt(
        id=fact_id("demo", "attempt", answer.message_id, at),
        topic=TOPIC,
        message_id=answer.message_id,
        at=at,
        took_ms=Random(answer.message_id).randint(40, 400),
        http_status=answer.http_status,
        code=answer.code,
        sentence=answer.sentence,
        sent=sent,
        accepted=len(answer.accepted),
        refused=len(answer.refused),
    )


def _duty(one: Written, report: Report, policy: Policy) -> Duty:
    commitment = one.commitment
    return Duty(
        id=fact_id("commitment", commitment.enterprise_id, commitment.business_date, report.revision),
        topic=TOPIC,
        object_key=str(commitment.id),
        revision=report.revision,
        business_date=commitment.business_date,
        facts=commitment_facts(report),
        created_at=report.signed.at,
        due_at=push_due(report.signed.at, policy),
    )


def _batches(duties: Sequence[Duty], size: int) -> Iterator[Sequence[Duty]]:
    for start in range(0, len(duties), size):
        yield duties[start : start + size]
