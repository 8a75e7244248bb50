"""The two ways to a history page give the same rows, and each is found by its index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from yanbao.adapters.sql.reading.commitment_page import COMMITMENT, page_statement
from yanbao.adapters.sql.reading.commitments import SqlCommitmentReader
from yanbao.adapters.sql.reading.page_search import PageSearch
from yanbao.application.access import EVERYTHING, SYSTEM, Scope
from yanbao.application.ports.commitment import CommitmentFilter
from yanbao.application.ports.paging import Page
from yanbao.domain.commitment.form import ProductionStatus
from yanbao.domain.directory.enterprise import EnterpriseKind
from yanbao.domain.directory.organisation import Level
from yanbao.domain.values import RegionId

from ...support.builders import (
    CHANGAN,
    DAY,
    LINTONG,
    NOW,
    PROVINCE,
    PUCHENG,
    WEINAN,
    XIAN,
    a_region,
    a_region_tree,
    a_wholesaler,
    an_enterprise,
    seen_from,
)
from ...support.commitments import owed, reported, reported_automatically
from ...support.settling import settle_in
from .conftest import storage_on

NEW_CITY, NEW_COUNTY = RegionId("619800"), RegionId("619801")
DAYS = [DAY - timedelta(days=n) for n in range(4)]
MANY_DAYS = 40
FILTERS: list[dict[str, Any]] = [
    {},
    {"reported": False},
    {"reported": True},
    {"excess": False},
    {"late": False},
    {"kinds": (EnterpriseKind.WHOLESALE,)},
    {"statuses": (ProductionStatus.STOPPED,)},
    {"region_id": XIAN},
    {"region_id": XIAN, "directly": True},
    {"region_id": LINTONG, "directly": True},
    {"text": "厂1"},
]
SCOPES = [
    EVERYTHING,
    seen_from(PROVINCE),
    seen_from(XIAN),
    seen_from(XIAN, LINTONG, WEINAN),
    seen_from(PUCHENG),
    Scope(),
]


@pytest.fixture
def filled(postgres: Engine) -> Engine:
    storage = storage_on(postgres)
    regions = (LINTONG, CHANGAN, PUCHENG)
    enterprises = [
        an_enterprise(f"厂{n}", region=regions[n % 3])
        if n % 2
        else a_wholesaler(f"厂{n}", region=regions[n % 3])
        for n in range(9)
    ]
    settle_in(storage, SYSTEM, *a_region_tree(), *enterprises)
    for day in DAYS:
        for n, enterprise in enumerate(enterprises):
            make = (reported, owed, reported_automatically)[n % 3]
            settle_in(storage, SYSTEM, make(enterprise, day=day))
    return postgres


def rows(
    engine: Engine, where: CommitmentFilter, scope: Scope, after: Any, most: int, search: PageSearch
) -> Sequence[Any]:
    with engine.connect() as connection:
        statement = page_statement(where, scope, None, after, most, search)
        return [tuple(row) for row in connection.execute(statement)]


def test_both_ways_give_the_same_rows_page_by_page(filled: Engine) -> None:
    seen = 0
    for detail in FILTERS:
        where = CommitmentFilter(DAYS[-1], DAYS[0], **detail)
        for scope in SCOPES:
            whole = rows(filled, where, scope, None, 1_000, PageSearch.DAYS)
            paged: list[Any] = []
            after: Any = None
            while page := rows(filled, where, scope, after, 5, PageSearch.REGIONS):
                paged += page
                (last,) = COMMITMENT.made(page[-1:], filled.dialect)
                after = (last.business_date, last.reported_at or last.due_at, last.id)
            assert paged == whole, (detail, scope)
            seen += len(whole)
    assert seen > 500


def test_one_region_alone_gives_the_same_rows(filled: Engine) -> None:
    for detail in ({}, {"region_id": LINTONG}, {"region_id": LINTONG, "directly": True}):
        where = CommitmentFilter(DAYS[-1], DAYS[0], **detail)
        scope = seen_from(XIAN) if detail else seen_from(LINTONG)
        whole = rows(filled, where, scope, None, 1_000, PageSearch.DAYS)
        assert whole
        assert rows(filled, where, scope, None, 1_000, PageSearch.REGION) == whole


def test_a_region_that_comes_below_another_is_in_its_pages_at_once(filled: Engine) -> None:
    reader = SqlCommitmentReader(filled)
    where, scope = CommitmentFilter(DAYS[-1], DAYS[0]), seen_from(NEW_CITY)
    city = a_region(NEW_CITY, "新市", Level.CITY, PROVINCE)
    here = an_enterprise("市属厂", region=NEW_CITY)
    settle_in(storage_on(filled), SYSTEM, city, here, reported(here, day=DAYS[0]))
    assert [row.enterprise_id for row in reader.page(where, scope, Page(100)).rows] == [here.id]
    county, below = (
        a_region("619801", "新县", Level.COUNTY, NEW_CITY),
        an_enterprise("县属厂", region=NEW_COUNTY),
    )
    settle_in(storage_on(filled), SYSTEM, county, below, reported(below, day=DAYS[0]))
    assert {row.enterprise_id for row in reader.page(where, scope, Page(100)).rows} == {here.id, below.id}


@pytest.fixture(scope="module")
def large(postgres_engine: Engine) -> Iterator[Engine]:
    """43 counties with 400 enterprises over 40 days, made by the database itself; one in fifty not reported."""
    from yanbao.adapters.sql.tables.metadata import metadata

    from ...support.databases import truncate

    truncate(postgres_engine, metadata)
    more = [a_region(f"6105{n}", f"渭南{n}县", Level.COUNTY, WEINAN) for n in range(50, 90)]
    settle_in(storage_on(postgres_engine), SYSTEM, *a_region_tree(), *more)
    with postgres_engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO enterprise SELECT md5('e' || n)::uuid, lpad(n::text, 18, '0'), '厂' || n, 'PRODUCTION',"
                " (CAST(:regions AS text[]))[n % 43 + 1], '某路', true, 3, 2, 0, 9, 25, 0, 0, :now"
                " FROM generate_series(1, 400) n"
            ),
            {"regions": [LINTONG, CHANGAN, PUCHENG, *(region.id for region in more)], "now": NOW},
        )
        connection.execute(
            text(
                "INSERT INTO commitment (id, enterprise_id, region_id, kind, business_date, due_at, state, revision,"
                " status, origin, late, excess, version)"
                " SELECT md5(e.id::text || d)::uuid, e.id, region_id, kind, CAST(:day AS date) - d, :now, state,"
                " CASE state WHEN 'OWED' THEN 0 ELSE 1 END, 'IN_PRODUCTION', 'MANUAL', false, false, 1"
                " FROM enterprise e, generate_series(0, :days) d,"
                " LATERAL (SELECT CASE WHEN hashtext(e.id::text || d) % 50 = 0 THEN 'OWED' ELSE 'REPORTED' END AS state) s"
            ),
            {"day": DAY, "days": MANY_DAYS - 1, "now": NOW},
        )
    with postgres_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    yield postgres_engine
    truncate(postgres_engine, metadata)


def plan(engine: Engine, first: date, scope: Scope, *, search: PageSearch, **detail: Any) -> tuple[str, int]:
    """The plan of a first page of 20, and how many rows of commitments it looked at."""
    where = CommitmentFilter(first, DAY, **detail)
    statement = page_statement(where, scope, None, None, 21, search)
    compiled = statement.compile(engine, compile_kwargs={"literal_binds": True})
    with engine.connect() as connection:
        shown = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {compiled}").scalar_one()
    return str(shown), _looked_at(shown[0]["Plan"])


def _looked_at(node: dict[str, Any]) -> int:
    own = 0
    if node.get("Relation Name") == "commitment":
        own = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
    return int(own) + sum(_looked_at(child) for child in node.get("Plans", ()))


@pytest.mark.parametrize(
    ("scope", "search", "index"),
    [
        (seen_from(PROVINCE), PageSearch.DAYS, "ix_commitment_history"),
        (seen_from(PUCHENG), PageSearch.REGION, "ix_commitment_region_history"),
        (seen_from(XIAN), PageSearch.REGIONS, "ix_commitment_region_history"),
    ],
)
def test_a_first_page_looks_at_a_few_rows_per_region_however_many_days_there_are(
    large: Engine, scope: Scope, search: PageSearch, index: str
) -> None:
    looked_at = []
    for days in (5, MANY_DAYS):
        shown, number = plan(large, DAY - timedelta(days=days), scope, search=search)
        assert index in shown
        looked_at.append(number)
    assert max(looked_at) <= 21 * 4


def test_the_few_that_are_unreported_have_an_index_of_their_own(large: Engine) -> None:
    first = DAY - timedelta(days=MANY_DAYS)
    for scope, search, index in (
        (EVERYTHING, PageSearch.DAYS, "ix_commitment_unreported"),
        (seen_from(PUCHENG), PageSearch.REGION, "ix_commitment_region_unreported"),
    ):
        shown, number = plan(large, first, scope, search=search, reported=False)
        assert index in shown
        assert number <= 21 * 2
