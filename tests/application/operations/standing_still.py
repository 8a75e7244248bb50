"""A schedule that stood still for three days and has made up for them."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

from yanbao.adapters.memory.tables import State

from ...support.builders import DAY
from ...support.world import World, a_world

IN_FOUR_DAYS = DAY + timedelta(days=4)


def catch_up(world: World) -> None:
    """Tick until nothing is left to run: one tick has a time limit, and a busy machine reaches it."""
    while world.system.app.schedule.tick():
        pass


def a_morning() -> World:
    """Nothing has been opened yet; the schedule starts at half past eight."""
    return a_world(opened=False)


@cache
def caught_up() -> State:
    """What has landed after a standstill; it is never written again, so that every test starts from it."""
    world = a_morning()
    world.system.app.schedule.tick()
    catch_up(world.at("08:30", IN_FOUR_DAYS))
    return world.state
