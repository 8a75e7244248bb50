"""Fault points: without orders nothing happens; orders are read strictly; production takes none."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator

import pytest

from yanbao import faultpoints
from yanbao.faultpoints import POINTS, Deed, FaultOrdered, arm, orders_in, reached

from .architecture.sources import SRC

CALL = re.compile(r"""\breached\(\s*"([a-z]+\.[a-z]+)\"""")


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    yield
    arm("")


def test_every_point_is_at_one_place_in_the_code() -> None:
    found = Counter(
        name for path in SRC.rglob("*.py") for name in CALL.findall(path.read_text(encoding="utf-8"))
    )
    assert found == dict.fromkeys(POINTS, 1)


def test_without_orders_a_point_looks_at_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faultpoints, "_obey", None)
    reached("push.claimed", object())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("sms.checked=stop", ("sms.checked", Deed.STOP, None, None)),
        (" slot.ran[open-day]=raise@3 ", ("slot.ran", Deed.RAISE, "open-day", 3)),
    ],
)
def test_an_order_says_where_what_about_what_and_when(text: str, told: tuple[object, ...]) -> None:
    (order,) = orders_in(text)
    assert (order.point, order.deed, order.about, order.only) == told


@pytest.mark.parametrize(
    "text",
    ["sms.checked", "sms.nowhere=kill", "sms.checked=explode", "sms.checked=kill@x", "sms.checked=kill kill"],
)
def test_an_order_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"the points are work\.committing"):
        orders_in(text)


def test_what_is_ordered_for_one_thing_spares_the_others() -> None:
    arm("push.claimed[b]=raise")
    reached("push.claimed", "a")
    reached("push.answered", "b")
    with pytest.raises(FaultOrdered):
        reached("push.claimed", "a", "b")


def test_what_is_ordered_for_one_time_happens_at_that_time_only() -> None:
    arm("push.claimed=raise@2")
    reached("push.claimed")
    with pytest.raises(FaultOrdered):
        reached("push.claimed")
    reached("push.claimed")


def test_a_killed_process_has_said_why() -> None:
    code = (
        "from yanbao.faultpoints import arm, reached; arm('slot.ran=kill'); reached('slot.ran', 'open-day')"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert ended.returncode == -9
    assert ended.stderr == b"fault point slot.ran kill [open-day]\n"
