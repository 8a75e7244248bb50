"""SMS delivery receipts: stores each callback first, processes it later, keeps unreadable ones as well."""

from __future__ import annotations

import logging
import random
from base64 import b64decode, b64encode
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Final

from ...domain.deadlines import business_date
from ...domain.exchange.duty import Duty, DutyState, Topic, backoff
from ...domain.notice.notice import SMS_TRANSITIONS, SmsState
from ...domain.values import fact_id
from ..access import SYSTEM
from ..ports.exchange import Claim
from ..ports.notice import MalformedReceipt, SmsGateway, SmsReceipt
from ..ports.signals import Clock, Doorbell
from ..ports.work import Storage, UnitOfWork
from .settling import settle
from .texts import LEASE

log = logging.getLogger(__name__)

BATCH: Final = 50
MOST_TRIES: Final = 12
MOST_KEPT: Final = 64 * 1024
"""How many bytes of an unreadable callback are kept."""
MALFORMED: Final = "MALFORMED"


class SmsReceipts:
    """Stores receipts from callbacks, and the worker that processes them. Safe to run on several nodes."""

    def __init__(self, storage: Storage, clock: Clock, gateway: SmsGateway, doorbell: Doorbell) -> None:
        self._storage = storage
        self._clock = clock
        self._gateway = gateway
        self._doorbell = doorbell

    def receive(self, raw: bytes) -> bool:
        """Store the body of a callback before the gateway is answered; return whether it could be read.

        A repeated receipt is stored once. An unreadable body is kept as a dead letter, with its first bytes.
        """
        now = self._clock.now()
        try:
            duties = [_receipt(told, now) for told in self._gateway.read_receipts(raw, received_at=now)]
        except MalformedReceipt as failure:
            log.warning("SMS receipt kept unread: %s", failure.reason)
            duties = [_unread(raw, failure.reason, now)]
        with self._storage.work(SYSTEM) as work:
            work.outbox.add(duties)
            work.commit()
        self._doorbell.ring(Topic.SMS_RECEIPT.value)
        return all(duty.state is DutyState.PENDING for duty in duties)

    def take_due(self) -> int:
        """Process one batch of stored receipts; return how many were claimed.

        A receipt whose SMS is not known yet is retried later, up to MOST_TRIES times.
        When processing raises, the receipt keeps its lease, is retried after that, and is parked in the end.
        """
        now = self._clock.now()
        with self._storage.work(SYSTEM) as work:
            claims = work.outbox.claim(Topic.SMS_RECEIPT, now=now, limit=BATCH, lease=LEASE)
            work.commit()
        for claim in claims:
            try:
                with self._storage.work(SYSTEM) as work:
                    self._take(work, claim, now)
                    work.commit()
            except Exception:
                log.exception("taking in a receipt failed", extra={"duty": str(claim.duty.id)})
        return len(claims)

    def _take(self, work: UnitOfWork, claim: Claim, now: datetime) -> None:
        facts = claim.duty.facts
        if "raw" in facts:
            self._read_again(work, claim, now)
            return
        sms = work.texts.by_gateway(str(facts["gateway_id"]), str(facts["phone"]))
        if sms is None:
            if claim.duty.attempts >= MOST_TRIES:
                settle(work, claim, DutyState.REFUSED, now, code="NO_SMS", answer="没有找到回执对应的短信")
            else:
                wait = backoff(claim.duty.attempts, jitter=random.random())
                settle(work, claim, DutyState.PENDING, now, code="EARLY", due_at=now + wait)
            return
        state = SmsState.DELIVERED if facts["delivered"] else SmsState.FAILED
        if (sms.state, state) in SMS_TRANSITIONS:
            note = "" if facts["delivered"] else f"运营商回执：{facts['status']}"
            work.texts.save(replace(sms, state=state, changed_at=now, note=note))
        settle(work, claim, DutyState.DONE, now, code=str(facts["status"]))

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
    """The dead letter of an unreadable callback.

    Facts: `raw`, its first MOST_KEPT bytes in Base64, and `bytes`, its whole length.
    """
    digest = sha256(raw).hexdigest()
    return Duty(
        id=fact_id("sms-receipt-unread", digest),
        topic=Topic.SMS_RECEIPT,
        object_key=f"unread|{digest}",
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


def _why_unread(reason: str) -> str:
    return f"回执报文不能识别，原文已留存：{reason}"
