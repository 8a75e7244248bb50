"""Statements kept by their shape answer as those that SQLAlchemy builds, compiles and reads each time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, Select, literal, select

from yanbao.adapters.sql.reading.alert_page import ALERT
from yanbao.adapters.sql.reading.alert_page import page_statement as alert_page
from yanbao.adapters.sql.reading.commitment_page import COMMITMENT
from yanbao.adapters.sql.reading.commitment_page import page_statement as commitment_page
from yanbao.adapters.sql.reading.inspection_page import INSPECTION
from yanbao.adapters.sql.reading.inspection_page import sorted_statement as inspection_page
from yanbao.adapters.sql.reading.page_search import PageSearch
from yanbao.adapters.sql.reading.paging import Reading, like
from yanbao.adapters.sql.reading.problem_page import PROBLEM, prepared
from yanbao.adapters.sql.reading.problem_page import sorted_statement as problem_page
from yanbao.adapters.sql.reading.shapes import Shapes
from yanbao.adapters.sql.tables.commitment import commitment
from yanbao.application.access import EVERYTHING, SYSTEM, Scope
from yanbao.application.ports.alert import AlertFilter, AlertOrder
from yanbao.application.ports.commitment import CommitmentFilter
from yanbao.application.ports.inspection import InspectionFilter, InspectionOrder
from yanbao.application.ports.problem import ProblemFilter, ProblemOrder
from yanbao.domain.commitment.form import ProductionStatus
from yanbao.domain.directory.enterprise import EnterpriseKind
from yanbao.domain.problem.workflow import ProblemState

from ...support.alerts import every_alert
from ...support.builders import DAY, LINTONG, NOW, PUCHENG, an_enterprise, seen_by, seen_from
from ...support.commitments import owed, reported
from ...support.inspections import a_problem_in
from ...support.settling import settle_in
from .conftest import storage_on

FIRST, SECOND = an_enterprise("甲厂", region=LINTONG), an_enterprise("乙厂", region=PUCHENG)
DAYS = DAY - timedelta(days=3), DAY


@pytest.fixture
def reading(engine: Engine, storage: Any) -> Reading:
    settle_in(storage_on(engine), SYSTEM, FIRST, SECOND, reported(FIRST), owed(SECOND))
    settle_in(storage_on(engine), SYSTEM, an_enterprise("东风烟花厂", region=LINTONG))
    with storage_on(engine).work(SYSTEM) as work:
        work.problems.save(a_problem_in(ProblemState.ISSUED))
        work.alerts.save_all(every_alert())
        work.commit()
    return Reading(engine)


def commitments(**asked: Any) -> CommitmentFilter:
    return CommitmentFilter(*DAYS, **asked)


SCOPES = (EVERYTHING, seen_from(LINTONG), seen_from(PUCHENG), seen_by(FIRST), seen_by(SECOND))
AFTER = (None, (DAY, NOW, uuid4()), (DAY - timedelta(days=1), NOW - timedelta(hours=1), uuid4()))


@pytest.mark.parametrize(
    "where",
    [
        commitments(),
        commitments(region_id=LINTONG),
        commitments(region_id=PUCHENG),
        commitments(region_id=PUCHENG, directly=True),
        commitments(enterprise_id=FIRST.id),
        commitments(enterprise_id=SECOND.id),
        commitments(text=like("甲")),
        commitments(text=like("乙%")),
        commitments(kinds=(EnterpriseKind.PRODUCTION,), statuses=(ProductionStatus.IN_PRODUCTION,)),
        commitments(reported=False),
        commitments(late=False),
    ],
    ids=lambda where: f"{where.region_id} {where.text} {where.kinds} {where.late}"[:40],
)
def test_commitments_are_read_alike(reading: Reading, where: CommitmentFilter) -> None:
    for scope in SCOPES:
        for named in (None, [], [FIRST.id], [SECOND.id, FIRST.id]):
            for after in AFTER:
                given = (where, scope, named, after, 10, PageSearch.DAYS)
                expected = reading.shown(COMMITMENT, commitment_page(*given))
                for _ in range(2):  # Built, and then kept.
                    assert reading.listed(COMMITMENT, commitment_page, *given) == expected


def test_equal_shapes_with_other_values_find_other_rows(reading: Reading) -> None:
    def found(where: CommitmentFilter, scope: Scope) -> list[Any]:
        rows = reading.listed(COMMITMENT, commitment_page, where, scope, None, None, 10, PageSearch.DAYS)
        return [row.enterprise_id for row in rows]

    assert found(commitments(enterprise_id=FIRST.id), EVERYTHING) == [FIRST.id]
    assert found(commitments(enterprise_id=SECOND.id), EVERYTHING) == [SECOND.id]
    assert found(commitments(), seen_from(LINTONG)) == [FIRST.id]
    assert found(commitments(), seen_from(PUCHENG)) == [SECOND.id]
    assert found(commitments(text=like("甲")), EVERYTHING) == [FIRST.id]
    assert found(commitments(text=like("乙")), EVERYTHING) == [SECOND.id]


def test_the_other_lists_are_read_alike(reading: Reading) -> None:
    at = datetime(2030, 1, 1, tzinfo=UTC)
    for scope in SCOPES:
        for text in (None, "%", "厂"):
            for order in ProblemOrder:
                for asked in (
                    ProblemFilter(text=text, overdue_at=at, unfed_back=True),
                    ProblemFilter(text=text, responsible_id=uuid4(), to_enterprise=scope.enterprise_id),  # type: ignore[arg-type]
                ):
                    alike(reading, PROBLEM, problem_page, prepared(asked), scope, order, None, 10)
            for by in AlertOrder:
                where = AlertFilter(text=like(text), overdue_at=at, enterprise_id=scope.enterprise_id)
                alike(reading, ALERT, alert_page, where, scope, by, None, 10, PageSearch.DAYS)
            for way in InspectionOrder:
                seen = InspectionFilter(*DAYS, text=like(text), target_enterprise_id=FIRST.id)
                alike(reading, INSPECTION, inspection_page, seen, scope, way, None, 10)
    assert reading.listed(
        PROBLEM, problem_page, ProblemFilter(), EVERYTHING, ProblemOrder.NEWEST, None, 10
    ), "there is something to read"


def alike(reading: Reading, layout: Any, build: Callable[..., Select[Any]], *given: Any) -> None:
    expected = reading.shown(layout, build(*given))
    assert reading.listed(layout, build, *given) == expected
    assert reading.listed(layout, build, *given) == expected


# ---------------------------------------------------------------- shapes


@pytest.fixture
def built() -> list[Any]:
    return []


@pytest.fixture
def shapes(engine: Engine) -> Shapes:
    return Shapes(engine.dialect)


@pytest.fixture
def build(built: list[Any]) -> Callable[..., Select[Any]]:
    def build(ids: tuple[Any, ...], limit: int, own: Any = None) -> Select[Any]:
        built.append((ids, limit, own))
        found = select(commitment.c.id).where(commitment.c.id.in_(ids)).limit(literal(limit))
        return found.where(commitment.c.enterprise_id == own) if own is not None else found

    return build


def test_a_text_is_built_once_for_its_shape(
    shapes: Shapes, build: Callable[..., Select[Any]], built: list[Any]
) -> None:
    first, values = shapes.find(build, ((uuid4(), uuid4()), 5))
    assert len(values) == 2
    again, others = shapes.find(build, ((uuid4(), uuid4()), 5))
    assert again is first and len(built) == 1 and others != values


@pytest.mark.parametrize(
    "other",
    [((uuid4(),), 5), ((uuid4(), uuid4()), 6), ((uuid4(), uuid4()), 5, uuid4()), ((uuid4(), uuid4()), True)],
    ids=["fewer ids", "another number", "one condition more", "a switch and not a number"],
)
def test_what_is_asked_otherwise_has_another_shape(
    shapes: Shapes, build: Callable[..., Select[Any]], built: list[Any], other: tuple[Any, ...]
) -> None:
    shapes.find(build, ((uuid4(), uuid4()), 1))
    shapes.find(build, other)
    assert len(built) == 2


def test_that_two_ids_are_equal_is_part_of_the_shape(
    shapes: Shapes, build: Callable[..., Select[Any]], built: list[Any]
) -> None:
    one, other = uuid4(), uuid4()
    _, values = shapes.find(build, ((one, one), 5))
    assert values == [one]
    shapes.find(build, ((one, other), 5))
    ((ids, _, _), (different, _, _)) = built
    assert ids[0] is ids[1] and different[0] is not different[1]


def test_who_builds_sees_no_id(shapes: Shapes, build: Callable[..., Select[Any]], built: list[Any]) -> None:
    shapes.find(build, ((uuid4(),), 5))
    ((ids, limit, _),) = built
    assert not any(isinstance(id, UUID) for id in ids) and limit == 5
