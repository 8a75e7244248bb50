"""Pages of records: every way to them gives the same rows, and a region that is new is in them at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from yanbao.adapters.sql.reading.inspection_page import choose_search, page_statement
from yanbao.adapters.sql.reading.inspections import SqlInspectionReader
from yanbao.adapters.sql.reading.page_search import PageSearch, RegionSizes
from yanbao.adapters.sql.reading.paging import Reading
from yanbao.application.access import SYSTEM, Scope
from yanbao.application.ports.inspection import InspectionFilter
from yanbao.application.ports.paging import Page
from yanbao.domain.directory.organisation import Level

from ...contracts.inspection.inspections import (
    LINTONG_BUREAU,
    XIAN_BUREAU,
    a_record,
    keep_records,
    settle_inspectors,
    the_premises_of,
)
from ...support.builders import (
    CHANGAN,
    DAY,
    LINTONG,
    XIAN,
    a_department,
    a_department_tree,
    a_region,
    a_region_tree,
    an_enterprise,
    seen_from,
)
from ...support.settling import settle_in
from .conftest import storage_on

FACTORIES = [an_enterprise(f"{n}厂", region=(LINTONG, CHANGAN)[n % 2]) for n in range(4)]
DAYS = [DAY - timedelta(days=n) for n in range(3)]
WHERE = InspectionFilter(DAYS[-1], DAYS[0])


@pytest.fixture
def filled(postgres: Engine) -> Engine:
    """Three days of two departments, one below the other."""
    storage = storage_on(postgres)
    settle_in(storage, SYSTEM, *a_region_tree(), *a_department_tree(), *FACTORIES)
    settle_inspectors(storage)
    for factory in FACTORIES:
        departments = (XIAN_BUREAU, LINTONG_BUREAU) if factory.region_id == LINTONG else (XIAN_BUREAU,)
        keep_records(
            storage,
            *(a_record(the_premises_of(factory), of=of, day=day) for of in departments for day in DAYS),
        )
    return postgres


def rows(engine: Engine, where: InspectionFilter, scope: Scope, search: PageSearch) -> Sequence[Any]:
    """By this way; the lead is the one that would be taken."""
    _, lead = choose_search(where, scope, RegionSizes(Reading(engine)))
    with engine.connect() as connection:
        statement = page_statement(
            where, scope, None, 100, search, None if search is PageSearch.DAYS else lead
        )
        return connection.execute(statement).all()


@pytest.mark.parametrize(
    ("scope", "detail"),
    [
        (seen_from(LINTONG), {}),
        (seen_from(LINTONG), {"region_id": LINTONG}),
        (seen_from(XIAN), {"region_id": LINTONG}),
        (seen_from(LINTONG), {"region_id": CHANGAN}),
    ],
)
def test_one_region_alone_gives_the_same_rows(filled: Engine, scope: Scope, detail: dict[str, Any]) -> None:
    where = InspectionFilter(DAYS[-1], DAYS[0], **detail)
    whole = rows(filled, where, scope, PageSearch.DAYS)
    assert bool(whole) is (detail.get("region_id") != CHANGAN)
    assert rows(filled, where, scope, PageSearch.REGIONS) == whole
    assert rows(filled, where, scope, PageSearch.REGION) == whole


def test_a_region_that_comes_below_another_is_in_its_pages_at_once(filled: Engine) -> None:
    storage, reader, scope = storage_on(filled), SqlInspectionReader(filled), seen_from(LINTONG)
    before = reader.page(WHERE, scope, Page(100)).rows
    assert {row.department_id for row in before} == {LINTONG_BUREAU.id}
    town = a_region("610199", "新区", Level.COUNTY, LINTONG)
    office = a_department("新区局", level=Level.COUNTY, over=[town.id], parent=LINTONG_BUREAU)
    settle_in(storage, SYSTEM, town, office)
    keep_records(storage, a_record(the_premises_of(FACTORIES[0]), of=office))
    after = reader.page(WHERE, scope, Page(100)).rows
    assert len(after) == len(before) + 1
    assert {row.department_id for row in after} == {LINTONG_BUREAU.id, office.id}
