"""Writes our answers to the ministry's messages by a profile: HTTP status and body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from ...application.ports.inbound import DeliveryAnswer
from .profile import Profile
from .wire import Wire


class Rejection(Enum):
    """Why a message is answered without having been taken in."""

    NOT_BELIEVED = "NOT_BELIEVED"
    TOO_LARGE = "TOO_LARGE"
    BUSY = "BUSY"


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What goes back; `body` is JSON in UTF-8, encrypted if the profile encrypts answers."""

    status: int
    body: bytes


_STATUS: Final = {Rejection.NOT_BELIEVED: 401, Rejection.TOO_LARGE: 413, Rejection.BUSY: 503}
_SENTENCES: Final = {
    Rejection.NOT_BELIEVED: "签名校验失败",
    Rejection.TOO_LARGE: "报文过大",
    Rejection.BUSY: "系统繁忙，请稍后重试",
}


class Answers:
    """Writes answers by one profile."""

    def __init__(self, profile: Profile, wire: Wire) -> None:
        self._profile = profile
        self._wire = wire

    def of(self, answer: DeliveryAnswer) -> HttpAnswer:
        """The answer to a message that was believed: 200 with a verdict per record, 400 or 409."""
        codes = self._profile.inbound.answer_codes
        if answer.unreadable is not None:
            return self._whole(400, codes.unreadable, f"报文无法识别（{answer.unreadable}）")
        if answer.conflicting:
            return self._whole(409, codes.conflicting, "报文标识或随机数重复，而内容不同")
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
        return self._whole(200, codes.accepted, sentence, {keys.success: taken, keys.fail: fail})

    def rejected(self, why: Rejection) -> HttpAnswer:
        """The answer to a message that was not taken in."""
        codes = self._profile.inbound.answer_codes
        code = {
            Rejection.NOT_BELIEVED: codes.not_believed,
            Rejection.TOO_LARGE: codes.too_large,
            Rejection.BUSY: codes.busy,
        }[why]
        return self._whole(_STATUS[why], code, _SENTENCES[why])

    def _whole(
        self, status: int, code: str, sentence: str, data: Mapping[str, Any] | None = None
    ) -> HttpAnswer:
        keys = self._profile.envelope
        answer = {keys.code: code, keys.sentence: sentence, keys.data: data}
        return HttpAnswer(status, self._wire.answer(answer))
