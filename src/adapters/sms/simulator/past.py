"""The simulator without a process of its own: texts of past instants go straight into its store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from ....application.ports.notice import SmsAccepted, SmsEnquiry, SmsReceipt, SmsToSend
from ..mas import CloudMas
from .reading import Submission
from .store import Store


class PastTexts:
    """The SMS platform's simulator at the instant of `now`; it sends its receipts when it is started."""

    name = CloudMas.name

    def __init__(self, store: Path, sign: str, now: Callable[[], datetime]) -> None:
        self._store = Store(store)
        self._sign = sign
        self._now = now

    def close(self) -> None:
        self._store.close()

    def send(self, sms: SmsToSend) -> SmsAccepted:
        """Take the text."""
        now = self._now()
        submission = Submission((sms.phone,), sms.text, self._sign, "", str(sms.id))
        return SmsAccepted(self._store.add(submission, now=now, receipts=("DELIVRD",), due_at=now))

    def enquire(self, sms: SmsToSend) -> SmsAccepted | SmsEnquiry:
        """Nothing is ever unknown here."""
        return SmsEnquiry.CANNOT_SAY

    def read_receipts(self, raw: bytes, *, received_at: datetime) -> Sequence[SmsReceipt]:
        """There are none before the simulator is started."""
        return ()
