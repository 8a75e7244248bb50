"""Tells people of a change to a matter: an in-app message and an SMS, in the transaction of the change."""

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
    """Write a message and an SMS for each receiver, except the actor who made the change.

    `together`: if an SMS with the same id exists, `topic` is added to it. So one SMS tells of all that was
    issued at once.
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
    """Add the topic to the existing SMS of that id; False if there is none of the same kind."""
    sms = work.texts.find(id)
    if sms is None or sms.topic.kind is not topic.kind:
        return False
    work.texts.save(replace(sms, topic=sms.topic.joined([topic])))
    return True
