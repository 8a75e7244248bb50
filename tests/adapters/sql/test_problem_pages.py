"""Pages of problems: both ways give the same rows, and each is found by its index without reading anything else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import md5
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, Select, event, text

from yanbao.adapters.sql.reading.page_search import PageSearch
from yanbao.adapters.sql.reading.problem_page import page_statement
from yanbao.adapters.sql.reading.problems import SqlProblemReader
from yanbao.adapters.sql.tables.metadata import metadata
from yanbao.application.access import EVERYTHING, SYSTEM, Scope
from yanbao.application.ports.paging import Page
from yanbao.application.ports.problem import ProblemFilter, ProblemOrder
from yanbao.domain.directory.organisation import Level
from yanbao.domain.handling.feedback import Addressee
from yanbao.domain.inspection.form import InspectionKind
from yanbao.domain.problem.form import ProblemOrigin
from yanbao.domain.problem.problem import Problem
from yanbao.domain.problem.workflow import ProblemState
from yanbao.domain.values import DepartmentId, EnterpriseId

from ...contracts.problem.problems import keep, made
from ...support.builders import (
    CHANGAN,
    DAY,
    LINTONG,
    NOW,
    PROVINCE,
    PUCHENG,
    WEINAN,
    XIAN,
    a_department,
    a_department_tree,
    a_region,
    a_region_tree,
    an_enterprise,
    seen_as,
    seen_from,
)
from ...support.databases import truncate
from ...support.inspections import PROVINCE_BUREAU
from ...support.settling import settle_in
from .conftest import storage_on

YEARS_AGO = DAY - timedelta(days=1_000)
FACTORIES = [an_enterprise(f"{n}厂", region=(LINTONG, CHANGAN, PUCHENG)[n % 3]) for n in range(3)]
BUREAUS = {min(bureau.jurisdiction): bureau for bureau in a_department_tree()}
FILTERS: list[dict[str, Any]] = [
    {},
    {"unfed_back": True},
    {"unfed_back": False},
    {"states": (ProblemState.FED_BACK, ProblemState.CLOSED)},
    {"kinds": (InspectionKind.SPOT_CHECK,)},
    {"overdue_at": NOW + timedelta(days=2)},
    {"first_day": DAY, "last_day": DAY},
    {"region_id": XIAN},
    {"region_id": LINTONG},
    {"to_enterprise": FACTORIES[0].id},
    {"issuer_id": PROVINCE_BUREAU.id},
    {"text": "局"},
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
    settle_in(storage, SYSTEM, *a_region_tree(), *a_department_tree(), *FACTORIES)
    keep(storage, *map(numbered, range(42)))
    return postgres


def numbered(n: int) -> Problem:
    """All states, five places, and by turns to their bureau and to a factory."""
    bureau, factory = BUREAUS[(LINTONG, CHANGAN, PUCHENG, XIAN, WEINAN)[n % 5]], FACTORIES[n % 3]
    to = Addressee(bureau.id, None, bureau.name, min(bureau.jurisdiction), XIAN)
    if n % 2:
        to = Addressee(None, factory.id, factory.name, factory.region_id, XIAN)
    problem = made(f"第{n}个", list(ProblemState)[n % 7], to=to, at=NOW - timedelta(hours=n % 40))
    return replace(problem, issuer=PROVINCE_BUREAU) if n % 4 else problem


def rows(engine: Engine, statement: Select[Any]) -> Sequence[Any]:
    with engine.connect() as connection:
        return connection.execute(statement).all()


def test_both_ways_give_the_same_rows_page_by_page(filled: Engine) -> None:
    for detail in FILTERS:
        where = ProblemFilter(**detail)
        seen = 0
        for scope in SCOPES:
            whole = rows(filled, page_statement(where, scope, None, 1_000, PageSearch.DAYS))
            paged: list[Any] = []
            after: Any = None
            while page := rows(filled, page_statement(where, scope, after, 5, PageSearch.REGIONS)):
                paged += page
                after = (page[-1].issued_at, page[-1].id)
            assert paged == whole, (detail, scope)
            seen += len(whole)
        assert seen > 5, detail


def test_one_region_alone_gives_the_same_rows(filled: Engine) -> None:
    for scope, detail in (
        (seen_from(PUCHENG), {}),
        (seen_from(PUCHENG), {"unfed_back": True}),
        (seen_from(XIAN), {"region_id": LINTONG}),
    ):
        where = ProblemFilter(**detail)
        whole = rows(filled, page_statement(where, scope, None, 1_000, PageSearch.DAYS))
        assert whole
        assert rows(filled, page_statement(where, scope, None, 1_000, PageSearch.REGION)) == whole


def test_a_region_that_comes_below_another_is_in_its_pages_at_once(filled: Engine) -> None:
    reader, scope = SqlProblemReader(filled), seen_from(PUCHENG)
    before = reader.page(ProblemFilter(), scope, Page(100)).rows
    town = a_region("610599", "新区", Level.COUNTY, PUCHENG)
    factory = an_enterprise("新区厂", region=town.id)
    settle_in(storage_on(filled), SYSTEM, town, factory)
    to = Addressee(None, factory.id, factory.name, town.id, WEINAN)
    keep(storage_on(filled), made("新区问题", to=to, at=NOW + timedelta(minutes=1)))
    after = reader.page(ProblemFilter(), scope, Page(100)).rows
    assert [row.addressee_name for row in after] == ["新区厂", *(row.addressee_name for row in before)]


# ---------------------------------------------------------------- plans

COUNTY, CITY = BUREAUS[PUCHENG], BUREAUS[WEINAN]
FACTORY = EnterpriseId(UUID(bytes=md5(b"e2").digest()))
"""One of the generated ones, in the county."""


@pytest.fixture(scope="module")
def large(postgres_engine: Engine) -> Iterator[Engine]:
    """40,000 problems of 43 counties over a thousand days, made by the database itself; three in fifty are open."""
    truncate(postgres_engine, metadata)
    more = [a_region(f"6105{n}", f"渭南{n}县", Level.COUNTY, WEINAN) for n in range(50, 90)]
    bureaus = [a_department(f"{r.name}局", level=Level.COUNTY, over=[r.id], parent=CITY) for r in more]
    settle_in(storage_on(postgres_engine), SYSTEM, *a_region_tree(), *a_department_tree(), *more, *bureaus)
    places = {
        "regions": [LINTONG, CHANGAN, PUCHENG, *(region.id for region in more)],
        "bureaus": [BUREAUS[LINTONG].id, BUREAUS[CHANGAN].id, COUNTY.id, *(b.id for b in bureaus)],
    }
    with postgres_engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO enterprise SELECT md5('e' || n)::uuid, lpad(n::text, 18, '0'), '厂' || n, 'PRODUCTION',"
                " (CAST(:regions AS text[]))[n % 43 + 1], '某路', true, 3, 2, 0, 9, 25, 0, 0, :now"
                " FROM generate_series(0, 386) n"
            ),
            {"regions": places["regions"], "now": NOW},
        )
        connection.execute(
            text(
                "INSERT INTO problem (id, origin, department_id, enterprise_id, addressee_name, region_id, city_id,"
                " issuer_id, issuer_name, issuer_level, issuer_region_id, category, severity, description, responsible,"
                " attachments, issued_at, issued_by_name, acknowledge_due, feed_back_due, rectify_since, rectify_due,"
                " state, changed_at, remind_at, revision, version)"
                " SELECT md5('p' || n)::uuid, 'DEPARTMENT',"
                " CASE WHEN n % 2 = 0 THEN (CAST(:bureaus AS uuid[]))[place + 1] END,"
                " CASE WHEN n % 2 = 1 THEN md5('e' || place + 43 * (n / 86 % 9))::uuid END, '某单位',"
                " (CAST(:regions AS text[]))[place + 1], :city, CASE WHEN n % 7 > 0 THEN CAST(:above AS uuid)"
                " ELSE CAST(:beside AS uuid) END, '某局', 'CITY', :city, 'OTHER', 'GENERAL', '某问题', '[]', '[]',"
                " t, '某人', t, t, t, t, CASE n % 50 WHEN 0 THEN 'RECTIFYING' WHEN 1 THEN 'ISSUED'"
                " WHEN 2 THEN 'FED_BACK' ELSE 'CLOSED' END, t, CASE WHEN n % 100 > 0 THEN t END, 1, 1"
                " FROM generate_series(1, 40000) n, LATERAL (SELECT n / 2 % 43 AS place,"
                " CAST(:now AS timestamptz) - interval '36 minutes' * n AS t) g"
            ),
            places | {"city": WEINAN, "now": NOW, "above": PROVINCE_BUREAU.id, "beside": CITY.id},
        )
        connection.execute(
            text(
                "INSERT INTO problem_timeline SELECT id, 1, NULL, state, issued_at, NULL, '某人', '', rectify_due"
                " FROM problem WHERE state <> 'CLOSED'"
            )
        )
    with postgres_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    yield postgres_engine
    truncate(postgres_engine, metadata)


def plans(engine: Engine, act: Callable[[], object]) -> tuple[set[str], int]:
    """The indices by which problems are found, and how many rows of them are looked at."""
    sent: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        if "FROM problem" in statement:
            sent.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    used: set[str] = set()
    looked_at = 0
    with engine.connect() as connection:
        for statement, parameters in sent:
            shown = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters)
            for node in _nodes(shown.scalar_one()[0]["Plan"]):
                used.update({node["Index Name"]} if "_problem" in node.get("Index Name", "") else set())
                if node.get("Relation Name") == "problem":
                    found = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
                    looked_at += int(found * node["Actual Loops"])
    return used, looked_at


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)


@pytest.mark.parametrize(
    ("index", "scope", "detail"),
    [
        ("history", EVERYTHING, {}),
        ("history", seen_from(PROVINCE), {}),
        ("history", seen_from(PROVINCE), {"last_day": YEARS_AGO}),
        ("ministry", seen_from(PROVINCE), {"origins": (ProblemOrigin.MINISTRY,)}),
        ("unfed_back", seen_from(PROVINCE), {"unfed_back": True}),
        ("region_history", seen_from(PUCHENG), {}),
        ("region_history", seen_from(PUCHENG), {"last_day": YEARS_AGO}),
        ("region_history", seen_from(PROVINCE), {"region_id": PUCHENG}),
        ("region_unfed_back", seen_from(PUCHENG), {"unfed_back": True}),
        ("department_history", seen_from(PUCHENG), {"to_department": COUNTY.id}),
        ("department_history", seen_from(PUCHENG), {"to_department": COUNTY.id, "last_day": YEARS_AGO}),
        ("department_unfed_back", seen_from(PUCHENG), {"to_department": COUNTY.id, "unfed_back": True}),
        ("department_history", seen_as(COUNTY.id, PUCHENG), {"to_department": COUNTY.id}),
        ("department_unfed_back", seen_as(COUNTY.id), {"to_department": COUNTY.id, "unfed_back": True}),
        ("enterprise_history", Scope(enterprise_id=FACTORY), {}),
        ("enterprise_history", Scope(enterprise_id=FACTORY), {"to_enterprise": FACTORY}),
        ("enterprise_unfed_back", Scope(enterprise_id=FACTORY), {"unfed_back": True}),
        ("issuer_history", seen_from(PROVINCE), {"issuer_id": CITY.id}),
        ("issuer_history", seen_from(WEINAN), {"issuer_id": CITY.id, "last_day": YEARS_AGO}),
        ("issuer_history", seen_as(CITY.id, WEINAN), {"issuer_id": CITY.id, "last_day": YEARS_AGO}),
        ("issuer_unfed_back", seen_from(WEINAN), {"issuer_id": CITY.id, "unfed_back": True}),
    ],
)
def test_a_first_page_looks_at_what_it_shows_however_many_there_are(
    large: Engine, index: str, scope: Scope, detail: dict[str, Any]
) -> None:
    reader = SqlProblemReader(large)
    where = ProblemFilter(**detail)
    used, looked_at = plans(large, lambda: reader.page(where, scope, Page(20)))
    assert f"ix_problem_{index}" in used
    assert used <= {f"ix_problem_{index}", "pk_problem"}
    assert looked_at <= 21 * 2 + 5


@pytest.mark.parametrize(
    ("order", "index", "detail"),
    [
        (ProblemOrder.RECTIFY_DUE, "rectify_due", {"unfed_back": True}),
        (ProblemOrder.REGION, "region_history", {}),
        (ProblemOrder.REGION, "region_unfed_back", {"unfed_back": True}),
    ],
)
def test_a_first_page_of_another_order_is_found_by_an_index_too(
    large: Engine, order: ProblemOrder, index: str, detail: dict[str, Any]
) -> None:
    reader = SqlProblemReader(large)
    where = ProblemFilter(**detail)
    used, looked_at = plans(large, lambda: reader.page(where, seen_from(PROVINCE), Page(20), order))
    assert f"ix_problem_{index}" in used
    assert looked_at <= 21 * 2 + 5


@pytest.mark.parametrize(
    ("state", "index"),
    [(ProblemState.FED_BACK, "issuer_fed_back"), (ProblemState.ISSUED, "issuer_unfed_back")],
)
def test_what_an_issuer_waits_for_has_an_index_of_its_own(
    large: Engine, state: ProblemState, index: str
) -> None:
    reader = SqlProblemReader(large)
    where = ProblemFilter(issuer_id=CITY.id, states=(state,))
    used, looked_at = plans(large, lambda: reader.page(where, seen_from(PROVINCE), Page(20)))
    assert used == {f"ix_problem_{index}"}
    of_the_issuer = 40_000 // 7
    assert looked_at <= of_the_issuer * 3 / 50 + 1


@pytest.mark.parametrize(
    ("department", "enterprise", "index"),
    [
        (COUNTY.id, None, "ix_problem_department_unfed_back"),
        (None, FACTORY, "ix_problem_enterprise_unfed_back"),
    ],
)
def test_what_is_not_fed_back_is_counted_in_its_index(
    large: Engine, department: DepartmentId | None, enterprise: EnterpriseId | None, index: str
) -> None:
    counts: dict[InspectionKind, int] = {}
    reader = SqlProblemReader(large)
    used, looked_at = plans(large, lambda: counts.update(reader.unfed_back(department, enterprise)))
    assert index in used
    assert looked_at == sum(counts.values()) > 0


def test_what_is_due_for_a_look_at_its_reminders_is_found_by_its_index(large: Engine) -> None:
    found: list[Problem] = []

    def look() -> None:
        with storage_on(large).work(SYSTEM) as work:
            found.extend(work.problems.to_remind(NOW, limit=50))

    used, looked_at = plans(large, look)
    assert "ix_problem_remind" in used
    assert looked_at == len(found) == 50
