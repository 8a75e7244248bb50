"""Why a receiving interface refuses a whole request, before anything of it is stored: counted, and logged sparsely."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from threading import Lock
from typing import Final

from .profile import Profile
from .signing import WINDOW_SECONDS, SignatureFault

MOST_BYTES: Final = 1024 * 1024
"""The largest body that is received; exactly so many bytes are."""
RECEIVING_SECONDS: Final = 10.0
"""Within this time a body must have arrived; 1 MiB needs less than a megabit per second."""

_log = logging.getLogger(__name__)


class Refusal(Enum):
    """The reason, as metrics and log name it."""

    METHOD = "METHOD"
    CONTENT_TYPE = "CONTENT_TYPE"
    CONTENT_ENCODING = "CONTENT_ENCODING"
    TOO_LARGE = "TOO_LARGE"
    TOO_SLOW = "TOO_SLOW"
    BROKEN_OFF = "BROKEN_OFF"
    INCOMPLETE = "INCOMPLETE"
    UNKNOWN_APP = "UNKNOWN_APP"
    OUTSIDE_WINDOW = "OUTSIDE_WINDOW"
    WRONG_SIGNATURE = "WRONG_SIGNATURE"
    BUSY = "BUSY"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Wording:
    """HTTP status, the profile's code, and the Chinese sentence of a refusal."""

    status: int
    code: str
    sentence: str


def wording(refusal: Refusal, profile: Profile) -> Wording:
    """What the sender is told of a refusal."""
    status, sentence = _WORDINGS[refusal]
    codes = profile.inbound.answer_codes
    code = {401: codes.not_believed, 413: codes.too_large, 500: codes.busy, 503: codes.busy}.get(
        status, codes.unreadable
    )
    return Wording(status, code, sentence)


_WORDINGS: Final[Mapping[Refusal, tuple[int, str]]] = {
    Refusal.METHOD: (405, "只接收POST请求。"),
    Refusal.CONTENT_TYPE: (415, "只接收Content-Type为application/json的报文。"),
    Refusal.CONTENT_ENCODING: (415, "不接收压缩的报文，请去掉Content-Encoding。"),
    Refusal.TOO_LARGE: (413, f"报文超过{MOST_BYTES // 1024} KiB，请分批发送。"),
    Refusal.TOO_SLOW: (408, f"报文未在{RECEIVING_SECONDS:g}秒内传完，请重新发送。"),
    Refusal.BROKEN_OFF: (400, "报文不完整，请重新发送。"),
    Refusal.INCOMPLETE: (401, "签名所需的请求头不齐全或格式错误。"),
    Refusal.UNKNOWN_APP: (401, "应用标识未登记。"),
    Refusal.OUTSIDE_WINDOW: (
        401,
        f"时间戳与本系统时间相差超过{WINDOW_SECONDS}秒，请校准时钟后重新签名发送。",
    ),
    Refusal.WRONG_SIGNATURE: (401, "签名校验失败。"),
    Refusal.BUSY: (503, "系统暂时不能保存，请稍后重新发送。"),
    Refusal.FAILED: (500, "系统内部错误，报文没有保存，请稍后重新发送。"),
}

OF_SIGNATURE: Final[Mapping[SignatureFault, Refusal]] = {
    SignatureFault.INCOMPLETE: Refusal.INCOMPLETE,
    SignatureFault.UNKNOWN_APP: Refusal.UNKNOWN_APP,
    SignatureFault.OUTSIDE_WINDOW: Refusal.OUTSIDE_WINDOW,
    SignatureFault.WRONG_SIGNATURE: Refusal.WRONG_SIGNATURE,
}


class NotReceived(Exception):
    """The request is refused whole, and nothing of it is kept."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


class RefusalCounts:
    """Counts refusals; `counted` is told of each. Threads may share it."""

    def __init__(self, counted: Callable[[str], None] = lambda reason: None) -> None:
        self._counted = counted
        self._lock = Lock()
        self._counts: Counter[Refusal] = Counter()

    def add(self, refusal: Refusal) -> None:
        """Count a refusal; log the first of each reason, the tenth, the hundredth and so on."""
        self._counted(refusal.value)
        with self._lock:
            self._counts[refusal] += 1
            count = self._counts[refusal]
        if count == 10 ** (len(str(count)) - 1):
            _log.warning("inbound.refused", extra={"reason": refusal.value, "times_since_start": count})

    def so_far(self) -> Mapping[str, int]:
        """How many requests were refused since this process started, by reason."""
        with self._lock:
            return {refusal.value: count for refusal, count in self._counts.items()}
