"""Writes in-app messages and SMS; an SMS gets its text from current data when it is sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from ...domain.directory.organisation import Person
from ...domain.exchange.duty import Duty, Topic
from ...domain.notice.events import InboxChanged
from ...domain.notice.notice import Message, Sms, SmsState, SmsTopic
from ...domain.values import RegionId, fact_id
from ..policies import PolicyBook
from ..ports.work import UnitOfWork


@dataclass(frozen=True, slots=True)
class SmsText:
    """The text of an SMS that is sent now, and the region whose settings apply to it.

    `at_once`: it does not wait for the end of the quiet hours.
    """

    region_id: RegionId
    text: str
    at_once: bool = False


@dataclass(frozen=True, slots=True)
class OwedCheck:
    """How SMS of one kind are checked at the moment of sending.

    `now` takes the unit of work, the SMS with its receiver and topic, the instant and the settings.
    If it returns None, nothing is owed any more: the SMS is dropped with the note `otherwise`.
    """

    now: Callable[[UnitOfWork, Sms, datetime, PolicyBook], SmsText | None]
    otherwise: str


def tell(work: UnitOfWork, messages: Sequence[Message]) -> None:
    """Write the messages that are not stored yet; their receivers are nudged after the commit."""
    if messages and work.messages.add(messages):
        for receiver in dict.fromkeys(message.receiver_id for message in messages):
            work.note(InboxChanged(person_id=receiver, at=messages[0].created_at))


def queue(
    work: UnitOfWork, texts: Sequence[Sms], *, due_at: datetime | None = None, ask_first: bool = False
) -> None:
    """Write the SMS that are not stored yet, each with a duty to send it: at once, or from `due_at` on.

    `ask_first`: they may have been sent before a restore.
    """
    if not texts:
        return
    if ask_first:
        texts = [replace(text, state=SmsState.UNKNOWN) for text in texts]
    work.texts.add(texts)
    duties = [_duty(text, due_at or text.created_at) for text in texts]
    work.outbox.add([replace(duty, ask_first=ask_first) for duty in duties])


def lost_until(work: UnitOfWork) -> datetime:
    """Reminders up to this instant may have been sent before the newest restore, and be forgotten here."""
    restores = work.restores.standing().restores
    return restores[-1].begun_at if restores else datetime.min.replace(tzinfo=UTC)


def sms_to(receiver: Person, topic: SmsTopic, *, id: UUID, at: datetime) -> Sms:
    """An SMS to be queued. Its text is made from its topic when it is sent."""
    return Sms(
        id=id,
        receiver_id=receiver.id,
        phone=receiver.phone,
        topic=topic,
        state=SmsState.QUEUED,
        created_at=at,
    )


def _duty(sms: Sms, due_at: datetime) -> Duty:
    return Duty(
        id=sms.id,
        topic=Topic.SMS,
        object_key=_line_of(sms),
        revision=1,
        business_date=sms.topic.business_date,
        facts={},
        created_at=sms.created_at,
        due_at=due_at,
    )


def _line_of(sms: Sms) -> str:
    """The outbox key under which the SMS queues.

    It is one per receiver and number: one SMS is sent at a time, and takes in what waits behind it.
    """
    return str(fact_id("sms-line", sms.receiver_id, sms.phone.text))
