"""A backup of the twin and its restore: what was done since is lost here, but not at gateway and ministry."""

from __future__ import annotations

from typing import Any

from yanbao.adapters.memory.tables import State
from yanbao.application.access import SYSTEM
from yanbao.application.operations.restores import Begun, Finished
from yanbao.application.ports.work import UnitOfWork
from yanbao.domain.restore import Standing

from .world import World

WHO = "周强"
WHY = "磁盘损坏，从备份恢复"


def backup(world: World) -> State:
    """What the database holds now. Before, it was put into use, as every process does at its start."""
    world.system.app.restores.settle_in()
    return world.state


def restore(world: World, state: State) -> World:
    """Put the backup in the place of the database, as `pg_restore` does: into another database."""
    storage: Any = world.system.storage
    storage.landed = state.fork()
    storage.place += " restored"
    return world


def begin(world: World) -> Begun:
    return world.system.app.restores.begin(by=WHO, reason=WHY)


def finish(world: World) -> Finished:
    return world.system.app.restores.finish(by=WHO)


def standing(world: World) -> Standing:
    with world.system.storage.work(SYSTEM) as work:
        found: UnitOfWork = work
        return found.restores.standing()
