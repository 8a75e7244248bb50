"""What units of work and readers raise while the database cannot be used: a fault, not a refusal of a rule."""

from __future__ import annotations

from typing import ClassVar, Final

RETRY_AFTER_SECONDS: Final = 5
"""When a client may try again, as its `Retry-After` header says."""


class Unavailable(Exception):
    """The database gave no answer, or no usable one, in time. Nothing has been changed.

    `reason` is English and for the log; it holds no value of a statement. `sentence` is Chinese, for people.
    """

    code: ClassVar[str] = "TRY_AGAIN"
    sentence: ClassVar[str] = "系统暂时没有应答，请稍后重试。"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class WritesRefused(Unavailable):
    """The database answers but stores nothing: it is read-only, or its disk is full."""

    sentence = "系统暂时只能查看、不能保存，请稍后重试。"


class OutcomeUnknown(Unavailable):
    """The database was lost during the commit: the change is stored completely or not at all."""

    sentence = "系统暂时没有应答，不能确认是否已经保存，请稍后刷新核对，再决定是否重试。"
