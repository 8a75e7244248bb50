"""What the ministry is ordered to deliver: the treatments of its 200 messages, and what must become of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from ..played.client import Row

TOTAL: Final = 200
"""Messages that the ministry sends in the play, repeats included."""
PATROL, SPOT_CHECK, WARNING = "PATROL_PROBLEM", "SPOT_CHECK_PROBLEM", "WARNING"


@dataclass(frozen=True, slots=True)
class Treatment:
    """A kind of delivery. `fate` is what must become of its messages: READ, UNREADABLE or NO_TRACE.

    `how` and `change` are words of the simulator; `of` are the numbers of new items by kind.
    """

    name: str
    of: tuple[tuple[str, int], ...] = ()
    how: str = "none"
    change: str = "none"
    repeat: int = 1
    shuffled: bool = False
    fate: str = "READ"

    @property
    def order(self) -> Row:
        return {
            "kinds": dict(self.of),
            "tampering": self.how,
            "change": self.change,
            "repeat": self.repeat,
            "order": "shuffled" if self.shuffled else "in_order",
        }


def _each(patrol: int, spot_check: int, warning: int) -> tuple[tuple[str, int], ...]:
    return tuple(
        (kind, number)
        for kind, number in ((PATROL, patrol), (SPOT_CHECK, spot_check), (WARNING, warning))
        if number
    )


IN_ORDER: Final = Treatment("依次下发", _each(6, 6, 16))
REPEATED: Final = Treatment("原样重发", repeat=2)
SHUFFLED: Final = Treatment("乱序、升级", _each(2, 2, 8), change="raised", shuffled=True)
LOWERED: Final = Treatment("降级", _each(0, 0, 5), change="lowered")
DESCRIBED: Final = Treatment("修改描述", _each(2, 2, 3), change="described", repeat=2, shuffled=True)
ENDED: Final = Treatment("解除或撤回", _each(2, 2, 3), change="ended")
ENDED_FIRST: Final = Treatment("先到解除，后到下发", _each(1, 1, 3), change="ended_first")
WRONG_SIGNATURE: Final = Treatment("签名错误", _each(1, 1, 3), how="wrong_signature", fate="NO_TRACE")
OLD_TIMESTAMP: Final = Treatment("时间戳过期", _each(1, 1, 2), how="old_timestamp", fate="NO_TRACE")
FLIPPED: Final = Treatment("签名后改动一个字节", _each(1, 1, 4), how="flipped_byte", fate="NO_TRACE")
REPLAYED: Final = Treatment("原样重放", _each(1, 1, 2), how="replayed")
REPLAYED_NONCE: Final = Treatment("同一随机数、另一内容", _each(0, 0, 3), how="replayed_nonce")
CUT: Final = Treatment("报文截断", _each(0, 0, 3), how="cut_json", fate="UNREADABLE")
WRONG_CODE: Final = Treatment("代码不在代码表内", _each(1, 1, 3), how="wrong_code")
FOREIGN: Final = Treatment("区域不属于本省", _each(1, 0, 3), how="foreign_area")
UNKNOWN: Final = Treatment("企业、区域不在档案中", _each(1, 1, 1), how="unknown_enterprise")
UPDATED: Final = Treatment("更新在办的事项")
THE_REST: Final = Treatment("陆续解除")


@dataclass(slots=True)
class Delivered:
    """What the play has had delivered: the items of each treatment, and how often each status was answered."""

    numbers: dict[str, set[int]] = field(default_factory=dict)
    """The numbers of the sendings of each treatment, as the simulator counts them."""
    statuses: dict[str, Counter[str]] = field(default_factory=dict)
    messages: Counter[str] = field(default_factory=Counter)
    """How many different messages a treatment has; a repeat is no other message."""

    @property
    def sendings(self) -> int:
        """Messages that were sent so far, each repeat counted."""
        return sum(counted.total() for counted in self.statuses.values())

    @property
    def newest(self) -> int:
        """The number of the newest sending; 0 if there is none."""
        return max((number for some in self.numbers.values() for number in some), default=0)

    def note(self, treatment: Treatment, done: dict[str, Any], numbers: Iterable[int]) -> None:
        """Note what the simulator says that it has sent."""
        self.numbers.setdefault(treatment.name, set()).update(numbers)
        self.statuses.setdefault(treatment.name, Counter()).update(done["statuses"])
        self.messages[treatment.name] += done["messages"] // treatment.repeat
