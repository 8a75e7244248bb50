"""The in-memory twin of the ministry's mailbox: lists what is not confirmed, and fails on order."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from ...application.ports.inbound import Delivery, DeliveryAnswer, MailboxFailed, WaitingMessage
from ...domain.exchange.inbound import InboundKind


class TwinMailbox:
    """MinistryMailbox without a network. Threads may share it."""

    def __init__(self, page_size: int = 50) -> None:
        self.confirmed: list[str] = []
        """The ids that were confirmed, in order, each once."""
        self.answers: dict[str, DeliveryAnswer] = {}
        self.forgets = False
        """Whether confirmations are accepted and forgotten, as a broken platform would."""
        self._page_size = page_size
        self._lock = threading.Lock()
        self._held: dict[str, Delivery] = {}
        self._failing: list[str] = []

    def lay(self, kind: InboundKind, *messages: bytes) -> None:
        """Lay messages into the mailbox, as they would be posted to us."""
        with self._lock:
            for raw in messages:
                self._held[str(len(self._held) + 1)] = Delivery(kind, None, {}, raw)

    def fail_next(self, call: str) -> None:
        """Make the next `waiting` or `confirm` raise MailboxFailed and change nothing."""
        self._failing.append(call)

    def waiting(self) -> Sequence[WaitingMessage]:
        """See the port."""
        self._fail("waiting")
        with self._lock:
            waiting = [
                WaitingMessage(id, delivery)
                for id, delivery in self._held.items()
                if self.forgets or id not in self.answers
            ]
        return waiting[: self._page_size]

    def confirm(self, answered: Sequence[tuple[WaitingMessage, DeliveryAnswer]]) -> None:
        """See the port."""
        self._fail("confirm")
        with self._lock:
            for message, answer in answered:
                if message.id not in self.answers:
                    self.confirmed.append(message.id)
                self.answers[message.id] = answer

    def _fail(self, call: str) -> None:
        if call in self._failing:
            self._failing.remove(call)
            raise MailboxFailed("HTTP 503")
