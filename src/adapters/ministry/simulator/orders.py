"""What the simulator is ordered to push: of which kinds, about whom, how often, in which order and how damaged."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, TypeVar

from ....domain.exchange.inbound import InboundKind
from .faults import BadOrder

Choice = TypeVar("Choice", bound=Enum)

MOST_ITEMS: Final = 10_000
"""Items of one order."""
MOST_REPEATS: Final = 20
MOST_TARGETS: Final = 20_000


class Change(Enum):
    """What a later version says; each item of an order has a first version and then this one."""

    NONE = "none"
    RAISED = "raised"
    LOWERED = "lowered"
    DESCRIBED = "described"
    ENDED = "ended"
    ENDED_FIRST = "ended_first"


CHANGE_NAMES: Final = {
    Change.NONE: "不更新",
    Change.RAISED: "随后升级",
    Change.LOWERED: "随后降级",
    Change.DESCRIBED: "随后修改描述",
    Change.ENDED: "随后解除（撤回）",
    Change.ENDED_FIRST: "先到解除，后到下发",
}


class Tampering(Enum):
    """How a message is damaged or forged on its way."""

    NONE = "none"
    FLIPPED_BYTE = "flipped_byte"
    CUT_JSON = "cut_json"
    WRONG_CODE = "wrong_code"
    UNKNOWN_ENTERPRISE = "unknown_enterprise"
    FOREIGN_AREA = "foreign_area"
    WRONG_SIGNATURE = "wrong_signature"
    OLD_TIMESTAMP = "old_timestamp"
    REPLAYED = "replayed"
    REPLAYED_NONCE = "replayed_nonce"


TAMPERING_NAMES: Final = {
    Tampering.NONE: "正常",
    Tampering.FLIPPED_BYTE: "签名后改动一个字节",
    Tampering.CUT_JSON: "报文截断（签名有效）",
    Tampering.WRONG_CODE: "代码不在代码表内",
    Tampering.UNKNOWN_ENTERPRISE: "企业不在档案中",
    Tampering.FOREIGN_AREA: "区域不属于本省",
    Tampering.WRONG_SIGNATURE: "签名错误",
    Tampering.OLD_TIMESTAMP: "时间戳过期",
    Tampering.REPLAYED: "原样重放",
    Tampering.REPLAYED_NONCE: "同一随机数、另一内容",
}

NOT_BELIEVED: Final = frozenset({Tampering.FLIPPED_BYTE, Tampering.WRONG_SIGNATURE, Tampering.OLD_TIMESTAMP})
"""A message that is damaged like this must be refused whole, so it is not sent again."""

KIND_NAMES: Final = {
    InboundKind.PATROL_PROBLEM: "巡查问题",
    InboundKind.SPOT_CHECK_PROBLEM: "抽查问题",
    InboundKind.WARNING: "证书和风险预警",
}


@dataclass(frozen=True, slots=True)
class PushOrder:
    """One order. `companies` are credit codes, `areas` six-digit codes; items take one of each at random.

    `items` are external ids of items that were stated before: `change` is stated of them, or their newest
    version is sent once more, and nothing new is stated.
    `together` is how many records a message carries, `repeat` how often each message is sent, `attempts` how
    often one is tried until it is answered. `seed` makes the invented contents.
    """

    counts: Mapping[InboundKind, int]
    companies: Sequence[str]
    areas: Sequence[str]
    items: Sequence[str] = ()
    shuffled: bool = False
    repeat: int = 1
    change: Change = Change.NONE
    tampering: Tampering = Tampering.NONE
    together: int = 1
    mailbox: bool = False
    attempts: int = 3
    seed: int = field(default_factory=lambda: random.randrange(2**32))


def read_order(order: Mapping[str, Any], *, batch_size: int) -> PushOrder:
    """Read an order from JSON. Raises BadOrder, in English.

    `{"kinds": {"WARNING": 3, …}, "companies": […], "areas": […], "items": […], "order": "in_order"|"shuffled",
    "repeat", "change", "tampering", "together", "by": "push"|"mailbox", "attempts", "seed"}`; all optional but
    `kinds` or `items`.
    """
    counts, items = _counts(order.get("kinds", {})), _texts(order, "items", r"[!-~]{1,64}")
    if not counts and not items:
        raise BadOrder("kinds must say how many items of which kind, or items must name some")
    companies = _texts(order, "companies", r"[0-9A-Z]{18}")
    areas = _texts(order, "areas", r"[1-9][0-9]{5}")
    if counts and not areas:
        raise BadOrder("areas must name at least one area code")
    if not companies and any(kind is not InboundKind.PATROL_PROBLEM for kind in counts):
        raise BadOrder("companies must name at least one credit code")
    ordering, by = order.get("order", "in_order"), order.get("by", "push")
    if ordering not in ("in_order", "shuffled") or by not in ("push", "mailbox"):
        raise BadOrder("order must be in_order or shuffled, and by must be push or mailbox")
    change = _choice(Change, order, "change")
    if items and (counts or change is Change.ENDED_FIRST):
        raise BadOrder("an order is for new items or for items that exist, which cannot end before they open")
    seed = {} if order.get("seed") is None else {"seed": _whole(order, "seed", 0, 0, 2**63)}
    return PushOrder(
        counts=counts,
        companies=companies,
        areas=areas,
        items=items,
        shuffled=ordering == "shuffled",
        repeat=_whole(order, "repeat", 1, 1, MOST_REPEATS),
        change=change,
        tampering=_choice(Tampering, order, "tampering"),
        together=_whole(order, "together", 1, 1, batch_size),
        mailbox=by == "mailbox",
        attempts=_whole(order, "attempts", 3, 1, 100),
        **seed,
    )


def _counts(given: object) -> dict[InboundKind, int]:
    known = {kind.value: kind for kind in InboundKind}
    if not isinstance(given, Mapping) or not given.keys() <= known.keys():
        raise BadOrder(f"kinds must be an object with keys of {list(known)}")
    counts = {known[name]: _whole(given, name, 0, 0, MOST_ITEMS) for name in given}
    return {kind: count for kind, count in counts.items() if count}


def _texts(order: Mapping[str, Any], name: str, pattern: str) -> tuple[str, ...]:
    given = order.get(name, [])
    if not isinstance(given, list) or len(given) > MOST_TARGETS:
        raise BadOrder(f"{name} must be a list of at most {MOST_TARGETS} texts")
    for one in given:
        if not isinstance(one, str) or not re.fullmatch(pattern, one):
            raise BadOrder(f"{name} has an entry that is none: {str(one)[:40]!r}")
    return tuple(given)


def _choice(kind: type[Choice], order: Mapping[str, Any], name: str) -> Choice:
    try:
        return kind(order.get(name, "none"))
    except ValueError:
        raise BadOrder(f"{name} must be one of {[one.value for one in kind]}") from None


def _whole(order: Mapping[str, Any], name: str, default: int, least: int, most: int) -> int:
    given = order.get(name, default)
    if not isinstance(given, int) or isinstance(given, bool) or not least <= given <= most:
        raise BadOrder(f"{name} must be a whole number from {least} to {most}")
    return given
