"""The in-memory twin of an SMS gateway: it follows a script, and remembers which texts it took."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Final

from ...application.ports.notice import (
    SmsAccepted,
    SmsEnquiry,
    SmsNotSent,
    SmsOutcomeUnknown,
    SmsReceipt,
    SmsRefused,
    SmsToSend,
)
from .mas_protocol import refusal, unsendable
from .mas_receipts import parse_receipts


@dataclass(frozen=True, slots=True)
class Accept:
    """Take the text and accept it."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """Refuse with one of the 云MAS codes; sentence and `may_succeed_later` come from RSPCODS."""

    code: str


@dataclass(frozen=True, slots=True)
class LoseAnswer:
    """Give no answer; `sent` says whether the text was taken nevertheless."""

    sent: bool


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Be unreachable: nothing is sent."""


Step = Accept | Refuse | LoseAnswer | Unreachable

_ACCEPT: Final = Accept()


class TwinSms:
    """An SmsGateway in memory, for tests and for the demo without network. Safe to share between threads.

    `sent` holds the texts it took, in order; `asked` holds every text passed to `send`. Like a real gateway
    it does not compare ids: a text handed over twice is in `sent` twice. `script` holds the next steps, one
    per call; when it is empty, every text is accepted. `can_be_asked=False` makes `enquire` say CANNOT_SAY.
    """

    name = "twin"

    def __init__(self, *, can_be_asked: bool = True) -> None:
        self.sent: list[SmsToSend] = []
        self.asked: list[SmsToSend] = []
        self.script: deque[Step] = deque()
        self._can_be_asked = can_be_asked
        self._lock = threading.Lock()

    def then(self, *steps: Step) -> TwinSms:
        """Append steps to the script; returns the twin, so that a test can do both in one line."""
        with self._lock:
            self.script.extend(steps)
        return self

    def send(self, sms: SmsToSend) -> SmsAccepted | SmsRefused:
        """Do the script's next step. Raises SmsNotSent for Unreachable, SmsOutcomeUnknown for LoseAnswer.

        A text that no gateway can send (two numbers, no words) is refused without using up a step.
        """
        if monotonic() >= sms.not_after:
            raise SmsNotSent("too late to begin")
        with self._lock:
            self.asked.append(sms)
            if no := unsendable(sms):
                return no
            step = self.script.popleft() if self.script else _ACCEPT
            match step:
                case Accept():
                    return SmsAccepted(self._take(sms))
                case Refuse(code):
                    return refusal(code)
                case LoseAnswer(sent):
                    if sent:
                        self._take(sms)
                    raise SmsOutcomeUnknown("the twin was told to lose its answer")
                case Unreachable():
                    raise SmsNotSent("the twin was told to be unreachable")

    def enquire(self, sms: SmsToSend) -> SmsAccepted | SmsEnquiry:
        """Say whether a text with this id was taken, whatever `send` answered."""
        if not self._can_be_asked:
            return SmsEnquiry.CANNOT_SAY
        with self._lock:
            numbers = [number for number, taken in enumerate(self.sent, start=1) if taken.id == sms.id]
        return SmsAccepted(_gateway_id(numbers[-1])) if numbers else SmsEnquiry.NOT_FOUND

    def receipts(
        self, sms: SmsToSend, *, received_at: datetime, status: str = "DELIVRD"
    ) -> tuple[SmsReceipt, ...]:
        """The receipts for a text, one for each time it was taken; `status` DELIVRD means delivered.

        Raises LookupError for a text that was never taken.
        """
        with self._lock:
            numbers = [number for number, taken in enumerate(self.sent, start=1) if taken.id == sms.id]
        if not numbers:
            raise LookupError(f"{sms.id} was never taken over")
        return tuple(
            SmsReceipt(_gateway_id(number), sms.phone, status == "DELIVRD", status, received_at)
            for number in numbers
        )

    def read_receipts(self, raw: bytes, *, received_at: datetime) -> Sequence[SmsReceipt]:
        """Parse receipts in the format of 云MAS."""
        return parse_receipts(raw, received_at=received_at)

    def _take(self, sms: SmsToSend) -> str:
        self.sent.append(sms)
        return _gateway_id(len(self.sent))


def _gateway_id(number: int) -> str:
    return f"twin-{number}"
