"""Parses the delivery receipts that 云MAS posts to us: raw bytes in, SmsReceipts or MalformedReceipt out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from ...application.ports.notice import MalformedReceipt, SmsReceipt

DELIVERED: Final = "DELIVRD"
LONGEST: Final = 48
"""Most characters of one value; the key made of all values has at most 200."""

# Final and temporary states of the carriers' protocols (CMPP, SMPP) that do not mean delivery.
_NO_DELIVERY: Final = frozenset({"UNDELIV", "REJECTD", "EXPIRED", "DELETED", "UNKNOWN", "ACCEPTD", "ENROUTE"})


def parse_receipts(raw: bytes, *, received_at: datetime) -> tuple[SmsReceipt, ...]:
    """The receipts in one callback: a JSON object or a list of them, in their order, repeats included.

    Each item needs `msgGroup`, `mobile`, and `reportStatus` or `errorCode` (or both). It is delivered when
    one of the two is DELIVRD and the other is no other state of the network. `status` keeps both if they
    differ.
    Keys are matched in any case (`msggroup`, `MsgGroup`); values may be strings or whole numbers.
    All other keys, such as `submitDate` and `receiveDate`, are ignored: the raw bytes keep them.
    `received_at` (aware) is the time of our own clock. One unusable item raises MalformedReceipt for the
    whole callback; a naive `received_at` raises ValueError.
    Source: the provider's receipt callback (domain handbook, SMS).
    """
    if received_at.tzinfo is None:
        raise ValueError("received_at must be an aware datetime")
    try:
        told = json.loads(raw)
    except (ValueError, RecursionError):
        # Not UTF-8, not JSON, or nested too deep. `from None`: the parser's message would quote the body.
        raise MalformedReceipt("the body is not JSON") from None
    items = told if isinstance(told, list) else [told]
    return tuple(_receipt(item, number, received_at) for number, item in enumerate(items, start=1))


def _receipt(item: Any, number: int, received_at: datetime) -> SmsReceipt:
    if not isinstance(item, dict):
        raise MalformedReceipt(f"item {number} is not an object")
    fields = _fold(item, number)
    group, phone = _text(fields, "msgGroup", number), _text(fields, "mobile", number)
    if not group or not phone:
        raise MalformedReceipt(f"item {number} lacks {'mobile' if group else 'msgGroup'}")
    states = [
        state.upper()
        for state in (_text(fields, "reportStatus", number), _text(fields, "errorCode", number))
        if state
    ]
    if not states:
        raise MalformedReceipt(f"item {number} has neither reportStatus nor errorCode")
    delivered = DELIVERED in states and not _NO_DELIVERY.intersection(states)
    status = DELIVERED if delivered else "/".join(dict.fromkeys(states))
    return SmsReceipt(
        gateway_id=group, phone=phone, delivered=delivered, status=status, received_at=received_at
    )


def _fold(item: Mapping[str, Any], number: int) -> dict[str, Any]:
    folded: dict[str, Any] = {}
    for key, value in item.items():
        if folded.setdefault(key.lower(), value) != value:
            raise MalformedReceipt(f"item {number} gives one key twice with different values")
    return folded


def _text(fields: Mapping[str, Any], key: str, number: int) -> str:
    value = fields.get(key.lower())
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise MalformedReceipt(f"{key} of item {number} is neither text nor a whole number")
    text = str(value).strip()
    if len(text) > LONGEST or not text.isprintable():
        raise MalformedReceipt(f"{key} of item {number} is too long or not printable")
    return text
