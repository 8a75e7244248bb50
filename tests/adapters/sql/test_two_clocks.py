"""Two clocks at one instant: both report shutdowns, and neither stumbles over the other or over an enterprise."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from yanbao.adapters.sql.storage import SqlStorage
from yanbao.application.access import SYSTEM
from yanbao.domain.signed import Origin

from ...support.builders import DAY, LINTONG, a_shutdown
from ...support.system import make_system
from ...support.world import World, filled, some_enterprises
from .test_units_of_work import together

STANDING = 30


def standing_still(engine: Engine) -> World:
    world = World(make_system(lambda react: SqlStorage(engine, reactions=react))).at("08:30")
    return filled(world, list(some_enterprises(STANDING))).settle(a_shutdown(LINTONG))


def test_two_clocks_report_each_shutdown_once_and_without_an_error(engine: Engine) -> None:
    world = standing_still(engine)
    reported: list[int] = []
    assert together(2, lambda _: reported.append(world.system.app.commitments.report_shutdowns(DAY))) == []
    assert sum(reported) == STANDING
    for enterprise in some_enterprises(STANDING):
        report = world.commitment(enterprise).report
        assert report is not None and (report.origin, report.revision) == (Origin.AUTO, 1)


@pytest.mark.postgres
def test_what_somebody_is_reporting_right_now_is_left_to_them(postgres: Engine) -> None:
    world = standing_still(postgres)
    first, *others = some_enterprises(STANDING)
    with world.system.storage.work(SYSTEM) as work:
        (held,) = work.commitments.take_unreported([first.id], DAY)
        assert world.system.app.commitments.report_shutdowns(DAY) == len(others)
        assert held.unreported
    assert world.commitment(first).unreported
    assert world.system.app.commitments.report_shutdowns(DAY) == 1
