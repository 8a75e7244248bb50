"""Telling people what has become of a matter: a message in the app and an SMS, in the transaction of the change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from ...domain.directory.organisation import Person
from ...domain.notice.notice import Message, SmsTopic
from ..notice.inbox import queue, sms_to, tell
from ..ports.work import UnitOfWork


def tell_each(
    work: UnitOfWork,
    receivers: Sequence[Person],
    *,
    message_of: Callable[[Person], Message],
    topic: SmsTopic,
    sms_id_of: Callable[[Person], UUID],
    together: bool,
    at: datetime,
) -> None:
    """A message and an SMS for each receiver, but for whoever did it.

    `together`: what `topic` says is added to the SMS that is there already under the same id, so that what was issued
    at once is told in one SMS.
    """
    others = [person for person in receivers if person.id != work.actor.person_id]
    tell(work, [message_of(person) for person in others])
    new = []
    for person in others:
        id = sms_id_of(person)
        if not (together and _joined(work, id, topic)):
            new.append(sms_to(person, topic, id=id, at=at))
    queue(work, new)


def _joined(work: UnitOfWork, id: UUID, topic: SmsTopic) -> bool:
    """Add the topic to the SMS that is there; False where there is none yet."""
    sms = work.texts.find(id)
    if sms is None or sms.topic.kind is not topic.kind:
        return False
    work.texts.save(replace(sms, topic=sms.topic.joined([topic])))
    return True
