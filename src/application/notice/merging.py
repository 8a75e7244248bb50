"""Merges the SMS that wait for one person into one, and makes its text from current data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from ...domain.exchange.duty import Duty
from ...domain.notice.merging import merged_topics, newest_topics
from ...domain.notice.notice import MessageKind, Sms, SmsState
from ..policies import PolicyBook
from ..ports.work import UnitOfWork
from .inbox import OwedCheck, SmsText

MERGED: Final = "已并入同一人的另一条短信"
MOST_SENTENCES: Final = 3
"""An SMS has at most so many sentences about its topics; one more says how many are left out."""


def merged(
    work: UnitOfWork, duty: Duty, sms: Sms, now: datetime, takes: Callable[[Sms], bool] = lambda other: True
) -> Sms:
    """Merge the other waiting SMS to the same person into this one, as far as `takes` says; return it.

    The others are dropped. Takes only SMS that no other worker can send any more, in one transaction.
    So nothing is said twice, and nothing is lost when sending fails.
    """
    waiting = work.outbox.waiting_with(duty)
    found = work.texts.find_all(waiting)
    queued = [id for id in waiting if id in found and found[id].state is SmsState.QUEUED and takes(found[id])]
    taken = work.outbox.take_back(queued, code="MERGED", answer=MERGED, at=now)
    others = [found[id] for id in queued if id in taken]
    for other in others:
        work.texts.save(replace(other, state=SmsState.DROPPED, changed_at=now, note=MERGED))
    if not others:
        return sms
    first, *also = merged_topics([*sms.topics, *(topic for other in others for topic in other.topics)])
    sms = replace(sms, topic=first, also=tuple(also))
    work.texts.save(sms)
    return sms


def text_now(
    work: UnitOfWork,
    sms: Sms,
    now: datetime,
    policies: PolicyBook,
    still_owed: Mapping[MessageKind, OwedCheck],
) -> SmsText | None:
    """The text of the SMS by what is still owed now; None when nothing is. What goes out at once comes first."""
    alone = [replace(sms, topic=topic, also=()) for topic in newest_topics(sms.topics)]
    checked = [still_owed[one.topic.kind].now(work, one, now, policies) for one in alone]
    owed = sorted((one for one in checked if one is not None), key=lambda one: not one.at_once)
    if not owed:
        return None
    text = "".join(one.text for one in owed[:MOST_SENTENCES])
    if left := len(owed) - MOST_SENTENCES:
        text += f"另有{left}项，请登录系统查看。" if left > 0 else ""
    return SmsText(owed[0].region_id, text, at_once=owed[0].at_once)
