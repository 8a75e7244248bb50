"""A page of a register is found by the index of its order; the few orders without an index say what they cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from yanbao.application.access import EVERYTHING, SYSTEM
from yanbao.application.ports.directory import (
    EnterpriseFilter,
    EnterpriseOrder,
    PersonFilter,
    PersonOrder,
    SettingChangeOrder,
    ShutdownPeriodFilter,
    ShutdownPeriodOrder,
)
from yanbao.application.ports.exchange import AttemptOrder
from yanbao.application.ports.identity import AccountFilter, AccountOrder
from yanbao.application.ports.inspection import DraftOrder
from yanbao.application.ports.operations import AuditEntryOrder, SlotOrder
from yanbao.application.ports.paging import Page, Slice
from yanbao.application.ports.readers import Readers
from yanbao.domain.exchange.duty import Topic

from ...contracts.inspection.inspections import settle_inspectors
from ...support.builders import CHANGAN, LINTONG, NOW, PROVINCE, PUCHENG, a_department_tree, a_region_tree
from ...support.inspections import INSPECTOR, a_draft
from ...support.settling import settle_in
from .conftest import storage_on

ENTERPRISES = 2_000
"""A tenth of the province that docs/benchmarks.md reads; one person and account in each, ten rows of each history."""
HISTORY = 10 * ENTERPRISES

FILL = (
    "INSERT INTO enterprise SELECT md5('e' || n)::uuid, lpad(n::text, 18, '0'), '厂' || n, 'PRODUCTION',"
    " (CAST(:regions AS text[]))[n % 3 + 1], '某路', true, 3, 2, 0, 9, 25, 0, 0, :now + n * interval '1 s'"
    " FROM generate_series(1, :many) n",
    "INSERT INTO person SELECT md5('p' || n)::uuid, '人' || n % 50, '13900000000', 'ENTERPRISE_HEAD', NULL,"
    " md5('e' || n)::uuid, true FROM generate_series(1, :many) n",
    "INSERT INTO account SELECT md5('a' || n)::uuid, 'u' || n, md5('p' || n)::uuid, '', :now, false, '[]', 0,"
    " CASE WHEN n % 9 = 0 THEN :now + n * interval '1 s' END, false, 1 FROM generate_series(1, :many) n",
    "INSERT INTO shutdown_period (id, enterprise_id, first_day, last_day, reason, note, cancelled)"
    " SELECT md5('s' || n)::uuid, md5('e' || n)::uuid, date '2026-01-01' + n % 300, date '2026-01-05' + n % 300,"
    " 'HOLIDAY', '', false FROM generate_series(1, :many) n",
    "INSERT INTO setting_change (id, region_id, key, kind, authority, department, changed_by_name, changed_at,"
    " before) SELECT md5('c' || n)::uuid, (CAST(:regions AS text[]))[n % 3 + 1], 'COMMITMENT_DEADLINE', 'LOCK',"
    " 'CITY', '', '', :now + n * interval '1 s', '' FROM generate_series(1, :many / 10) n",
    "INSERT INTO exchange_attempt SELECT md5('t' || n)::uuid, CASE n % 50 WHEN 0 THEN 'SMS' ELSE 'MINISTRY_COMMITMENT' END, '', :now + n * interval '1 s', 1, 200, '', '',"
    " 1, 1, 0 FROM generate_series(1, :history) n",
    "INSERT INTO job_slot SELECT 'job-' || n % 20, :now + n * interval '1 s', 'DONE', 1, '', NULL, false, 0, NULL"
    " FROM generate_series(1, :history) n",
    "INSERT INTO audit_entry SELECT md5('u' || n)::uuid, :now + n * interval '1 s', NULL, '', '', '', '{}', n, '',"
    " :now FROM generate_series(1, :history) n",
)

DRAFTS = (
    "INSERT INTO inspection SELECT (jsonb_populate_record(one, jsonb_build_object('id', md5('d' || n)::uuid,"
    " 'opened_at', one.opened_at + n * interval '1 s', 'person_id',"
    " CASE n % 100 WHEN 0 THEN CAST(:mine AS uuid) ELSE md5('p' || n % 2000 + 1)::uuid END))).*"
    " FROM inspection one, generate_series(1, :history) n"
)
"""Copies of the one draft; one in a hundred is the inspector's own."""


@pytest.fixture(scope="module")
def filled(postgres_engine: Engine) -> Iterator[Engine]:
    from yanbao.adapters.sql.tables.metadata import metadata

    from ...support.databases import truncate

    truncate(postgres_engine, metadata)
    storage = storage_on(postgres_engine)
    settle_in(storage, SYSTEM, *a_region_tree(), *a_department_tree())
    settle_inspectors(storage)
    settle_in(storage, SYSTEM, a_draft())
    known = {
        "regions": [LINTONG, CHANGAN, PUCHENG],
        "now": NOW,
        "many": ENTERPRISES,
        "history": HISTORY,
    }
    with postgres_engine.begin() as connection:
        for statement in FILL:
            connection.execute(
                text(statement), {name: known[name] for name in known if f":{name}" in statement}
            )
        connection.execute(text(DRAFTS), {"history": HISTORY, "mine": INSPECTOR})
    with postgres_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    yield postgres_engine
    truncate(postgres_engine, metadata)


Read = Callable[[Readers, Page], Slice[Any]]

INDEXED: dict[str, tuple[str, str, Read]] = {
    # the order -> (the index, its table, how to read)
    **{
        f"enterprises {order.value}": (
            index,
            "enterprise",
            lambda r, page, order=order: r.directory.enterprise_page(
                EnterpriseFilter(), EVERYTHING, page, order
            ),
        )
        for order, index in (
            (EnterpriseOrder.REGION, "ix_enterprise_region_id_credit_code"),
            (EnterpriseOrder.CREDIT_CODE, "uq_enterprise_credit_code"),
        )
    },
    "accounts USERNAME": (
        "uq_account_username",
        "account",
        lambda r, page: r.access.accounts(AccountFilter(), page, AccountOrder.USERNAME),
    ),
    **{
        f"shutdown periods {order.value}": (
            "ix_shutdown_period_first_day_id",
            "shutdown_period",
            lambda r, page, order=order: r.directory.shutdown_page(
                ShutdownPeriodFilter(), EVERYTHING, page, order
            ),
        )
        for order in (ShutdownPeriodOrder.NEWEST, ShutdownPeriodOrder.OLDEST)
    },
    **{
        f"attempts {topic} {order.value}": (
            index,
            "exchange_attempt",
            lambda r, page, order=order, topic=topic: r.exchange.attempts(topic, page, order),
        )
        for order in AttemptOrder
        for topic, index in (
            (None, "ix_exchange_attempt_at_id"),
            (Topic.SMS, "ix_exchange_attempt_topic_at_id"),
        )
    },
    **{
        f"drafts {order.value}": (
            "ix_inspection_drafts",
            "inspection",
            lambda r, page, order=order: r.inspections.drafts(INSPECTOR, page, order),
        )
        for order in DraftOrder
    },
    **{
        f"slots {order.value}": (
            "ix_job_slot_slot_at_job",
            "job_slot",
            lambda r, page, order=order: r.operations.slots(page, order=order),
        )
        for order in SlotOrder
    },
    **{
        f"audit entries {order.value}": (
            "ix_audit_entry_at_id",
            "audit_entry",
            lambda r, page, order=order: r.operations.audit_entries(page, order=order),
        )
        for order in AuditEntryOrder
    },
}

SORTED: dict[str, tuple[str, Read]] = {
    # the order -> (why it needs no index, how to read). Measured on PostgreSQL with 20,000 enterprises, people,
    # accounts and periods, on two shared cores: a first page takes 4 to 41 ms, a second one 10 to 79 ms.
    "enterprises UPDATED": (
        "an index would be written with every change of an entry",
        lambda r, page: r.directory.enterprise_page(
            EnterpriseFilter(), EVERYTHING, page, EnterpriseOrder.UPDATED
        ),
    ),
    **{
        f"people {order.value}": (
            "the scope decides which rows there are, and names need another collation than their column",
            lambda r, page, order=order: r.directory.person_page(PersonFilter(), EVERYTHING, page, order),
        )
        for order in PersonOrder
    },
    "shutdown periods ENDING": (
        "the table is small: a few periods per enterprise and year",
        lambda r, page: r.directory.shutdown_page(
            ShutdownPeriodFilter(), EVERYTHING, page, ShutdownPeriodOrder.ENDING
        ),
    ),
    **{
        f"accounts {order.value}": (
            "read by two administrators, now and then",
            lambda r, page, order=order: r.access.accounts(AccountFilter(), page, order),
        )
        for order in (AccountOrder.ROLE, AccountOrder.LOCKED)
    },
    **{
        f"setting changes {order.value}": (
            "the regions of the path and of the subtree are several ranges of the index; changes are rare",
            lambda r, page, order=order: r.directory.setting_changes(PROVINCE, None, EVERYTHING, page, order),
        )
        for order in SettingChangeOrder
    },
}


def plans(engine: Engine, act: Callable[[], object]) -> list[dict[str, Any]]:
    """All nodes of the plans of what is sent meanwhile."""
    sent: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        sent.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    found: list[dict[str, Any]] = []
    with engine.connect() as connection:
        for statement, parameters in sent:
            shown = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters)
            found += _nodes(shown.scalar_one()[0]["Plan"])
    return found


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)


@pytest.mark.parametrize("order", INDEXED)
def test_a_page_is_found_by_the_index_of_its_order_and_reads_few_rows(filled: Engine, order: str) -> None:
    index, table, read = INDEXED[order]
    readers = storage_on(filled).readers()
    after = None
    for _ in range(3):
        page = Page(20, after)
        nodes = plans(filled, lambda page=page: read(readers, page))  # type: ignore[misc]
        assert index in {node.get("Index Name") for node in nodes}, [node.get("Index Name") for node in nodes]
        assert not any("Sort" in node["Node Type"] for node in nodes)
        of_table = [node for node in nodes if node.get("Relation Name") == table]
        looked_at = sum(node["Actual Rows"] + node.get("Rows Removed by Filter", 0) for node in of_table)
        assert looked_at <= 21 * 3, "a page, and what shares the first sort column with the position"
        after = read(readers, page).keys[-1]


@pytest.mark.parametrize("order", SORTED)
def test_an_order_without_an_index_sorts_its_list_once_and_says_why(filled: Engine, order: str) -> None:
    why, read = SORTED[order]
    readers = storage_on(filled).readers()
    nodes = plans(filled, lambda: read(readers, Page(20)))
    assert why and sum("Sort" in node["Node Type"] for node in nodes) == 1
    assert all(node["Actual Rows"] * node["Actual Loops"] <= ENTERPRISES + 60 for node in nodes)
