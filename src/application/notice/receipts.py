"""SMS delivery receipts: stores each callback first, processes it later, keeps unreadable ones as well."""

from __future__ import annotations

import logging
import random
import re
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from threading import Lock
from typing import Final
from uuid import UUID

from ...domain.deadlines import business_date
from ...domain.exchange.duty import Duty, DutyState, Topic, backoff
from ...domain.notice.notice import SMS_TRANSITIONS, Sms, SmsState
from ...domain.values import fact_id
from ..access import SYSTEM
from ..ports.exchange import Claim, Outcome
from ..ports.notice import MalformedReceipt, SmsGateway, SmsReceipt
from ..ports.signals import Clock, Doorbell
from ..ports.work import Storage, UnitOfWork
from .settling import settle
from .texts import LEASE

log = logging.getLogger(__name__)

BATCH: Final = 5_000
"""Receipts of one pass: more than one callback can hold, so that each takes one."""
MOST_TRIES: Final = 12
MOST_KEPT: Final = 256 * 1024
"""The largest callback in bytes; a larger one is refused. So an unreadable one is kept whole."""
SAMPLES: Final = 3
"""How many unreadable callbacks of one kind are kept for each business day; all are counted."""
MALFORMED: Final = "MALFORMED"
_NUMBER: Final = re.compile(r"\d+")


class SmsReceipts:
    """Stores receipts from callbacks, and the worker that processes them. Safe to run on several nodes."""

    def __init__(
        self,
        storage: Storage,
        clock: Clock,
        gateway: SmsGateway,
        doorbell: Doorbell,
        lease: timedelta = LEASE,
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._gateway = gateway
        self._doorbell = doorbell
        self._lease = lease
        self._lock = Lock()
        self._unread: Counter[str] = Counter()

    def receive(self, raw: bytes) -> bool:
        """Store the body of a callback before the gateway is answered; return whether it could be read.

        A repeated receipt is stored once. Of unreadable bodies, a few of each kind are kept as dead letters.
        """
        now = self._clock.now()
        try:
            duties = [_receipt(told, now) for told in self._gateway.read_receipts(raw, received_at=now)]
        except MalformedReceipt as failure:
            self._count(failure.reason)
            duties = [_unread(raw, failure.reason, now)]
        with self._storage.work(SYSTEM) as work:
            work.outbox.add(duties)
            work.commit()
        readable = all(duty.state is DutyState.PENDING for duty in duties)
        if readable:
            self._doorbell.ring(Topic.SMS_RECEIPT.value)
        return readable

    def _count(self, reason: str) -> None:
        """Count an unreadable callback; log the first of each kind, the tenth, the hundredth and so on."""
        kind = _kind(reason)
        with self._lock:
            self._unread[kind] += 1
            count = self._unread[kind]
        if count == 10 ** (len(str(count)) - 1):
            log.warning("SMS receipts not readable since the start: %d times: %s", count, reason)

    def unread(self) -> Mapping[str, int]:
        """How many callbacks could not be read since this process started, by kind of reason (English)."""
        with self._lock:
            return dict(self._unread)

    def take_due(self) -> int:
        """Process one batch of stored receipts together; return how many were claimed.

        A receipt whose SMS is not known yet is retried later, up to MOST_TRIES times.
        When the batch fails, its receipts are processed one by one. One that fails then keeps its lease, is
        retried after that, and is parked in the end.
        """
        now = self._clock.now()
        with self._storage.work(SYSTEM) as work:
            claims = work.outbox.claim(Topic.SMS_RECEIPT, now=now, limit=BATCH, lease=self._lease)
            work.commit()
        unread = [claim for claim in claims if "raw" in claim.duty.facts]
        receipts = [claim for claim in claims if "raw" not in claim.duty.facts]
        # One that may have killed its worker must not take the others with it again.
        together = [claim for claim in receipts if not claim.duty.crashes]
        alone = [claim for claim in receipts if claim.duty.crashes]
        if not self._took(together, now, log.warning):
            alone = together + alone
        for claim in alone:
            self._took([claim], now, log.exception)
        for claim in unread:
            try:
                with self._storage.work(SYSTEM) as work:
                    self._read_again(work, claim, now)
                    work.commit()
            except Exception:
                log.exception("taking in a receipt failed", extra={"duty": str(claim.duty.id)})
        return len(claims)

    def _took(self, claims: Sequence[Claim], now: datetime, tell: Callable[..., None]) -> bool:
        """Take in these receipts in one transaction; False when it fails, or when a lease has gone."""
        if not claims:
            return True
        try:
            with self._storage.work(SYSTEM) as work:
                outcomes = _taken(work, claims, now)
                if work.outbox.settle(outcomes, at=now) != len(outcomes):
                    # Commit nothing then: the other worker's outcome holds.
                    tell("the lease of a receipt had gone to somebody else")
                    return False
                work.commit()
        except Exception as failure:  # noqa: BLE001
            # Whatever is wrong with one receipt must not stop the others.
            duties = [str(claim.duty.id) for claim in claims[:1]]
            tell("taking in a receipt failed", extra={"duty": duties[0], "why": type(failure).__name__})
            return False
        return True

    def _read_again(self, work: UnitOfWork, claim: Claim, now: datetime) -> None:
        """Parse an unreadable callback once more, after somebody has revived its dead letter."""
        raw = b64decode(claim.duty.facts["raw"])
        try:
            receipts = self._gateway.read_receipts(raw, received_at=claim.duty.created_at)
        except MalformedReceipt as failure:
            settle(work, claim, DutyState.REFUSED, now, code=MALFORMED, answer=_why_unread(failure.reason))
            return
        work.outbox.add([_receipt(told, now) for told in receipts])
        settle(work, claim, DutyState.DONE, now, code="READ")


def _taken(work: UnitOfWork, claims: Sequence[Claim], now: datetime) -> list[Outcome]:
    """Save what the receipts say of their SMS; return the outcome of each. As many statements for many as for one."""
    keys = [_key(claim) for claim in claims]
    texts = dict(work.texts.by_gateway(keys))
    changed: dict[UUID, Sms] = {}
    outcomes = []
    for claim, key in zip(claims, keys, strict=True):
        facts, sms = claim.duty.facts, texts.get(key)
        if sms is None:
            outcomes.append(_without_sms(claim, now))
            continue
        state = SmsState.DELIVERED if facts["delivered"] else SmsState.FAILED
        if (sms.state, state) in SMS_TRANSITIONS:
            note = "" if facts["delivered"] else f"运营商回执：{facts['status']}"
            texts[key] = changed[sms.id] = replace(sms, state=state, changed_at=now, note=note)
        outcomes.append(Outcome(claim=claim, state=DutyState.DONE, code=str(facts["status"])))
    # In the order of the ids, so that two workers never deadlock.
    work.texts.save_all(sorted(changed.values(), key=lambda sms: sms.id))
    return outcomes


def _key(claim: Claim) -> tuple[str, str]:
    return str(claim.duty.facts["gateway_id"]), str(claim.duty.facts["phone"])


def _without_sms(claim: Claim, now: datetime) -> Outcome:
    if claim.duty.attempts >= MOST_TRIES:
        return Outcome(claim=claim, state=DutyState.REFUSED, code="NO_SMS", answer="没有找到回执对应的短信")
    wait = backoff(claim.duty.attempts, jitter=random.random())
    return Outcome(claim=claim, state=DutyState.PENDING, code="EARLY", due_at=now + wait)


def _receipt(told: SmsReceipt, now: datetime) -> Duty:
    """The outbox entry that holds a receipt until it is processed."""
    return Duty(
        id=fact_id("sms-receipt", told.gateway_id, told.phone, told.status),
        topic=Topic.SMS_RECEIPT,
        object_key=f"{told.gateway_id}|{told.phone}|{told.status}",
        revision=1,
        business_date=business_date(now),
        facts={
            "gateway_id": told.gateway_id,
            "phone": told.phone,
            "delivered": told.delivered,
            "status": told.status,
        },
        created_at=now,
        due_at=now,
    )


def _unread(raw: bytes, reason: str, now: datetime) -> Duty:
    """The dead letter of an unreadable callback; one that has the id of a kept one is not stored.

    The id has SAMPLES values for each kind of reason and business date; the body's hash chooses one.
    Facts: `raw`, its first MOST_KEPT bytes in Base64, and `bytes`, its whole length.
    """
    digest = sha256(raw).digest()
    kept_as = f"{_kind(reason)}|{business_date(now)}|{int.from_bytes(digest) % SAMPLES}"
    return Duty(
        id=fact_id("sms-receipt-unread", kept_as),
        topic=Topic.SMS_RECEIPT,
        object_key=f"unread|{kept_as}",
        revision=1,
        business_date=business_date(now),
        facts={"raw": b64encode(raw[:MOST_KEPT]).decode(), "bytes": len(raw)},
        created_at=now,
        due_at=now,
        state=DutyState.REFUSED,
        answer_code=MALFORMED,
        answer=_why_unread(reason),
        settled_at=now,
    )


def _kind(reason: str) -> str:
    """The reason without its figures: "item 7 is not an object" is of the kind of item 8."""
    return _NUMBER.sub("n", reason)


def _why_unread(reason: str) -> str:
    return f"回执报文不能识别，原文已留存：{reason}"
