"""The recount finds every roll-up that is not what its rows add up to."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, delete, insert, update

from yanbao.adapters.sql.storage import SqlStorage
from yanbao.adapters.sql.tables.commitment import commitment_tally
from yanbao.application.access import SYSTEM, Actor
from yanbao.application.ports.commitment import Tally
from yanbao.application.ports.statistics import TallyDifference
from yanbao.application.statistics.verifying import RollUpCheck
from yanbao.domain.directory.enterprise import EnterpriseKind
from yanbao.domain.refusals import Forbidden

from ...contracts.commitment.commitments import TOMORROW, YESTERDAY, settle_answers
from ...support.builders import (
    CHANGAN,
    DAY,
    LINTONG,
    PUCHENG,
    a_department_tree,
    a_person,
    a_region_tree,
    an_actor,
    seen_from,
)
from ...support.settling import settle_in

_tally = commitment_tally.c
OF_LINTONG = (
    (_tally.region_id == LINTONG) & (_tally.business_date == DAY) & (_tally.kind == EnterpriseKind.PRODUCTION)
)


@pytest.fixture
def storage(engine: Engine) -> SqlStorage:
    storage = SqlStorage(engine, reactions=lambda work, events: ())
    settle_in(storage, SYSTEM, *a_region_tree(), *a_department_tree())
    settle_answers(storage)
    return storage


def test_every_planted_difference_is_found_and_nothing_else(engine: Engine, storage: SqlStorage) -> None:
    check = RollUpCheck(storage.readers())
    seen: list[tuple[int, int]] = []
    sound = check.recount(SYSTEM, progress=lambda done, total: seen.append((done, total)))
    assert (sound.days, list(sound.differences)) == (2, []) and seen == [(1, 2), (2, 2)]
    with engine.begin() as connection:
        connection.execute(update(commitment_tally).where(OF_LINTONG).values(late=1, on_time=1))
        connection.execute(delete(commitment_tally).where(_tally.region_id == PUCHENG))
        nothing = dict.fromkeys(("in_production", "stopped", "on_time", "late", "automatic"), 0)
        connection.execute(
            insert(commitment_tally).values(
                region_id=CHANGAN,
                business_date=TOMORROW,
                kind=EnterpriseKind.WHOLESALE,
                expected=1,
                unreported=1,
                **nothing,
            )
        )
    found = check.recount(SYSTEM)
    assert found.days == (TOMORROW - YESTERDAY).days + 1
    assert list(found.differences) == [
        TallyDifference(
            LINTONG,
            DAY,
            EnterpriseKind.PRODUCTION,
            kept=Tally(expected=2, in_production=1, stopped=1, on_time=1, late=1),
            counted=Tally(expected=2, in_production=1, stopped=1, on_time=2),
        ),
        TallyDifference(
            PUCHENG,
            DAY,
            EnterpriseKind.PRODUCTION,
            kept=Tally(),
            counted=Tally(expected=2, stopped=1, unreported=1, on_time=1, automatic=1),
        ),
        TallyDifference(
            CHANGAN, TOMORROW, EnterpriseKind.WHOLESALE, kept=Tally(expected=1, unreported=1), counted=Tally()
        ),
    ]


def test_rows_of_zeros_are_no_difference(engine: Engine, storage: SqlStorage) -> None:
    with engine.begin() as connection:
        zeros = dict.fromkeys([column.name for column in commitment_tally.c][3:], 0)
        connection.execute(
            insert(commitment_tally).values(
                region_id=CHANGAN, business_date=DAY, kind=EnterpriseKind.PRODUCTION, **zeros
            )
        )
    assert list(RollUpCheck(storage.readers()).recount(SYSTEM).differences) == []


def test_only_the_system_recounts(storage: SqlStorage) -> None:
    with pytest.raises(Forbidden):
        RollUpCheck(storage.readers()).recount(_head())


def _head() -> Actor:
    return an_actor(a_person("韩厅长", of=a_department_tree()[0]), seen_from())
