"""Named points at which a fault test ends, stops or breaks this process; without an order a point does nothing.

The setting YANBAO_FAULT_POINTS holds orders, separated by commas: `push.claimed=kill`, `sms.checked=stop@1`,
`slot.ran[open-day]=raise`. The demo profile only accepts it.
"""

from __future__ import annotations

import os
import re
import signal
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final

POINTS: Final = MappingProxyType(
    {
        "work.committing": "a unit of work is about to commit; about: the kinds of its events",
        "work.committed": "it has committed, and nobody was nudged or rung yet; about: the kinds of its events",
        "push.claimed": "duties are leased, nothing is sent yet; about: their ids",
        "push.answered": "the ministry has answered, nothing is recorded yet; about: the ids sent",
        "inbound.committed": "a delivery of the ministry is committed, it is not answered yet; about: its message id",
        "poll.committed": "messages of the mailbox are committed, they are not confirmed yet; about: their ids",
        "sms.claimed": "an SMS is leased and nothing else was done; about: its id",
        "sms.checked": "its text is stored, it is about to be sent; about: its id",
        "sms.answered": "the gateway has answered, nothing is recorded yet; about: its id",
        "export.claimed": "an export is leased and nothing else was done; about: its id",
        "export.written": "a part of its rows is written to a temporary file; about: its id",
        "export.stored": "its file is in the store, and not recorded yet; about: its id",
        "slot.claimed": "a slot is leased, its job has not begun; about: the job",
        "slot.ran": "the job has run, its outcome is not recorded yet; about: the job",
    }
)
"""Every point by its name, with what is true when it is reached. A name occurs at one place in the code."""


class FaultOrdered(RuntimeError):
    """The order of a point was to raise an error."""


class Deed(Enum):
    """What happens at a point: SIGKILL, SIGSTOP (until somebody sends SIGCONT), or an error."""

    KILL = "kill"
    STOP = "stop"
    RAISE = "raise"


@dataclass(slots=True)
class Order:
    """One order: at `point`, if it is about `about` (None: whatever it is about), do `deed`.

    `only` is at which time it happens, counted from 1 in this process (None: every time).
    """

    point: str
    deed: Deed
    about: str | None = None
    only: int | None = None
    times: int = 0


_ORDER: Final = re.compile(
    r"(?P<point>[a-z]+\.[a-z]+)(\[(?P<about>[^\[\]]+)\])?=(?P<deed>[a-z]+)(@(?P<only>\d+))?"
)
_orders: list[Order] = []
_counting: Final = threading.Lock()


def orders_in(text: str) -> Sequence[Order]:
    """Read the orders. Raises ValueError if one cannot be read or names an unknown point or deed."""
    orders = []
    for part in filter(None, map(str.strip, text.split(","))):
        found = _ORDER.fullmatch(part)
        if (
            found is None
            or found["point"] not in POINTS
            or found["deed"] not in {deed.value for deed in Deed}
        ):
            raise ValueError(f"not an order for a fault point: {part!r}; the points are {', '.join(POINTS)}")
        only = None if found["only"] is None else int(found["only"])
        orders.append(Order(found["point"], Deed(found["deed"]), found["about"], only))
    return orders


def arm(text: str) -> None:
    """Let these orders hold from now on in this process, in place of those before. Raises ValueError."""
    _orders[:] = orders_in(text)


def reached(point: str, *about: object) -> None:
    """Carry out what is ordered for this point; without orders, return at once."""
    if _orders:
        _obey(point, about)


def _obey(point: str, about: Sequence[object]) -> None:
    for order in _orders:
        if order.point != point or not (order.about is None or order.about in map(str, about)):
            continue
        with _counting:
            order.times += 1
            times = order.times
        if order.only is None or order.only == times:
            _do(order.deed, point, about)


def _do(deed: Deed, point: str, about: Sequence[object]) -> None:
    # Straight to the descriptor: nothing may stay in a buffer of a process that ends here.
    os.write(2, f"fault point {point} {deed.value} [{' '.join(map(str, about))}]\n".encode())
    match deed:
        case Deed.KILL:
            os.kill(os.getpid(), signal.SIGKILL)
        case Deed.STOP:
            # To this thread: by way of another one it could come a little further before the process stops.
            signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)
        case Deed.RAISE:
            raise FaultOrdered(point)
