"""Sends SMS: checks each claimed duty again, sends it with no transaction open, and records the outcome."""

from __future__ import annotations

import logging
import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic
from typing import Final

from ...domain.deadlines import business_date, day_start, sms_allowed_from
from ...domain.exchange.duty import DutyState, Topic, backoff
from ...domain.notice.notice import MessageKind, Sms, SmsState
from ...faultpoints import reached
from ..access import SYSTEM
from ..policies import PolicyBook
from ..ports.exchange import ALREADY_SENT, Claim
from ..ports.notice import (
    SmsAccepted,
    SmsEnquiry,
    SmsGateway,
    SmsNotSent,
    SmsOutcomeUnknown,
    SmsRefused,
    SmsToSend,
)
from ..ports.signals import Clock, Doorbell
from ..ports.work import Storage, UnitOfWork
from .inbox import OwedCheck, SmsText
from .merging import merged, text_now
from .restored import certainly_unsent
from .settling import settle

log = logging.getLogger(__name__)

LEASE: Final = timedelta(seconds=120)
UNKNOWN_WAIT: Final = timedelta(minutes=10)
MOST_SENDS: Final = 3
"""After so many sends with unknown outcome, a person decides. A send that certainly failed does not count."""
MOST_ROUNDS: Final = 3
"""So often an SMS is checked again because half of its lease was over before it could be sent."""
UNSETTLED: Final = frozenset({SmsState.QUEUED, SmsState.UNKNOWN, SmsState.FAILED})
"""States in which an SMS may still be sent; a FAILED one only after somebody has revived its dead letter."""


class Texts:
    """The worker of the SMS topics. Every method is safe to run at the same time on several nodes."""

    def __init__(
        self,
        storage: Storage,
        clock: Clock,
        policies: PolicyBook,
        gateway: SmsGateway,
        doorbell: Doorbell,
        still_owed: Mapping[MessageKind, OwedCheck],
        lease: timedelta = LEASE,
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._policies = policies
        self._gateway = gateway
        self._doorbell = doorbell
        self._still_owed = still_owed
        self._lease = lease

    def send_due(self) -> int:
        """Send the SMS that has been due for longest; return how many duties were claimed: one or none.

        Claims one at a time: a gateway may use its whole deadline, and waiting would use up the lease of the
        others. So a worker that is told to stop has only one SMS to finish.
        """
        now = self._clock.now()
        with self._storage.work(SYSTEM) as work:
            if not work.restores.standing().in_use:
                return 0
            claims = work.outbox.claim(Topic.SMS, now=now, limit=1, lease=self._lease)
            work.commit()
        for claim in claims:
            try:
                reached("sms.claimed", claim.duty.id)
                self._send(claim)
            except Exception:
                log.exception("sending an SMS failed", extra={"duty": str(claim.duty.id)})
        return len(claims)

    def _send(self, claim: Claim) -> None:
        """Check the SMS and hand it over while the lease is young.

        A lease of which half is over, because this process stood still, is not used: the gateway is asked, the
        lease renewed and everything checked again. After some such rounds it is left to the next claim.
        """
        told = self._asked(claim)
        for _ in range(MOST_ROUNDS):
            if isinstance(told, Sms):
                code = ALREADY_SENT if claim.duty.ask_first else "FOUND"
                self._record(claim, told, DutyState.DONE, code, "网关确认已接收")
                return
            # By the database the lease begins later than this, and ends later than it is thought to here.
            not_after = monotonic() + self._lease.total_seconds() / 2
            with self._storage.work(SYSTEM) as work:
                if not work.restores.standing().in_use:
                    return
                if not work.outbox.renew(claim, lease=self._lease):
                    log.warning(
                        "the lease of a duty ran out before it was sent", extra={"duty": str(claim.duty.id)}
                    )
                    return
                sms = self._checked(work, claim, self._clock.now(), told)
                work.commit()
            if sms is None:
                return
            reached("sms.checked", sms.id)
            if monotonic() < not_after:
                self._hand_over(claim, sms, not_after)
                return
            log.warning("an SMS was not sent: half of its lease was over", extra={"sms": str(sms.id)})
            found = self._gateway.enquire(_outgoing(sms))
            # It was not sent from here, so only what was unknown before can be unknown now.
            told = self._found(claim, sms, found) if isinstance(found, SmsAccepted) else told
        now = self._clock.now()
        due_at = now + backoff(claim.duty.attempts, jitter=random.random())
        with self._storage.work(SYSTEM) as work:
            settle(work, claim, DutyState.PENDING, now, code="LATE", due_at=due_at)
            work.commit()

    def _hand_over(self, claim: Claim, sms: Sms, not_after: float) -> None:
        wait = backoff(claim.duty.attempts, jitter=random.random())
        given = replace(sms, handed_over_at=self._clock.now())
        try:
            answer = self._gateway.send(replace(_outgoing(sms), not_after=not_after))
        except SmsNotSent as failure:
            log.warning("SMS gateway not reached: %s", failure.reason)
            self._record(claim, sms, DutyState.PENDING, "NOT_SENT", wait=wait)
        except SmsOutcomeUnknown as failure:
            log.warning("SMS outcome unknown: %s", failure.reason)
            unknown = replace(given, state=SmsState.UNKNOWN, unanswered=sms.unanswered + 1)
            self._record(claim, unknown, DutyState.PENDING, "UNKNOWN", wait=UNKNOWN_WAIT)
        else:
            reached("sms.answered", sms.id)
            self._answered(claim, given if isinstance(answer, SmsAccepted) else sms, answer, wait)

    def _answered(self, claim: Claim, sms: Sms, answer: SmsAccepted | SmsRefused, wait: timedelta) -> None:
        if isinstance(answer, SmsAccepted):
            self._record(claim, _accepted(sms, answer), DutyState.DONE, "ACCEPTED", "网关已接收")
        elif answer.may_succeed_later:
            self._record(claim, sms, DutyState.PENDING, answer.code, answer.sentence, wait=wait)
        else:
            failed = replace(sms, state=SmsState.FAILED, note=answer.sentence)
            self._record(claim, failed, DutyState.REFUSED, answer.code, answer.sentence)

    def _asked(self, claim: Claim) -> Sms | SmsEnquiry | None:
        """Ask the gateway about an SMS that it may already have: such an SMS must not be sent again.

        This is so when the outcome is unknown, after a crash, and after a restore. Returns the SMS as accepted if the gateway
        has it, else the gateway's answer; None when there is nothing to ask.
        """
        with self._storage.work(SYSTEM) as work:
            sms = work.texts.find(claim.duty.id)
        if sms is None or sms.state not in UNSETTLED:
            return None
        if sms.state is not SmsState.UNKNOWN and not claim.duty.crashes and not claim.duty.ask_first:
            return None
        told = self._gateway.enquire(_outgoing(sms))
        return self._found(claim, sms, told) if isinstance(told, SmsAccepted) else told

    def _found(self, claim: Claim, sms: Sms, told: SmsAccepted) -> Sms:
        # After a crash nobody wrote down when it was handed over: today counts. After a restore it may have
        # been any day: the day on which it was due counts.
        since = claim.duty.due_at if claim.duty.ask_first else self._clock.now()
        return _accepted(replace(sms, handed_over_at=sms.handed_over_at or since), told)

    def _checked(self, work: UnitOfWork, claim: Claim, now: datetime, told: SmsEnquiry | None) -> Sms | None:
        """Check everything again just before sending; settle the duty and return None to send nothing.

        Else return the SMS with its text, which is stored before it is sent.
        An SMS that the gateway may have, or may have had, stays UNKNOWN; it never becomes DROPPED. NOT_FOUND
        is true only at the instant of asking. What goes out at once is never dropped by the daily cap.
        """
        duty = claim.duty
        sms = work.texts.find(duty.id)
        if sms is None:
            settle(work, claim, DutyState.REFUSED, now, code="NO_SMS", answer="没有对应的短信记录")
            return None
        if sms.state not in UNSETTLED:
            settle(work, claim, DutyState.DONE, now, code=sms.state.value, answer="短信已有结果")
            return None
        if duty.ask_first:
            certain = certainly_unsent(work, claim, sms, now, told)
            if certain is None:
                return None
            sms, told = certain, None
        if told is SmsEnquiry.CANNOT_SAY and sms.state is not SmsState.UNKNOWN:
            sms = replace(sms, state=SmsState.UNKNOWN, changed_at=now, handed_over_at=now)
            work.texts.save(sms)
        if told is SmsEnquiry.NOT_FOUND:
            sms = replace(sms, unanswered=0)
        if sms.unanswered >= MOST_SENDS:
            # Reset the count, for when somebody revives the dead letter.
            work.texts.save(replace(sms, unanswered=0))
            answer = "多次发送均未得到网关答复"
            settle(work, claim, DutyState.REFUSED, now, code="UNKNOWN", answer=answer)
            return None
        owed = self._owed(work, sms, now)
        if owed is None:
            note = self._still_owed[sms.topic.kind].otherwise
            _drop(work, claim, sms, now, "NOT_OWED", note)
            return None
        policy = self._policies.policy(work, owed.region_id, business_date(now), now=now)
        allowed_from = sms_allowed_from(now, policy)
        if allowed_from > now and not owed.at_once:
            settle(
                work,
                claim,
                DutyState.PENDING,
                now,
                code="QUIET_HOURS",
                answer="免打扰时段",
                due_at=allowed_from,
            )
            return None
        midnight = day_start(business_date(now))
        handed_over = work.texts.sent_since(sms.phone.text, midnight)
        if sms.state is SmsState.UNKNOWN and (sms.handed_over_at or now) >= midnight:
            handed_over -= 1  # `sent_since` counts this SMS as well; it must not use up its own limit.
        if handed_over >= policy.sms_daily_cap and not owed.at_once:
            note = f"该号码当日短信已达上限{policy.sms_daily_cap}条，应用消息已写入"
            _drop(work, claim, sms, now, "DAILY_CAP", note)
            return None
        whole = sms
        if _may_grow(claim, sms):
            quiet = allowed_from > now
            whole = merged(work, duty, sms, now, lambda other: not quiet or self._at_once(work, other, now))
        if whole is not sms:
            owed = self._owed(work, whole, now) or owed
        whole = replace(whole, text=owed.text)
        work.texts.save(whole)
        return whole

    def _owed(self, work: UnitOfWork, sms: Sms, now: datetime) -> SmsText | None:
        """The current text of the SMS; None when nothing is owed any more."""
        return text_now(work, sms, now, self._policies, self._still_owed)

    def _at_once(self, work: UnitOfWork, sms: Sms, now: datetime) -> bool:
        """Whether the SMS goes out in quiet hours, too."""
        owed = self._owed(work, sms, now)
        return owed is not None and owed.at_once

    def _record(
        self,
        claim: Claim,
        sms: Sms,
        state: DutyState,
        code: str,
        answer: str = "",
        *,
        wait: timedelta | None = None,
    ) -> None:
        """Store the outcome, unless another worker has the lease by now: then its outcome holds."""
        now = self._clock.now()
        due_at = None if wait is None else now + wait
        with self._storage.work(SYSTEM) as work:
            if not settle(work, claim, state, now, code=code, answer=answer, due_at=due_at, sent=True):
                return
            work.texts.save(replace(sms, changed_at=now))
            work.commit()
        if state is DutyState.DONE:
            self._doorbell.ring(Topic.SMS_RECEIPT.value)


def _outgoing(sms: Sms) -> SmsToSend:
    return SmsToSend(id=sms.id, phone=sms.phone.text, text=sms.text or "")


def _accepted(sms: Sms, answer: SmsAccepted) -> Sms:
    return replace(sms, state=SmsState.ACCEPTED, gateway_id=answer.gateway_id, note="")


def _drop(work: UnitOfWork, claim: Claim, sms: Sms, now: datetime, code: str, note: str) -> None:
    """Settle the duty as DROPPED; the SMS as well, unless its outcome is unknown: a receipt may still come."""
    if sms.state is not SmsState.UNKNOWN:
        work.texts.save(replace(sms, state=SmsState.DROPPED, changed_at=now, note=note))
    settle(work, claim, DutyState.DROPPED, now, code=code, answer=note)


def _may_grow(claim: Claim, sms: Sms) -> bool:
    """Whether others may be merged into this SMS: the gateway cannot have it.

    After a crash the gateway may have it; and an SMS that crashes its worker must not take others with it.
    """
    return sms.state is SmsState.QUEUED and not claim.duty.crashes
