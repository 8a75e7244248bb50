"""The wall screen costs the same number of statements, however much is stored."""

from __future__ import annotations

from datetime import time
from pathlib import Path

from yanbao.adapters.clock import FixedClock
from yanbao.adapters.sql.engine import make_engine
from yanbao.adapters.sql.storage import SqlStorage
from yanbao.adapters.sql.tables.metadata import metadata
from yanbao.application.access import SYSTEM, Actor
from yanbao.application.statistics.commitments import CommitmentStatistics
from yanbao.application.statistics.wall import Walls
from yanbao.domain.deadlines import instant
from yanbao.domain.directory.organisation import Level

from ...contracts.alert.alerts import keep, made, settle_parties
from ...contracts.statistics.test_wall import a_problem, keep_problems
from ...support.builders import (
    DAY,
    NOW,
    PROVINCE,
    a_department_tree,
    a_person,
    a_region_tree,
    an_actor,
    an_enterprise,
    seen_from,
)
from ...support.commitments import reported
from ...support.databases import fresh_sqlite, statements
from ...support.inspections import ProblemState
from ...support.settling import settle_in


def test_the_wall_costs_the_same_however_much_there_is_to_show(tmp_path: Path) -> None:
    with fresh_sqlite(tmp_path) as url:
        engine = make_engine(url)
        metadata.create_all(engine)
        storage = SqlStorage(engine, reactions=lambda work, events: ())
        settle_in(storage, SYSTEM, *a_region_tree(), *a_department_tree())
        settle_parties(storage)
        readers, clock = storage.readers(), FixedClock(NOW)
        walls = Walls(readers, clock, CommitmentStatistics(readers, clock))
        actor: Actor = an_actor(
            a_person("沈查看", of=a_department_tree()[0]), seen_from(PROVINCE), level=Level.PROVINCE
        )

        def fill(first: int, last: int) -> None:
            keep_problems(storage, *(a_problem(f"{n}", ProblemState.ISSUED) for n in range(first, last)))
            keep(storage, *(made(f"alert {n}") for n in range(first, last)))
            late = [
                reported(an_enterprise(f"{n}厂"), at=instant(DAY, time(10, 30))) for n in range(first, last)
            ]
            settle_in(storage, SYSTEM, *(an_enterprise(f"{n}厂") for n in range(first, last)), *late)

        fill(0, 2)
        with statements(engine) as few:
            walls.wall(actor)
        fill(2, 30)
        with statements(engine) as many:
            wall = walls.wall(actor)
        engine.dispose()
    assert len(wall.events) == 10
    # Events of fewer subjects may need fewer reads, never more.
    assert len(many) <= len(few)
