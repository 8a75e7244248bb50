"""An SMS gateway for a developer's own machine: every text becomes a log line and nothing leaves the house."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog

from ...application.ports.notice import SmsAccepted, SmsEnquiry, SmsReceipt, SmsToSend
from .mas_receipts import parse_receipts

_log = structlog.get_logger(__name__)


def masked(phone: str) -> str:
    """The number as it may be shown: first three and last four characters (138****1234), a shorter one not at all."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 11 else "****"


class ConsoleSms:
    """Logs `sms.console` with the masked number and the text, and accepts; it never refuses, never delivers."""

    name = "console"

    def send(self, sms: SmsToSend) -> SmsAccepted:
        """Write the line. The gateway id is ours with `console-` before it, as there is nobody to give another."""
        gateway_id = f"console-{sms.id}"
        _log.info("sms.console", phone=masked(sms.phone), text=sms.text, gateway_id=gateway_id)
        return SmsAccepted(gateway_id)

    def enquire(self, sms: SmsToSend) -> SmsEnquiry:
        """CANNOT_SAY: a log line is not remembered."""
        return SmsEnquiry.CANNOT_SAY

    def read_receipts(self, raw: bytes, *, received_at: datetime) -> Sequence[SmsReceipt]:
        """In the form of 云MAS: nobody sends receipts for a log line, but a developer may."""
        return parse_receipts(raw, received_at=received_at)
