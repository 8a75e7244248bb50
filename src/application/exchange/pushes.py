"""Pushes due duties to the ministry in batches, retries only failed records, and reconciles daily."""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from threading import Lock
from time import monotonic
from typing import Final
from uuid import uuid4

from ...domain.deadlines import instant
from ...domain.exchange.duty import EVERY_REVISION, Duty, DutyState, Topic, backoff
from ...faultpoints import reached
from ..access import SYSTEM, Permission, check
from ..policies import PolicyBook
from ..ports.exchange import (
    ALREADY_SENT,
    Attempt,
    Claim,
    MinistryPlatform,
    OutboundRecord,
    Outcome,
    PushAnswer,
    PushFailed,
    RecordKind,
)
from ..ports.signals import Clock
from ..ports.work import Storage
from .alarms import raise_alarm
from .restored import HeldBefore, holds

log = logging.getLogger(__name__)

LEASE: Final = timedelta(seconds=120)
NO_ANSWER: Final = "NO_ANSWER"
HELD: Final = "HELD"
"""The answer code of a parked duty that the ministry turned out to hold."""
SUSPECT_AFTER: Final = 3
"""After so many attempts, a record may be the reason why the ministry refuses whole messages."""
MOST_FAILED_APART: Final = 3
"""After so many failed calls in a row, stop pushing apart: the ministry is failing, not a record."""
KINDS: Final = {
    Topic.MINISTRY_COMMITMENT: RecordKind.COMMITMENT,
    Topic.MINISTRY_PATROL: RecordKind.PATROL,
    Topic.MINISTRY_SPOT_CHECK: RecordKind.SPOT_CHECK,
    Topic.MINISTRY_PROBLEM: RecordKind.PROBLEM,
    Topic.MINISTRY_ALERT: RecordKind.ALERT,
}
"""The kind of record that each topic is sent as."""
RECORD_NAMES: Final = {
    RecordKind.COMMITMENT: "安全承诺",
    RecordKind.PATROL: "每周巡查情况",
    RecordKind.SPOT_CHECK: "每周抽查情况",
    RecordKind.PROBLEM: "问题办理情况",
    RecordKind.ALERT: "预警处置情况",
}


class Breaker:
    """Circuit breaker: stops calls after several failures in a row, and allows them again after a wait."""

    FAILURES = 5

    def __init__(self) -> None:
        self._lock = Lock()
        self._failures = 0
        self._open_until: datetime | None = None

    def closed(self, now: datetime) -> bool:
        with self._lock:
            return self._open_until is None or now >= self._open_until

    def succeeded(self) -> None:
        with self._lock:
            self._failures, self._open_until = 0, None

    def failed(self, now: datetime, asked: float | None) -> None:
        """Count a failure. From the fifth in a row, or if the server asked for it, stop calls for a while."""
        with self._lock:
            self._failures += 1
            if self._failures >= self.FAILURES or asked is not None:
                self._open_until = now + backoff(self._failures, jitter=random.random(), asked=asked)


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What the daily comparison found: how many records are DONE here, held there, and queued again.

    `parked`: those that are parked here and not held there.
    """

    business_date: date
    sent: int
    held: int
    lost: int
    parked: int = 0


class MinistryPushes:
    """The worker for the ministry's topics. Safe to run on several nodes: claims never overlap."""

    def __init__(
        self,
        storage: Storage,
        clock: Clock,
        ministry: MinistryPlatform,
        policies: PolicyBook,
        lease: timedelta = LEASE,
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._ministry = ministry
        self._policies = policies
        self._lease = lease
        self._breakers = {topic: Breaker() for topic in KINDS}
        self._held_before = HeldBefore(ministry)

    def push_due(self, topic: Topic = Topic.MINISTRY_COMMITMENT) -> int:
        """Push one batch of due duties; returns how many were claimed (0: nothing due, or breaker open).

        A revision waits while an earlier one of its object is PENDING. A dead letter holds up nothing: it is
        visible, and sent again only on request, after what has gone out meanwhile.
        """
        now = self._clock.now()
        breaker = self._breakers[topic]
        if not breaker.closed(now):
            return 0
        with self._storage.work(SYSTEM) as work:
            standing = work.restores.standing()
            if not standing.in_use:
                return 0
            claims = work.outbox.claim(topic, now=now, limit=self._ministry.batch_size, lease=self._lease)
            overtaken: Sequence[Claim] = ()
            if topic not in EVERY_REVISION:
                done = work.outbox.delivered_revisions(topic, [claim.duty.object_key for claim in claims])
                overtaken = [c for c in claims if done.get(c.duty.object_key, 0) > c.duty.revision]
            work.outbox.settle(
                [
                    Outcome(c, DutyState.SUPERSEDED, code="SUPERSEDED", answer="部级平台已有更新的版本")
                    for c in overtaken
                ],
                at=now,
            )
            work.commit()
        reached("push.claimed", *(claim.duty.id for claim in claims))
        batch: Sequence[Claim] = [claim for claim in claims if claim not in overtaken]
        if any(claim.duty.ask_first for claim in batch):
            begun = [restore.begun_at for restore in standing.restores]
            batch = self._certainly_unsent(topic, batch, breaker, max(begun, default=None))
        if batch:
            self._push(topic, batch, breaker)
        return len(claims)

    def _certainly_unsent(
        self, topic: Topic, batch: Sequence[Claim], breaker: Breaker, begun_at: datetime | None
    ) -> Sequence[Claim]:
        """Ask the ministry about what may have been sent before a restore; return what it does not have.

        Without an answer these stay due, and only the others are returned.
        """
        others = [claim for claim in batch if not claim.duty.ask_first]
        in_doubt = [claim for claim in batch if claim.duty.ask_first]
        asked_at = self._clock.now()
        try:
            asked = self._held_before.ask(KINDS[topic], in_doubt, begun_at=begun_at)
        except PushFailed as failure:
            breaker.failed(self._clock.now(), failure.retry_after)
            self._settle(_failed(in_doubt, failure, asked_at))
            return others
        with self._storage.work(SYSTEM) as work:
            work.outbox.settle(
                [
                    Outcome(c, DutyState.DONE, ALREADY_SENT, "从备份恢复后核对，部级平台已有")
                    for c in asked.held
                ],
                at=self._clock.now(),
            )
            work.outbox.asked([claim.duty.id for claim in asked.missing])
            work.commit()
        return [*others, *asked.missing]

    def _push(self, topic: Topic, batch: Sequence[Claim], breaker: Breaker) -> None:
        """Push the batch in one call; if one record may have made it fail, push again in parts."""
        sent_at = self._clock.now()
        failure = self._send(topic, batch)
        if failure is None:
            breaker.succeeded()
            return
        left = self._push_apart(topic, batch) if _one_may_spoil_it(batch, failure) else batch
        if len(left) < len(batch):
            breaker.succeeded()
        else:
            breaker.failed(self._clock.now(), failure.retry_after)
        self._settle(_failed(left, failure, sent_at))

    def _push_apart(self, topic: Topic, batch: Sequence[Claim]) -> Sequence[Claim]:
        """Push each record that has failed often alone, the rest together; returns what has not arrived.

        If the ministry answers every call with an error, this costs a few extra calls, not one per record.
        The order is random, so that no record always waits behind failing ones.
        No call begins in the second half of the lease.
        """
        until = monotonic() + self._lease.total_seconds() / 2
        parts = [[claim] for claim in batch if claim.duty.attempts >= SUSPECT_AFTER]
        random.shuffle(parts)
        if rest := [claim for claim in batch if claim.duty.attempts < SUSPECT_AFTER]:
            parts.insert(0, rest)
        left: list[Claim] = []
        in_a_row = 0
        for part in parts:
            if in_a_row == MOST_FAILED_APART or monotonic() >= until:
                left += part
            elif self._send(topic, part) is None:
                in_a_row = 0
            else:
                left += part
                in_a_row += 1
        return left

    def _send(self, topic: Topic, batch: Sequence[Claim]) -> PushFailed | None:
        """Make one call and log it in the ledger. Settle what was answered; the caller settles failures."""
        records = [OutboundRecord(id=claim.duty.id, facts=claim.duty.facts) for claim in batch]
        sent_at = self._clock.now()
        started = monotonic()
        answer: PushAnswer | PushFailed
        try:
            answer = self._ministry.push(KINDS[topic], records)
        except PushFailed as failure:
            log.warning("push to the ministry failed: %s", failure.reason)
            answer = failure
        took = round((monotonic() - started) * 1000)
        reached("push.answered", *(record.id for record in records))
        if isinstance(answer, PushFailed):
            self._settle([], _attempt(topic, batch, sent_at, took, answer))
            return answer
        self._settle(_answered(batch, answer, sent_at), _attempt(topic, batch, sent_at, took, answer))
        return None

    def _settle(self, outcomes: Sequence[Outcome], attempt: Attempt | None = None) -> None:
        with self._storage.work(SYSTEM) as work:
            if attempt is not None:
                work.outbox.log(attempt)
            stored = work.outbox.settle(outcomes, at=self._clock.now())
            work.commit()
        if stored < len(outcomes):
            log.warning("%d outcomes came after their lease had ended", len(outcomes) - stored)

    def reconciled_at(self, day: date) -> Sequence[datetime]:
        """When what was sent is compared on this day, by the province's setting."""
        now = self._clock.now()
        with self._storage.work(SYSTEM) as work:
            policy = self._policies.of_the_province(work, day, now=now)
        return [instant(day, policy.reconcile_at)]

    def reconcile(self, business_date: date, topic: Topic = Topic.MINISTRY_COMMITMENT) -> Reconciliation:
        """Compare what we know as delivered with what the ministry holds; queue again what it lacks.

        Parked duties are compared, too: their worker may have died after the ministry took them. Those that it
        holds are DONE; the others stay parked. What the ministry lacks sends an in-app alarm to the province's
        duty persons. If nothing was delivered or parked, the ministry is not asked. Raises PushFailed when the
        ministry does not answer; the schedule then retries.
        """
        check(SYSTEM, Permission.RUN_SYSTEM_JOB)
        kind = KINDS[topic]
        with self._storage.work(SYSTEM) as work:
            delivered = work.outbox.settled(topic, business_date)
            parked = work.outbox.parked(topic, business_date)
        if not delivered and not parked:
            return Reconciliation(business_date, sent=0, held=0, lost=0)
        held = {receipt.id: receipt.digest for receipt in self._ministry.receipts(kind, business_date)}
        arrived = [duty for duty in parked if holds(self._ministry, kind, duty, held)]
        by_revision = sorted([*delivered, *arrived], key=lambda duty: duty.revision)

        def compared(duty: Duty) -> str:
            """What one record of the ministry stands for: the newest revision of an object, or each of them."""
            return str(duty.id) if topic in EVERY_REVISION else duty.object_key

        newest = {compared(duty): duty for duty in by_revision}
        lost = [duty for duty in newest.values() if not holds(self._ministry, kind, duty, held)]
        left = [
            duty
            for duty in parked
            if duty not in arrived
            and (compared(duty) not in newest or newest[compared(duty)].revision < duty.revision)
        ]
        found = Reconciliation(
            business_date, sent=len(newest), held=len(newest) - len(lost), lost=len(lost), parked=len(left)
        )
        if arrived or lost or left:
            self._take_note(kind, found, arrived, lost, left)
        return found

    def _take_note(
        self,
        kind: RecordKind,
        found: Reconciliation,
        arrived: Sequence[Duty],
        lost: Sequence[Duty],
        left: Sequence[Duty],
    ) -> None:
        now = self._clock.now()
        with self._storage.work(SYSTEM) as work:
            work.outbox.arrived([duty.id for duty in arrived], code=HELD, answer="对账确认对方已持有", at=now)
            work.outbox.requeue_lost([duty.id for duty in lost], due_at=now)
            if lacking := found.lost + found.parked:
                log.error("the ministry lacks %d %s of %s", lacking, kind.value, found.business_date)
                parked = f"；另有{found.parked}条已搁置、未到达，请处理后重发" if found.parked else ""
                raise_alarm(
                    work,
                    *("reconcile", kind.value, found.business_date, now),
                    title=f"部级平台缺少{lacking}条{found.business_date}的{RECORD_NAMES[kind]}",
                    body=f"对账：已推送{found.sent}条，部级平台缺少或不一致{found.lost}条，已重新排队推送{parked}。",
                    # The first entry leads to the ledger of its topic and day.
                    subject_id=str([*lost, *left][0].id),
                    at=now,
                )
            work.commit()


def _attempt(
    topic: Topic, batch: Sequence[Claim], sent_at: datetime, took_ms: int, answer: PushAnswer | PushFailed
) -> Attempt:
    """The ledger entry of one call."""
    status: int | None
    if isinstance(answer, PushAnswer):
        status, code, sentence = answer.http_status, answer.code, answer.sentence
        accepted, refused = len(answer.accepted), len(answer.refused)
    else:
        status, code, sentence, accepted, refused = answer.answered, NO_ANSWER, answer.reason, 0, 0
    return Attempt(
        id=uuid4(),
        topic=topic,
        message_id=answer.message_id,
        at=sent_at,
        took_ms=took_ms,
        http_status=status,
        code=code,
        sentence=sentence,
        sent=len(batch),
        accepted=accepted,
        refused=refused,
    )


def _answered(batch: Sequence[Claim], answer: PushAnswer, sent_at: datetime) -> list[Outcome]:
    """One outcome per record: accepted ones are DONE; refused ones stay PENDING or become REFUSED.

    `may_succeed_later` in the ministry's refusal decides which.
    """
    refused = {refusal.id: refusal for refusal in answer.refused}
    outcomes = []
    for claim in batch:
        refusal = refused.get(claim.duty.id)
        if refusal is None:
            state, code, sentence, due_at = DutyState.DONE, answer.code, answer.sentence, None
        elif refusal.may_succeed_later:
            wait = backoff(claim.duty.attempts, jitter=random.random())
            state, code, sentence, due_at = DutyState.PENDING, refusal.code, refusal.sentence, sent_at + wait
        else:
            state, code, sentence, due_at = DutyState.REFUSED, refusal.code, refusal.sentence, None
        outcomes.append(Outcome(claim, state, code, sentence, answer.message_id, due_at, sent_at))
    return outcomes


def _one_may_spoil_it(batch: Sequence[Claim], failure: PushFailed) -> bool:
    """Whether the ministry answered, did not ask us to wait, and a record of the batch has failed often."""
    return (
        failure.answered is not None
        and failure.retry_after is None
        and len(batch) > 1
        and any(claim.duty.attempts >= SUSPECT_AFTER for claim in batch)
    )


def _failed(batch: Sequence[Claim], failure: PushFailed, sent_at: datetime) -> list[Outcome]:
    """No usable answer: all records stay PENDING and are sent again under the same ids.

    They share one jitter, so that those with equally many attempts are sent together again.
    """
    jitter = random.random()
    return [
        Outcome(
            claim,
            DutyState.PENDING,
            NO_ANSWER,
            failure.reason,
            failure.message_id,
            sent_at + backoff(claim.duty.attempts, jitter=jitter, asked=failure.retry_after),
            sent_at,
        )
        for claim in batch
    ]
