"""An SMS gateway for a developer's machine: it logs every text and sends nothing."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from ...application.ports.notice import SmsAccepted, SmsEnquiry, SmsReceipt, SmsToSend
from .mas_receipts import parse_receipts

_log = logging.getLogger(__name__)


def masked(phone: str) -> str:
    """Mask a number: show its first three and last four characters (138****1234), nothing of a short one."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 11 else "****"


class ConsoleSms:
    """Logs `sms.console` with the masked number and the text. It accepts everything and delivers nothing."""

    name = "console"

    def send(self, sms: SmsToSend) -> SmsAccepted:
        """Write the log line. The gateway id is `console-` plus our id: no gateway gives another one."""
        gateway_id = f"console-{sms.id}"
        _log.info(
            "sms.console", extra={"phone": masked(sms.phone), "text": sms.text, "gateway_id": gateway_id}
        )
        return SmsAccepted(gateway_id)

    def enquire(self, sms: SmsToSend) -> SmsEnquiry:
        """Always CANNOT_SAY: nothing is remembered."""
        return SmsEnquiry.CANNOT_SAY

    def read_receipts(self, raw: bytes, *, received_at: datetime) -> Sequence[SmsReceipt]:
        """Parse the format of 云MAS. Only a developer posts such receipts, for tests."""
        return parse_receipts(raw, received_at=received_at)
