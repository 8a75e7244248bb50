"""Writes our answers to the ministry's messages by a profile: HTTP status and body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...application.ports.inbound import DeliveryAnswer
from .profile import Profile
from .wire import Wire


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What goes back; `body` is JSON in UTF-8, encrypted if the profile encrypts answers."""

    status: int
    body: bytes


class Answers:
    """Writes answers by one profile."""

    def __init__(self, profile: Profile, wire: Wire) -> None:
        self._profile = profile
        self._wire = wire

    def of(self, answer: DeliveryAnswer) -> HttpAnswer:
        """The answer to a message that was believed: 200 with a verdict per record, 400 or 409."""
        status, told = self.told(answer)
        return HttpAnswer(status, self._wire.answer(told))

    def refusal(self, status: int, code: str, sentence: str) -> HttpAnswer:
        """The answer to a request of which nothing was taken in."""
        return HttpAnswer(status, self._wire.answer(self._whole(code, sentence)))

    def told(self, answer: DeliveryAnswer) -> tuple[int, Mapping[str, Any]]:
        """HTTP status and content of the answer to a message that was believed."""
        codes = self._profile.inbound.answer_codes
        if answer.unreadable is not None:
            return 400, self._whole(codes.unreadable, f"报文无法识别（{answer.unreadable}）")
        if answer.conflicting:
            return 409, self._whole(codes.conflicting, "报文标识或随机数重复，而内容不同")
        keys = self._profile.envelope
        fail = [
            {
                keys.record_id: one.external_id,
                keys.code: self._profile.inbound.fault_codes[one.fault],
                keys.sentence: one.sentence,
            }
            for one in answer.records
            if one.fault is not None
        ]
        taken = [one.external_id for one in answer.records if one.fault is None]
        sentence = "重复报文，已接收" if answer.repeated else "成功"
        return 200, self._whole(codes.accepted, sentence, {keys.success: taken, keys.fail: fail})

    def _whole(self, code: str, sentence: str, data: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        keys = self._profile.envelope
        return {keys.code: code, keys.sentence: sentence, keys.data: data}
