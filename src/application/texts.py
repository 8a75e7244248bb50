"""Sending SMS: claimed duties are checked again, sent with no transaction open, and what came of it is recorded."""

from __future__ import annotations

import logging
import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from ..domain.deadlines import business_date, day_start, sms_allowed_from
from ..domain.duty import DutyState, Topic, backoff
from ..domain.notice import SMS_TRANSITIONS, MessageKind, ProblemTopic, ReminderTopic, Sms, SmsState
from .access import SYSTEM
from .inbox import Owed
from .policies import PolicyBook
from .ports.outside import (
    Clock,
    Doorbell,
    SmsAccepted,
    SmsEnquiry,
    SmsGateway,
    SmsNotSent,
    SmsOutcomeUnknown,
    SmsRefused,
    SmsToSend,
)
from .ports.storage import Claim, Outcome, Storage, UnitOfWork
from .problem_notices import notice_now
from .problem_reminders import merged, reminder_now
from .reminders import unreported_now

log = logging.getLogger(__name__)

BATCH: Final = 50
LEASE: Final = timedelta(seconds=120)
UNKNOWN_WAIT: Final = timedelta(minutes=10)
MOST_SENDS: Final = 3


@dataclass(frozen=True, slots=True)
class Ready:
    """An SMS that was still owed a moment ago, with the text that goes out."""

    claim: Claim
    sms: Sms
    text: str


class Texts:
    """The worker of the SMS topics. Every method is safe to run at the same time on several nodes."""

    def __init__(
        self, storage: Storage, clock: Clock, policies: PolicyBook, gateway: SmsGateway, doorbell: Doorbell
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._policies = policies
        self._gateway = gateway
        self._doorbell = doorbell

    def send_due(self) -> int:
        """Send what is due, one batch; says how many duties were taken up."""
        now = self._clock.now()
        with self._storage.work(SYSTEM) as work:
            claims = work.outbox.claim(Topic.SMS, now=now, limit=BATCH, lease=LEASE)
            work.commit()
        for claim in claims:
            try:
                self._send(claim)
            except Exception:
                log.exception("sending an SMS failed", extra={"duty": str(claim.duty.id)})
        return len(claims)

    def _send(self, claim: Claim) -> None:
        unsure = self._settle_unknown(claim)
        if unsure is None:
            return
        now = self._clock.now()
        with self._storage.work(SYSTEM) as work:
            ready = self._still_owed(work, claim, now, unsure=unsure)
            work.commit()
        if ready is None:
            return
        to_send = SmsToSend(id=ready.sms.id, phone=ready.sms.phone.text, text=ready.text)
        try:
            answer = self._gateway.send(to_send)
        except SmsNotSent as failure:
            log.warning("SMS gateway not reached: %s", failure.reason)
            self._again(
                ready, ready.sms.state, backoff(claim.duty.attempts, jitter=random.random()), "NOT_SENT"
            )
        except SmsOutcomeUnknown as failure:
            log.warning("SMS outcome unknown: %s", failure.reason)
            self._again(ready, SmsState.UNKNOWN, UNKNOWN_WAIT, "UNKNOWN")
        else:
            self._answered(ready, answer)

    def _settle_unknown(self, claim: Claim) -> bool | None:
        """Before anything else, ask about an outcome that is unknown: what the gateway has must not be sent again.

        None: the duty is settled. Otherwise whether the gateway could not say, so that it may have the text after all.
        """
        with self._storage.work(SYSTEM) as work:
            sms = work.texts.find(claim.duty.id)
        if sms is None or sms.state is not SmsState.UNKNOWN:
            return False
        text = sms.text or ""
        told = self._gateway.enquire(SmsToSend(id=sms.id, phone=sms.phone.text, text=text))
        if isinstance(told, SmsAccepted):
            found = Ready(claim, replace(sms, gateway_id=told.gateway_id), text)
            self._record(found, SmsState.ACCEPTED, DutyState.DONE, "FOUND", "网关确认已接收")
            return None
        if claim.duty.attempts > MOST_SENDS:
            ready = Ready(claim, sms, text)
            self._record(ready, SmsState.UNKNOWN, DutyState.REFUSED, "UNKNOWN", "多次发送均未得到网关答复")
            return None
        return told is SmsEnquiry.CANNOT_SAY

    def _answered(self, ready: Ready, answer: SmsAccepted | SmsRefused) -> None:
        if isinstance(answer, SmsAccepted):
            sms = replace(ready.sms, gateway_id=answer.gateway_id)
            self._record(replace(ready, sms=sms), SmsState.ACCEPTED, DutyState.DONE, "ACCEPTED", "网关已接收")
        elif answer.may_succeed_later:
            wait = backoff(ready.claim.duty.attempts, jitter=random.random())
            self._again(ready, ready.sms.state, wait, answer.code, answer.sentence)
        else:
            self._record(ready, SmsState.FAILED, DutyState.REFUSED, answer.code, answer.sentence)

    def _still_owed(self, work: UnitOfWork, claim: Claim, now: datetime, *, unsure: bool) -> Ready | None:
        """Check everything again at the last moment; settles the duty here when nothing is to be sent now.

        A text that the gateway may have after all (`unsure`) is never called dropped: it stays UNKNOWN.
        """
        duty = claim.duty
        sms = work.texts.find(duty.id)
        if sms is None:
            settle(work, claim, DutyState.REFUSED, now, code="NO_SMS", answer="没有对应的短信记录")
            return None
        if sms.state not in (SmsState.QUEUED, SmsState.UNKNOWN, SmsState.FAILED):
            settle(work, claim, DutyState.DONE, now, code=sms.state.value, answer="短信已有结果")
            return None
        owed, note = self._owed(work, sms.topic, now)
        if owed is None:
            if not unsure:
                work.texts.save(replace(sms, state=SmsState.DROPPED, changed_at=now, note=note))
            settle(work, claim, DutyState.DROPPED, now, code="NOT_OWED", answer=note)
            return None
        policy = self._policies.policy(work, owed.region_id, business_date(now), now=now)
        allowed_from = sms_allowed_from(now, policy)
        if allowed_from > now:
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
        handed_over = work.texts.sent_since(sms.phone.text, day_start(business_date(now)))
        if sms.state is SmsState.UNKNOWN:
            handed_over -= 1  # It was counted when it was sent first, and is not to stand in its own way.
        if handed_over >= policy.sms_daily_cap:
            note = f"该号码当日短信已达上限{policy.sms_daily_cap}条，应用消息已写入"
            work.texts.save(replace(sms, state=SmsState.DROPPED, changed_at=now, note=note))
            settle(work, claim, DutyState.DROPPED, now, code="DAILY_CAP", answer=note)
            return None
        whole = merged(work, duty, sms, now) if _may_grow(claim, sms) else sms
        if whole is not sms:
            owed = self._owed(work, whole.topic, now)[0] or owed
        return Ready(claim, whole, owed.text)

    def _owed(
        self, work: UnitOfWork, topic: ReminderTopic | ProblemTopic, now: datetime
    ) -> tuple[Owed | None, str]:
        """What the SMS says by now; or None, and why it says nothing any more."""
        if isinstance(topic, ReminderTopic):
            return unreported_now(work, topic, now), "发送前已上报或当日已结束"
        if topic.kind is MessageKind.PROBLEM_REMINDER:
            return reminder_now(work, topic, now, self._policies), "发送前已办理或已有新的提醒"
        return notice_now(work, topic, now), "发送前已办理或已撤回"

    def _record(self, ready: Ready, state: SmsState, duty: DutyState, code: str, answer: str) -> None:
        now = self._clock.now()
        with self._storage.work(SYSTEM) as work:
            current = work.texts.find(ready.sms.id) or ready.sms
            if (current.state, state) in SMS_TRANSITIONS or current.state in (state, SmsState.FAILED):
                changed = replace(
                    current,
                    state=state,
                    text=ready.text,
                    gateway_id=ready.sms.gateway_id or current.gateway_id,
                    changed_at=now,
                    note=answer if state is SmsState.FAILED else "",
                )
                work.texts.save(changed)
            settle(work, ready.claim, duty, now, code=code, answer=answer, sent=True)
            work.commit()
        self._doorbell.ring(Topic.SMS_RECEIPT.value)

    def _again(self, ready: Ready, state: SmsState, wait: timedelta, code: str, answer: str = "") -> None:
        now = self._clock.now()
        with self._storage.work(SYSTEM) as work:
            # Read again: where the lease had gone to somebody else, others may have been merged into it meanwhile.
            current = work.texts.find(ready.sms.id) or ready.sms
            work.texts.save(replace(current, state=state, text=ready.text, changed_at=now))
            settle(
                work,
                ready.claim,
                DutyState.PENDING,
                now,
                code=code,
                answer=answer,
                due_at=now + wait,
                sent=True,
            )
            work.commit()


def _may_grow(claim: Claim, sms: Sms) -> bool:
    """Whether others may be merged into it: a reminder of problems that the gateway cannot have.

    After a crash it may have it. And what breaks its sender is to break itself only.
    """
    reminds = isinstance(sms.topic, ProblemTopic) and sms.topic.kind is MessageKind.PROBLEM_REMINDER
    return reminds and sms.state is SmsState.QUEUED and not claim.duty.crashes


def settle(
    work: UnitOfWork,
    claim: Claim,
    state: DutyState,
    now: datetime,
    *,
    code: str,
    answer: str = "",
    due_at: datetime | None = None,
    sent: bool = False,
) -> None:
    """Record what came of a claim, in the same transaction as its effect."""
    outcome = Outcome(
        claim=claim, state=state, code=code, answer=answer, due_at=due_at, sent_at=now if sent else None
    )
    if not work.outbox.settle([outcome], at=now):
        log.warning("the lease of a duty had gone to somebody else", extra={"duty": str(claim.duty.id)})
