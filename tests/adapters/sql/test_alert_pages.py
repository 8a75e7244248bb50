"""Pages of alerts: all ways give the same rows, and what one region still owes is found by its index in every order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, Select, event, text

from yanbao.adapters.sql.reading.alert_page import ALERT, SORTINGS, page_statement
from yanbao.adapters.sql.reading.alerts import SqlAlertReader
from yanbao.adapters.sql.reading.page_search import PageSearch
from yanbao.adapters.sql.tables.metadata import metadata
from yanbao.application.access import EVERYTHING, SYSTEM, Scope
from yanbao.application.ports.alert import AlertFilter, AlertOrder
from yanbao.application.ports.paging import Page
from yanbao.domain.alert.form import AlertLevel
from yanbao.domain.alert.workflow import AlertState
from yanbao.domain.handling.feedback import Addressee
from yanbao.domain.values import RegionId

from ...contracts.alert.alerts import keep, made, settle_parties
from ...support.builders import (
    CHANGAN,
    DAY,
    LINTONG,
    NOW,
    PROVINCE,
    XIAN,
    a_department_tree,
    a_region_tree,
    seen_from,
)
from ...support.databases import truncate
from ...support.inspections import FACTORY
from ...support.settling import settle_in
from .conftest import storage_on

FILTERS: list[dict[str, Any]] = [{}, {"unfed_back": True}, {"region_id": LINTONG}, {"text": "厂"}]
SCOPES = [EVERYTHING, seen_from(PROVINCE), seen_from(XIAN), seen_from(XIAN, LINTONG), Scope()]


@pytest.fixture
def filled(postgres: Engine) -> Engine:
    fill(postgres)
    return postgres


def fill(engine: Engine) -> None:
    storage = storage_on(engine)
    settle_in(storage, SYSTEM, *a_region_tree(), *a_department_tree())
    settle_parties(storage)
    for n in range(42):
        region: RegionId = LINTONG if n % 10 == 0 else (CHANGAN, XIAN)[n % 2]
        to = Addressee(None, FACTORY, "东风烟花厂", region, XIAN)
        level, state = list(AlertLevel)[n % 4], list(AlertState)[n % 7]
        alert = made(f"第{n}个", state, level=level)
        opened = replace(alert.opened, at=NOW - timedelta(hours=n % 40))
        keep(storage, replace(alert, addressee=to, opened=opened))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def rows(engine: Engine, statement: Select[Any]) -> Sequence[Any]:
    with engine.connect() as connection:
        return connection.execute(statement).all()


@pytest.mark.parametrize("order", AlertOrder)
def test_all_ways_give_the_same_rows_page_by_page(filled: Engine, order: AlertOrder) -> None:
    by = SORTINGS[order]
    for detail in FILTERS:
        where = AlertFilter(**detail)
        seen = 0
        for scope in SCOPES:
            whole = rows(filled, page_statement(where, scope, order, None, 1_000, PageSearch.DAYS))
            paged: list[Any] = []
            after: Any = None
            while page := rows(filled, page_statement(where, scope, order, after, 5, PageSearch.REGIONS)):
                paged += page
                (last,) = ALERT.made(page[-1:], filled.dialect)
                after = by.after(Page(5, by.key(last)))
            assert paged == whole, (detail, scope)
            seen += len(whole)
        assert seen > 5, detail
    where, scope = AlertFilter(), seen_from(LINTONG)
    whole = rows(filled, page_statement(where, scope, order, None, 1_000, PageSearch.DAYS))
    assert whole == rows(filled, page_statement(where, scope, order, None, 1_000, PageSearch.REGION))
    assert whole


@pytest.fixture(scope="module")
def large(postgres_engine: Engine) -> Iterator[Engine]:
    """Each alert a hundred times, an hour apart."""
    truncate(postgres_engine, metadata)
    fill(postgres_engine)
    with postgres_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(
            text(
                "INSERT INTO alert SELECT (jsonb_populate_record(a, jsonb_build_object('id', md5(a.id::text || n)::uuid,"
                " 'external_id', a.external_id || '/' || n, 'opened_at', a.opened_at - n * interval '1 hour',"
                " 'feed_back_due', a.feed_back_due - n * interval '1 hour'))).*"
                " FROM alert a, generate_series(1, 100) n"
            )
        )
        # What tests before have deleted would make the table look larger, and change the plan.
        connection.execute(text("VACUUM (FULL, ANALYZE)"))
    yield postgres_engine
    truncate(postgres_engine, metadata)


@pytest.mark.parametrize(
    ("order", "index", "detail"),
    [
        (AlertOrder.NEWEST, "region_history", {}),
        (
            AlertOrder.NEWEST,
            "region_history",
            {"first_day": DAY - timedelta(days=9), "last_day": DAY, "text": "厂"},
        ),
        (AlertOrder.NEWEST, "region_unfed_back", {"unfed_back": True}),
        (AlertOrder.GRAVEST, "region_gravest", {"unfed_back": True}),
        (AlertOrder.FEED_BACK_DUE, "region_feed_back_due", {"unfed_back": True}),
    ],
)
def test_what_one_region_has_is_found_by_its_index(
    large: Engine, order: AlertOrder, index: str, detail: dict[str, Any]
) -> None:
    sent: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        sent.append((statement, parameters))

    reader = SqlAlertReader(large)
    reader.page(AlertFilter(), seen_from(LINTONG), Page(1))  # The sizes of the regions are known.
    event.listen(large, "before_cursor_execute", note)
    try:
        reader.page(AlertFilter(**detail), seen_from(LINTONG), Page(5), order)
    finally:
        event.remove(large, "before_cursor_execute", note)
    ((statement, parameters),) = sent
    with large.connect() as connection:
        shown = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).scalars().all()
    plan = "\n".join(shown)
    assert f"ix_alert_{index} " in plan, plan
    assert "Sort" not in plan, plan
