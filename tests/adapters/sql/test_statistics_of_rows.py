"""How databases count rows for statistics: in one statement each, and with the percentile that PostgreSQL knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest
from sqlalchemy import Engine, text

from yanbao.adapters.sql.storage import SqlStorage
from yanbao.application.access import EVERYTHING, SYSTEM
from yanbao.application.ports.alert import AlertFilter
from yanbao.application.ports.counts import AlertDimension, ProblemDimension, Split
from yanbao.application.ports.inspection import InspectionFilter
from yanbao.application.ports.problem import ProblemFilter
from yanbao.domain.inspection.form import InspectionKind
from yanbao.domain.problem.problem import Problem
from yanbao.domain.problem.workflow import ProblemState
from yanbao.domain.values import ProblemId, RegionId

from ...contracts.problem.problems import keep, settle_parties
from ...support.builders import (
    DAY,
    LINTONG,
    NOW,
    PROVINCE,
    WEINAN,
    XIAN,
    a_department_tree,
    a_region_tree,
    an_id,
    seen_from,
)
from ...support.databases import statements
from ...support.inspections import MICROSECOND, TO_THE_COUNTY, TO_THE_FACTORY, a_feedback_form, by, issued
from ...support.settling import settle_in

SCOPE = seen_from(PROVINCE)
STARTS = [(), (DAY - timedelta(days=9),), tuple(DAY - timedelta(days=back) for back in range(300, -1, -1))]
HEADS = (XIAN, WEINAN)


def filled(engine: Engine, problems: int) -> SqlStorage:
    storage = SqlStorage(engine, reactions=lambda work, events: ())
    settle_in(storage, SYSTEM, *a_region_tree(), *a_department_tree())
    settle_parties(storage)
    chance = Random(7)
    keep(storage, *(_fed_back(number, chance) for number in range(problems)))
    return storage


def _fed_back(number: int, chance: Random) -> Problem:
    """Fed back after a while that has parts of a second, rarely the same."""
    at = NOW - timedelta(days=chance.randrange(300), seconds=chance.random() * 60)
    problem = replace(
        issued(to=chance.choice([TO_THE_COUNTY, TO_THE_FACTORY]), at=at),
        id=ProblemId(an_id("percentile", number)),
    )
    problem.acknowledge(by=by(at=at))
    problem.rectify(by=by(at=at))
    lasted = chance.choice(
        [timedelta(0), timedelta(seconds=1) - MICROSECOND, timedelta(hours=30) * chance.random()]
    )
    problem.feed_back(a_feedback_form(planned_on=None), by=by(at=at + lasted))
    assert problem.state is ProblemState.FED_BACK
    problem.events.clear()
    return problem


@pytest.mark.parametrize("starts", STARTS, ids=len)
def test_a_statistic_is_one_statement_however_it_is_divided(
    engine: Engine, starts: tuple[datetime, ...]
) -> None:
    readers = filled(engine, 3).readers()
    days = {"first_day": DAY - timedelta(days=300), "last_day": DAY}
    # Readers ask for the sizes of the regions once a minute.
    readers.problems.statistics(ProblemFilter(**days), SCOPE, Split(), at=NOW)
    readers.alerts.statistics(AlertFilter(**days), SCOPE, Split(), at=NOW)
    readers.inspections.statistics(InspectionFilter(**days, kinds=(InspectionKind.PATROL,)), SCOPE, (), ())
    with statements(engine) as seen:
        for dimension in (None, *ProblemDimension):
            split = Split(dimension, HEADS, starts)
            readers.problems.statistics(ProblemFilter(**days, region_id=LINTONG), SCOPE, split, at=NOW)
        assert len(seen) == 1 + len(ProblemDimension)
        seen.clear()
        for by_alert in (None, *AlertDimension):
            readers.alerts.statistics(AlertFilter(**days), SCOPE, Split(by_alert, HEADS, starts), at=NOW)
        assert len(seen) == 1 + len(AlertDimension)
        seen.clear()
        for kind in InspectionKind:
            readers.inspections.statistics(InspectionFilter(**days, kinds=(kind,)), SCOPE, HEADS, starts)
        assert len(seen) == len(InspectionKind)


@pytest.mark.parametrize("region", [PROVINCE, XIAN, LINTONG])
def test_whoever_sees_the_whole_tree_gets_what_the_plain_condition_gives(
    engine: Engine, region: RegionId
) -> None:
    readers = filled(engine, 9).readers()
    days = {"first_day": DAY - timedelta(days=400), "last_day": DAY}
    for scope in (seen_from(region), EVERYTHING):
        for within in (None, PROVINCE, LINTONG):
            where = ProblemFilter(**days, region_id=within)
            found = readers.problems.statistics(where, scope, Split(), at=NOW)
            assert found.whole.issued == readers.problems.count(where, scope)


def test_regions_outside_of_the_tree_that_was_known_stay_hidden(engine: Engine) -> None:
    storage = filled(engine, 4)
    readers = storage.readers()
    where = ProblemFilter(first_day=DAY - timedelta(days=400), last_day=DAY)
    before = readers.problems.statistics(where, SCOPE, Split(), at=NOW)
    with engine.begin() as connection:
        # The reader still takes the province for everything.
        connection.execute(text("UPDATE region SET parent_id = NULL WHERE id = '610100'"))
        connection.execute(
            text("DELETE FROM region_closure WHERE ancestor = '610000' AND descendant LIKE '6101%'")
        )
    after = readers.problems.statistics(where, SCOPE, Split(), at=NOW)
    assert after.whole.issued == readers.problems.count(where, SCOPE)
    assert after.whole.issued < before.whole.issued


PERCENTILE = """
SELECT count(*), percentile_disc(0.9) WITHIN GROUP (
    ORDER BY floor(extract(epoch FROM fed_back_at - issued_at)))
FROM problem WHERE state = 'FED_BACK'
"""


@pytest.mark.parametrize("problems", [1, 2, 9, 10, 11, 20, 73])
def test_the_percentile_is_that_of_postgresql(postgres: Engine, problems: int) -> None:
    readers = filled(postgres, problems).readers()
    where = ProblemFilter(first_day=DAY - timedelta(days=400), last_day=DAY)
    found = readers.problems.statistics(where, SCOPE, Split(ProblemDimension.KIND), at=NOW)
    with postgres.connect() as connection:
        number, percentile = connection.execute(text(PERCENTILE)).one()
    assert (found.whole.fed_back, found.whole.p90_feedback_seconds) == (number, percentile)
