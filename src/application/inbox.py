"""Writing in-app messages: the one way in which a message gets to a person."""

from __future__ import annotations

from collections.abc import Sequence

from ..domain.events import InboxChanged
from ..domain.notice import Message
from .ports.storage import UnitOfWork


def tell(work: UnitOfWork, messages: Sequence[Message]) -> None:
    """Write the messages that are not there yet; whoever gets one is nudged once the transaction has landed."""
    if messages and work.messages.add(messages):
        for receiver in dict.fromkeys(message.receiver_id for message in messages):
            work.note(InboxChanged(person_id=receiver, at=messages[0].created_at))
