"""Reports that are due at the ministry, and what becomes of them."""

from __future__ import annotations

from uuid import UUID

from yanbao.application.exchange.exchange import ResendDeadLetters
from yanbao.application.ports.exchange import Attempt
from yanbao.application.ports.paging import Page
from yanbao.domain.directory.organisation import Person
from yanbao.domain.exchange.duty import Duty, DutyState, Topic

from ...support.world import (
    DONGFENG,
    HONGXING,
    HONGXING_HEAD,
    PROVINCE_DUTY,
    World,
    a_world,
    some_enterprises,
)


def reported(*, at: str = "12:00") -> World:
    """Two enterprises have reported, and the first push of the day is due."""
    world = a_world(enterprises=[DONGFENG, HONGXING])
    world.submit()
    world.submit(HONGXING_HEAD, HONGXING)
    return world.at(at)


def crowd(number: int, *, batch_size: int = 20) -> World:
    """So many enterprises have reported."""
    firms = some_enterprises(number)
    world = a_world(enterprises=list(firms)).settle(*firms.values())
    for of, head in firms.items():
        world.submit(head, of)
    world.system.ministry.batch_size = batch_size
    return world.at("12:00")


def push(world: World) -> int:
    return world.system.app.pushes.push_due()


def pushed(world: World) -> list[tuple[UUID, ...]]:
    return [ids for _, ids in world.system.ministry.pushes]


def states(world: World) -> list[DutyState]:
    return [duty.state for duty in world.duties()]


def attempts(world: World) -> list[Attempt]:
    """Oldest first."""
    found = world.system.app.exchange.attempts(
        world.actor(PROVINCE_DUTY), Topic.MINISTRY_COMMITMENT, Page(100)
    )
    return list(reversed(found.rows))


def corrected() -> World:
    """Dongfeng has reported and corrected: two revisions are due."""
    world = a_world(enterprises=[DONGFENG])
    world.submit()
    world.correct(top_temperature=35)
    return world.at("12:00")


def resend(world: World, by: Person, duties: list[Duty], *, key: str | None = None) -> int:
    command = ResendDeadLetters(tuple(duty.id for duty in duties))
    return world.system.app.exchange.resend(world.actor(by), command, key=key)
