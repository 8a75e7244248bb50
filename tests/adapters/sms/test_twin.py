"""What the twin can do beyond the contract, and the console gateway."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from yanbao.adapters.sms.console import ConsoleSms, masked
from yanbao.adapters.sms.twin import Accept, LoseAnswer, Refuse, TwinSms, Unreachable
from yanbao.application.ports.notice import (
    SmsAccepted,
    SmsEnquiry,
    SmsNotSent,
    SmsOutcomeUnknown,
    SmsReceipt,
    SmsRefused,
)

from ...support.logs import capture_logs
from .support import a_text

NOW = datetime(2026, 3, 6, 2, 0, tzinfo=UTC)


def test_the_script_is_played_in_order_and_then_everything_is_accepted() -> None:
    twin = TwinSms().then(Refuse("FlowOverLimit"), LoseAnswer(sent=True), Unreachable(), Accept())
    sms = a_text()
    assert isinstance(twin.send(sms), SmsRefused)
    with pytest.raises(SmsOutcomeUnknown):
        twin.send(sms)
    with pytest.raises(SmsNotSent):
        twin.send(sms)
    assert twin.send(sms) == SmsAccepted("twin-2")
    assert twin.send(sms) == SmsAccepted("twin-3")
    assert twin.sent == [sms] * 3
    assert twin.asked == [sms] * 5
    assert not twin.script


def test_a_text_that_was_taken_over_twice_has_two_receipts() -> None:
    twin, sms = TwinSms(), a_text()
    twin.send(sms)
    twin.send(a_text())
    twin.send(sms)
    assert twin.receipts(sms, received_at=NOW, status="UNDELIV") == (
        SmsReceipt("twin-1", sms.phone, False, "UNDELIV", NOW),
        SmsReceipt("twin-3", sms.phone, False, "UNDELIV", NOW),
    )


def test_a_text_that_was_never_taken_over_has_no_receipt() -> None:
    twin, sms = TwinSms().then(Refuse("SystemBusy")), a_text()
    twin.send(sms)
    with pytest.raises(LookupError):
        twin.receipts(sms, received_at=NOW)


def test_the_console_writes_the_text_with_a_masked_number_and_accepts() -> None:
    sms = a_text("请及时签收。")
    with capture_logs() as lines:
        assert ConsoleSms().send(sms) == SmsAccepted(f"console-{sms.id}")
    assert lines == [
        {
            "event": "sms.console",
            "log_level": "info",
            "phone": "138****1234",
            "text": "请及时签收。",
            "gateway_id": f"console-{sms.id}",
        }
    ]
    assert ConsoleSms().enquire(sms) is SmsEnquiry.CANNOT_SAY


@pytest.mark.parametrize(
    ("phone", "shown"),
    [("13800001234", "138****1234"), ("+8613800001234", "+86****1234"), ("110", "****"), ("", "****")],
)
def test_a_number_is_masked_in_its_middle(phone: str, shown: str) -> None:
    assert masked(phone) == shown
