"""The faults that can be ordered: one mode for whole messages, and refusals of single records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from .rules import BUSY, Verdict


class Mode(Enum):
    """What happens to the next messages."""

    OK = "ok"
    HTTP_500 = "http_500"
    HTTP_503 = "http_503"
    HTTP_429 = "http_429"
    TIMEOUT = "timeout"
    DRIP = "drip"
    HTML = "html"
    ENDLESS = "endless"
    DROP_BEFORE = "drop_before"
    DROP_ANSWER = "drop_answer"
    LOSE = "lose"
    ALTER = "alter"
    BUSINESS_ERROR = "business_error"


MODE_NAMES: Final = {
    Mode.OK: "正常",
    Mode.HTTP_500: "应答500",
    Mode.HTTP_503: "应答503",
    Mode.HTTP_429: "应答429（限流）",
    Mode.TIMEOUT: "不应答",
    Mode.DRIP: "入库后极慢地应答",
    Mode.HTML: "应答网页",
    Mode.ENDLESS: "应答没有尽头",
    Mode.DROP_BEFORE: "收到前断开连接",
    Mode.DROP_ANSWER: "入库后断开连接（应答丢失）",
    Mode.LOSE: "应答成功但不入库",
    Mode.ALTER: "应答成功但改动内容",
    Mode.BUSINESS_ERROR: "应答200但整批业务错误",
}

_TOUCHES_RECORDS: Final = frozenset({Mode.LOSE, Mode.ALTER})


class BadOrder(ValueError):
    """An invalid control request; the message says in English what is wrong."""


@dataclass(slots=True)
class _Refusal:
    verdict: Verdict
    left: int | None


@dataclass(slots=True)
class Troubles:
    """The current orders. `left` counts down with every use, in refusals too; None lasts until changed."""

    mode: Mode = Mode.OK
    left: int | None = None
    retry_after: str | None = None
    refusals: dict[str, _Refusal] = field(default_factory=dict)

    def order_fault(self, order: Mapping[str, Any]) -> None:
        """`{"mode", "times": N|null, "retry_after": seconds or HTTP date|null}`. Raises BadOrder."""
        try:
            mode = Mode(order.get("mode"))
        except ValueError:
            raise BadOrder(f"mode must be one of {[one.value for one in Mode]}") from None
        wish = order.get("retry_after")
        if wish is not None and not isinstance(wish, str | int | float):
            raise BadOrder("retry_after must be a number of seconds or an HTTP date")
        self.left = _times(order)
        self.mode = mode
        self.retry_after = None if wish is None else str(wish)

    def order_refusal(self, order: Mapping[str, Any]) -> None:
        """`{"company_codes": […], "code", "msg", "times": N|null}`, counted per code. Raises BadOrder."""
        companies = order.get("company_codes")
        if not isinstance(companies, Sequence) or isinstance(companies, str) or not companies:
            raise BadOrder("company_codes must be a list with at least one credit code")
        times = _times(order)
        verdict = Verdict(str(order.get("code") or BUSY), str(order.get("msg") or "系统繁忙，请稍后重试"))
        for company in companies:
            self.refusals[str(company)] = _Refusal(verdict, times)

    def next_mode(self, *, pushing: bool) -> Mode:
        """The mode for this message; uses it up once. LOSE and ALTER do not apply to enquiries."""
        if self.mode is Mode.OK or (not pushing and self.mode in _TOUCHES_RECORDS):
            return Mode.OK
        mode = self.mode
        if self.left is not None:
            self.left -= 1
            if self.left == 0:
                self.mode, self.left = Mode.OK, None
        return mode

    def next_refusal(self, company: str) -> Verdict | None:
        """The ordered refusal for this enterprise or area, or None; uses it up once."""
        refusal = self.refusals.get(company)
        if refusal is None:
            return None
        if refusal.left is not None:
            refusal.left -= 1
            if refusal.left == 0:
                del self.refusals[company]
        return refusal.verdict

    def described(self) -> dict[str, Any]:
        """The current orders as the control interface shows them."""
        return {
            "mode": self.mode.value,
            "times": self.left,
            "retry_after": self.retry_after,
            "refusals": {
                company: {"code": one.verdict.code, "msg": one.verdict.sentence, "times": one.left}
                for company, one in self.refusals.items()
            },
        }

    def clear(self) -> None:
        """Cancel all orders."""
        self.mode, self.left, self.retry_after = Mode.OK, None, None
        self.refusals.clear()


def _times(order: Mapping[str, Any]) -> int | None:
    times = order.get("times")
    if times is not None and (not isinstance(times, int) or isinstance(times, bool) or times < 1):
        raise BadOrder("times must be a whole number of at least 1, or null for until further notice")
    return times
