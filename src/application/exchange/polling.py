"""Polls the ministry's mailbox, for platforms that do not push: list, commit, then confirm."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

from ...faultpoints import reached
from ..ports.inbound import DeliveryAnswer, MailboxFailed, MinistryMailbox, WaitingMessage
from .together import Receive, receive_together

log = logging.getLogger(__name__)

MOST_PAGES: Final = 200
"""Pages of one round. A mailbox that lists confirmed messages again is read no further than this."""


class Polling:
    """Takes what waits in the mailbox. Several nodes may poll: a message that two receive counts once."""

    def __init__(self, mailbox: MinistryMailbox, receive: Receive) -> None:
        self._mailbox = mailbox
        self._receive = receive

    def round(self) -> None:
        """Poll once. A mailbox that fails is logged, because it must not make the worker look unwell."""
        try:
            self.poll()
        except MailboxFailed as failure:
            log.warning("polling the mailbox of the ministry failed: %s", failure.reason)

    def poll(self) -> int:
        """Receive and confirm page after page until nothing waits; return how many were confirmed.

        The mailbox lists what is not confirmed, so a lost confirmation only repeats a message. What cannot
        be received is not confirmed either; the round ends there, and the next one tries again. Raises
        MailboxFailed.
        """
        confirmed = 0
        for _ in range(MOST_PAGES):
            waiting = self._mailbox.waiting()
            answered = self._received(waiting)
            if answered:
                reached("poll.committed", *(message.id for message, _ in answered))
                self._mailbox.confirm(answered)
                confirmed += len(answered)
            if len(answered) < len(waiting) or not waiting:
                return confirmed
        log.warning("the mailbox of the ministry still lists messages after %d pages", MOST_PAGES)
        return confirmed

    def _received(self, waiting: Sequence[WaitingMessage]) -> Sequence[tuple[WaitingMessage, DeliveryAnswer]]:
        if not waiting:
            return ()
        answers = receive_together(self._receive, [message.delivery for message in waiting])
        return [
            (message, answer)
            for message, answer in zip(waiting, answers, strict=True)
            if isinstance(answer, DeliveryAnswer)
        ]
