"""Merges the SMS that wait for one person into one text."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from ...domain.exchange.duty import Duty
from ...domain.notice.notice import Sms, SmsState
from ..ports.work import UnitOfWork

MERGED: Final = "已并入同一人的另一条提醒短信"


def merged(work: UnitOfWork, duty: Duty, sms: Sms, now: datetime) -> Sms:
    """Merge the other waiting reminders to the same person into this SMS; return it. The others are dropped.

    Takes only SMS that no other worker can send any more, in one transaction.
    So nothing is said twice, and nothing is lost when sending fails.
    """
    waiting = work.outbox.waiting_with(duty)
    found = work.texts.find_all(waiting)
    queued = [id for id in waiting if id in found and found[id].state is SmsState.QUEUED]
    taken = work.outbox.take_back(queued, code="MERGED", answer=MERGED, at=now)
    others = [found[id] for id in queued if id in taken]
    for other in others:
        work.texts.save(replace(other, state=SmsState.DROPPED, changed_at=now, note=MERGED))
    if not others:
        return sms
    sms = replace(sms, topic=sms.topic.joined(other.topic for other in others))
    work.texts.save(sms)
    return sms
