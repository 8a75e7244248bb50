"""Ministry and SMS gateway as before, with every call measured."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from ...application.ports.exchange import MinistryPlatform, OutboundRecord, PushAnswer, Receipt, RecordKind
from ...application.ports.inbound import DeliveryAnswer, MinistryMailbox, WaitingMessage
from ...application.ports.notice import (
    SmsAccepted,
    SmsEnquiry,
    SmsGateway,
    SmsReceipt,
    SmsRefused,
    SmsToSend,
)
from .figures import Metrics

MINISTRY: Final = "ministry"
SMS: Final = "sms"


class MeasuredMinistry:
    """MinistryPlatform that hands every call on."""

    def __init__(self, ministry: MinistryPlatform, metrics: Metrics) -> None:
        self._ministry = ministry
        self._metrics = metrics
        self.batch_size = ministry.batch_size

    def push(self, kind: RecordKind, records: Sequence[OutboundRecord]) -> PushAnswer:
        with self._metrics.exchange(MINISTRY, "push"):
            return self._ministry.push(kind, records)

    def receipts(self, kind: RecordKind, business_date: date) -> Sequence[Receipt]:
        with self._metrics.exchange(MINISTRY, "receipts"):
            return self._ministry.receipts(kind, business_date)

    def digest(self, kind: RecordKind, record: OutboundRecord) -> str:
        return self._ministry.digest(kind, record)


class MeasuredMailbox:
    """MinistryMailbox that hands every call on."""

    def __init__(self, mailbox: MinistryMailbox, metrics: Metrics) -> None:
        self._mailbox = mailbox
        self._metrics = metrics

    def waiting(self) -> Sequence[WaitingMessage]:
        with self._metrics.exchange(MINISTRY, "waiting"):
            return self._mailbox.waiting()

    def confirm(self, answered: Sequence[tuple[WaitingMessage, DeliveryAnswer]]) -> None:
        with self._metrics.exchange(MINISTRY, "confirm"):
            self._mailbox.confirm(answered)


class MeasuredSms:
    """SmsGateway that hands every call on."""

    def __init__(self, gateway: SmsGateway, metrics: Metrics) -> None:
        self._gateway = gateway
        self._metrics = metrics
        self.name = gateway.name

    def send(self, sms: SmsToSend) -> SmsAccepted | SmsRefused:
        with self._metrics.exchange(SMS, "send"):
            return self._gateway.send(sms)

    def enquire(self, sms: SmsToSend) -> SmsAccepted | SmsEnquiry:
        with self._metrics.exchange(SMS, "enquire"):
            return self._gateway.enquire(sms)

    def read_receipts(self, raw: bytes, *, received_at: datetime) -> Sequence[SmsReceipt]:
        return self._gateway.read_receipts(raw, received_at=received_at)
