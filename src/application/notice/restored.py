"""An SMS that may have been sent before a restore: it is sent only if the gateway certainly does not have it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from ...domain.exchange.duty import DutyState
from ...domain.notice.notice import Sms, SmsState
from ..ports.exchange import ALREADY_SENT, ASK_FIRST, Claim
from ..ports.notice import SmsEnquiry
from ..ports.work import UnitOfWork
from .settling import settle

MOST_ENQUIRIES: Final = 3
"""After so many enquiries without an answer, a person decides."""
ENQUIRE_AGAIN: Final = timedelta(minutes=10)
CANNOT_BE_ASKED: Final = "从备份恢复前可能已发出，短信网关无法查询，请核实后决定是否重发"
MAY_BE_MERGED: Final = "从备份恢复前可能已并入同一人的另一条短信发出，请核实后决定是否重发"


def certainly_unsent(
    work: UnitOfWork, claim: Claim, sms: Sms, now: datetime, told: SmsEnquiry | None
) -> Sms | None:
    """Return the SMS as queued if the gateway does not have it; else settle the duty and return None.

    `told` is the gateway's answer; an SMS that it has does not come here. If it cannot say, it is asked again
    later, and then a person decides: the duty becomes a dead letter. So it does when another SMS of the same
    person was found: this one may have been merged into it, and the gateway knows only the other.
    """
    if told is SmsEnquiry.NOT_FOUND:
        standing = work.restores.standing()
        begun = standing.restores[-1].begun_at if standing.restores else claim.duty.created_at
        if work.outbox.answered_with(claim.duty, ALREADY_SENT, since=begun):
            settle(work, claim, DutyState.REFUSED, now, code=ASK_FIRST, answer=MAY_BE_MERGED)
            return None
        work.outbox.asked([claim.duty.id])
        sms = replace(sms, state=SmsState.QUEUED, unanswered=0, changed_at=now)
        work.texts.save(sms)
        return sms
    if claim.duty.attempts < MOST_ENQUIRIES:
        later = now + ENQUIRE_AGAIN
        settle(work, claim, DutyState.PENDING, now, code=ASK_FIRST, answer=CANNOT_BE_ASKED, due_at=later)
    else:
        settle(work, claim, DutyState.REFUSED, now, code=ASK_FIRST, answer=CANNOT_BE_ASKED)
    return None
