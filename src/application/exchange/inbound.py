"""What the ministry sends down: received and kept, processed by a worker, and seen and put right by the province."""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from ...domain.exchange.duty import DutyState, Topic, backoff
from ...domain.exchange.inbound import InboxRecord, RecordFault, RecordState
from ...domain.refusals import Conflict, Refused
from ..access import SYSTEM, Permission, check
from ..notice.settling import settle
from ..policies import PolicyBook
from ..ports.exchange import Claim, Outcome
from ..ports.inbound import Delivery, DeliveryAnswer, MinistryReader, UnfitRecord
from ..ports.signals import Clock, Doorbell
from ..ports.work import Storage
from .inbox_alarms import InboxAlarms
from .processing import processed, quarantined
from .pushes import LEASE
from .reading import clean, read_delivery
from .receiving import LONGEST_SENTENCE, Reception

log = logging.getLogger(__name__)

BATCH: Final = 100
"""Records that are claimed at once, and processed well within the lease."""
TOGETHER: Final = 25
"""Records that are processed in one transaction: many enough to share look-ups, few enough to hold no lock long."""
NONCES_KEPT: Final = timedelta(days=1)
"""A signature is valid for minutes only; a day leaves room for clocks that are wrong."""
MOST_ATTEMPTS: Final = 3
"""How often messages are received anew when another process receives the same ones."""


class Inbound:
    """Receives messages, and processes their records. Safe to run on several nodes."""

    def __init__(
        self,
        storage: Storage,
        clock: Clock,
        reader: MinistryReader,
        policies: PolicyBook,
        doorbell: Doorbell,
        lease: timedelta = LEASE,
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._reader = reader
        self._policies = policies
        self._doorbell = doorbell
        self._lease = lease

    def receive(self, deliveries: Sequence[Delivery]) -> Sequence[DeliveryAnswer]:
        """Keep these authentic messages, in one transaction; answer each when it has been committed.

        A message that came before has no effect. Raises Conflict only if other processes receive the same
        messages again and again meanwhile, and Unavailable: then nothing is kept, and the sender repeats.
        """
        if not deliveries:
            return ()
        read = [read_delivery(self._reader, delivery) for delivery in deliveries]
        for attempt in range(1, MOST_ATTEMPTS + 1):
            try:
                with self._storage.work(SYSTEM) as work:
                    reception = Reception(work, self._policies, self._clock.now())
                    answers = reception.receive(read)
                    work.commit()
            except Conflict:
                # Another process has received one of them at the same time: now it is found as known.
                if attempt == MOST_ATTEMPTS:
                    raise
                continue
            if reception.queued:
                self._doorbell.ring(Topic.MINISTRY_INBOUND.value)
            return answers
        raise AssertionError("the last attempt returns or raises")

    def forget_nonces(self) -> int:
        """Forget the nonces that no valid signature can carry any more; returns how many."""
        check(SYSTEM, Permission.RUN_SYSTEM_JOB)
        with self._storage.work(SYSTEM) as work:
            forgotten = work.inbox.forget_nonces(older_than=NONCES_KEPT)
            work.commit()
        return forgotten

    def take_due(self) -> int:
        """Process one batch of records, TOGETHER in a transaction; returns how many were claimed.

        When such a group fails, its records are processed one by one. One that fails then keeps its lease, is
        tried again after that, alone, and is parked in the end. While a restore is open nothing is processed:
        it is received, and waits.
        """
        now = self._clock.now()
        with self._storage.work(SYSTEM) as work:
            if not work.restores.standing().in_use:
                return 0
            claims = work.outbox.claim(Topic.MINISTRY_INBOUND, now=now, limit=BATCH, lease=self._lease)
            work.commit()
        # One that may have killed its worker must not take others with it again.
        alone = [claim for claim in claims if claim.duty.crashes]
        sound = [claim for claim in claims if not claim.duty.crashes]
        for first in range(0, len(sound), TOGETHER):
            group = sound[first : first + TOGETHER]
            if not self._took(group):
                alone += group
        for claim in alone:
            try:
                self._process(claim)
            except Exception:
                # Whatever is wrong with one record must not stop the others.
                log.exception(
                    "processing a record of the ministry failed", extra={"duty": str(claim.duty.id)}
                )
        return len(claims)

    def _took(self, claims: Sequence[Claim]) -> bool:
        """Process these records in one transaction; False when anything at all is wrong with one of them."""
        try:
            return self._apply(claims)
        except Exception as failure:  # noqa: BLE001
            # Which one it was shows when they are processed one by one; that also says what to do with it.
            log.info("processing records one by one", extra={"why": type(failure).__name__})
            return False

    def _process(self, claim: Claim) -> None:
        try:
            self._apply([claim])
        except UnfitRecord as unfit:
            # It was fit when it came: the edition of the format, or the tables of codes, have changed.
            self._quarantine(claim, unfit.fault, unfit.sentence)
        except Conflict as conflict:
            self._try_later(claim, conflict)
        except Refused as refusal:
            self._quarantine(claim, RecordFault.INCONSISTENT, refusal.sentence)

    def _apply(self, claims: Sequence[Claim]) -> bool:
        """Process the records with their duties; False, and nothing is stored, when a lease has gone."""
        now = self._clock.now()
        with self._storage.work(SYSTEM) as work:
            records = work.inbox.find_records([claim.duty.id for claim in claims])
            found = [records[claim.duty.id] for claim in claims if claim.duty.id in records]
            pending = [one for one in found if one.state is RecordState.PENDING]
            done = processed(work, self._reader, pending, at=now, policies=self._policies)
            after = {one.id: one for one in done}
            outcomes = [_outcome(claim, after.get(claim.duty.id)) for claim in claims]
            work.inbox.save_records(done, were=RecordState.PENDING)
            alarms = InboxAlarms(work, now)
            for one in done:
                if one.state is RecordState.QUARANTINED:
                    alarms.quarantined(one)
            if work.outbox.settle(outcomes, at=now) != len(outcomes):
                log.warning("the lease of a record had gone to somebody else")
                return False
            work.commit()
        return True

    def _quarantine(self, claim: Claim, fault: RecordFault, why: str) -> None:
        """Have a person look at it: what had begun has been rolled back."""
        now = self._clock.now()
        with self._storage.work(SYSTEM) as work:
            record = work.inbox.find_records([claim.duty.id])[claim.duty.id]
            waiting = quarantined(record, fault, clean(why, LONGEST_SENTENCE))
            work.inbox.save_records([waiting], were=RecordState.PENDING)
            InboxAlarms(work, now).quarantined(waiting)
            if settle(work, claim, DutyState.DONE, now, code=waiting.state.value, answer=waiting.sentence):
                work.commit()

    def _try_later(self, claim: Claim, conflict: Conflict) -> None:
        now = self._clock.now()
        wait = backoff(claim.duty.attempts, jitter=random.random())
        with self._storage.work(SYSTEM) as work:
            settle(
                *(work, claim, DutyState.PENDING, now),
                code=conflict.code,
                answer=conflict.sentence,
                due_at=now + wait,
            )
            work.commit()


def _outcome(claim: Claim, done: InboxRecord | None) -> Outcome:
    """What the duty is settled with; None: its record was not waiting any more."""
    if done is None:
        return Outcome(claim=claim, state=DutyState.DONE, code="SETTLED_BEFORE")
    return Outcome(claim=claim, state=DutyState.DONE, code=done.state.value, answer=done.sentence)
