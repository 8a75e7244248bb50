"""What each hostile request costs: CPU by the clocks of the threads, with and without a session."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import process_time, thread_time
from typing import Final

import structlog
import uvloop
from starlette.applications import Starlette

from yanbao.wiring import System

from .application import production
from .attacks import Attack, attacks
from .sending import send

ROUNDS: Final = 5
_QUERY: Final = b'"query": "'


@dataclass(frozen=True, slots=True)
class Struck:
    """One hostile request, and the CPU of its answer in seconds, medians of the rounds.

    `loop` is that of the event loop's thread, `whole` that of all threads; `known` is `loop` with a session.
    """

    name: str
    size: int
    status: int
    answered: int
    loop: float
    whole: float
    known: float


def strike(system: System, token: str, advance: Callable[[], None] = lambda: None) -> list[Struck]:
    """Send the whole table to the system as it is in production; `token` is that of somebody with a session."""
    # A failure is counted by its status; its log would be measured, too.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("critical"))
    app = production(system)
    found = []
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        for attack in attacks():
            found.append(runner.run(_struck(app, attack, token)))
            advance()
    structlog.reset_defaults()
    return found


async def _struck(app: Starlette, attack: Attack, token: str) -> Struck:
    made = attack.make()
    stranger = [await _cost(app, attack, _fresh(made, number), None) for number in range(ROUNDS)]
    known = [await _cost(app, attack, _fresh(made, ROUNDS + number), token) for number in range(ROUNDS)]
    _, _, status, answered = stranger[-1]
    size = len(made) if isinstance(made, bytes) else sum(len(frame) for frame in made)
    head = len(attack.path) + len(attack.query()) + sum(len(n) + len(v) for n, v in attack.headers)
    return Struck(
        attack.name,
        size + head,
        status,
        answered,
        loop=median(loop for loop, *_ in stranger),
        whole=median(whole for _, whole, *_ in stranger),
        known=median(loop for loop, *_ in known),
    )


def _fresh(made: bytes | list[bytes], number: int) -> bytes | list[bytes]:
    """The same with another document each time: a valid one is remembered, and costs nothing the second time."""
    return made.replace(_QUERY, _QUERY + b" " * number, 1) if isinstance(made, bytes) else made


async def _cost(
    app: Starlette, attack: Attack, made: bytes | list[bytes], token: str | None
) -> tuple[float, float, int, int]:
    """Seconds of the loop's thread and of all threads; status and bytes of the answer."""
    whole, loop = process_time(), thread_time()
    answer = await send(app, attack, made, token)
    return thread_time() - loop, process_time() - whole, answer.status, len(answer.sent)
