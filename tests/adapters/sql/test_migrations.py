"""The migrations make exactly the tables that the code knows, and undo them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from yanbao.adapters.sql.engine import make_engine
from yanbao.adapters.sql.migrations import create_all, downgrade, is_behind, upgrade
from yanbao.adapters.sql.tables.metadata import metadata

from ...support.databases import fresh_postgres, fresh_sqlite

# What a table is made of, in the database's own words.
POSTGRES_SCHEMA = text(
    "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'alembic_version'"
    " UNION ALL SELECT tablename, indexname, indexdef FROM pg_indexes"
    " WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
    " UNION ALL SELECT table_name, column_name,"
    " data_type || coalesce(character_maximum_length::text, '') || coalesce(collation_name, '') || is_nullable"
    " FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'"
)


@pytest.fixture(params=["sqlite", "postgres"])
def bare_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    with fresh_sqlite(tmp_path) if request.param == "sqlite" else fresh_postgres() as url:
        engine = make_engine(url)
        yield engine
        engine.dispose()


def tables_of(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names()) - {"alembic_version"}


def test_the_migrated_tables_are_those_of_the_code(bare_engine: Engine) -> None:
    upgrade(bare_engine)
    assert tables_of(bare_engine) == set(metadata.tables)
    with bare_engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []


def test_a_database_is_behind_until_the_newest_migration_and_not_after_a_newer_release(
    bare_engine: Engine,
) -> None:
    assert is_behind(bare_engine)
    upgrade(bare_engine)
    assert not is_behind(bare_engine)
    downgrade(bare_engine, "-1")
    assert is_behind(bare_engine)
    upgrade(bare_engine)
    with bare_engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'of_a_newer_release'"))
    assert not is_behind(bare_engine)


def test_constraints_indices_and_collations_are_the_same_to_the_letter() -> None:
    schemas = []
    for make in (upgrade, create_all):
        with fresh_postgres() as url:
            engine = make_engine(url)
            make(engine)
            with engine.connect() as connection:
                schemas.append({tuple(row) for row in connection.execute(POSTGRES_SCHEMA)})
            engine.dispose()
    assert schemas[0] == schemas[1]
    assert len(schemas[0]) > 300


def test_what_was_sent_before_counts_from_when_it_was_sent_and_not_from_its_receipt(
    bare_engine: Engine,
) -> None:
    upgrade(bare_engine, "0005")
    made, sent, receipt = (f"2026-11-{day} 02:00:00.000000" for day in (23, 24, 26))
    one, two, three = (f"{number:032x}" for number in (1, 2, 3))
    statements = [
        f"INSERT INTO department (id, name, level) VALUES ('{one}', '某局', 'COUNTY')",
        "INSERT INTO person (id, name, phone, role, department_id, active)"
        f" VALUES ('{one}', '某人', '13900000001', 'DUTY_PERSON', '{one}', true)",
        "INSERT INTO sms (id, receiver_id, phone, business_date, state, created_at, changed_at, note) VALUES "
        + ", ".join(
            f"('{id}', '{one}', '13900000001', '2026-11-23', '{state}', '{made}', '{receipt}', '')"
            for id, state in ((one, "DELIVERED"), (two, "ACCEPTED"), (three, "QUEUED"))
        ),
        "INSERT INTO outbox (id, topic, object_key, revision, business_date, facts, created_at, due_at, state,"
        f" attempts, crashes, answer_code, answer, message_id, sent_at) VALUES ('{one}', 'SMS', 'x', 1,"
        f" '2026-11-23', '{{}}', '{made}', '{made}', 'DONE', 1, 0, '', '', '', '{sent}')",
    ]
    with bare_engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    upgrade(bare_engine)
    with bare_engine.connect() as connection:
        found = connection.execute(text("SELECT handed_over_at FROM sms ORDER BY id")).scalars().all()
    days = [None if at is None else str(at)[:10] for at in found]
    assert days == [sent[:10], receipt[:10], None], (
        "without a duty, the last change is the best that is known"
    )


def test_lists_show_no_risk_grade_of_automatic_reports_of_before(bare_engine: Engine) -> None:
    upgrade(bare_engine)
    downgrade(bare_engine, "0014-1")
    one, two, three = (f"{number:032x}" for number in (1, 2, 3))
    when, region = "2026-11-24 02:00:00.000000", "610526"
    statements = [
        f"INSERT INTO region (id, name, level, local) VALUES ('{region}', '蒲城县', 'COUNTY', FALSE)",
        *(
            "INSERT INTO enterprise (id, credit_code, name, kind, region_id, address, active, workshops_total,"
            " powder_workshops_total, warehouses_total, approved_persons, approved_powder_kg, approved_boxes,"
            " approved_stock_kg, updated_at)"
            f" VALUES ('{id}', '{id[-18:]}', '某厂', 'PRODUCTION', '{region}', '', true, 0, 0, 0, 0, 0, 0, 0, '{when}')"
            for id in (one, two, three)
        ),
        "INSERT INTO commitment (id, enterprise_id, region_id, kind, business_date, due_at, state, revision,"
        " origin, risk_grade, version) VALUES "
        + ", ".join(
            f"('{id}', '{id}', '{region}', 'PRODUCTION', '2026-11-24', '{when}', '{state}', {revision},"
            f" {origin}, {grade}, 1)"
            for id, state, revision, origin, grade in (
                (one, "REPORTED_AUTOMATICALLY", 1, "'AUTO'", 4),
                (two, "REPORTED", 1, "'MANUAL'", 4),
                (three, "OWED", 0, "NULL", "NULL"),
            )
        ),
    ]
    with bare_engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)

    def grades() -> list[int | None]:
        with bare_engine.connect() as connection:
            found = connection.execute(text("SELECT risk_grade FROM commitment ORDER BY id"))
            return list(found.scalars())

    upgrade(bare_engine)
    assert grades() == [None, 4, None]
    downgrade(bare_engine, "0014-1")
    assert grades() == [4, 4, None]


def test_up_down_and_up_again(bare_engine: Engine) -> None:
    upgrade(bare_engine)
    downgrade(bare_engine, "base")
    assert tables_of(bare_engine) == set()
    upgrade(bare_engine)
    upgrade(bare_engine)
    assert tables_of(bare_engine) == set(metadata.tables)


def test_settings_of_the_release_before_get_the_level_of_who_set_them(bare_engine: Engine) -> None:
    upgrade(bare_engine)
    downgrade(bare_engine, "0005")
    one, two, of, who = (f"0000000000000000000000000000000{n}" for n in range(1, 5))
    rows = [
        "INSERT INTO region (id, name, level, local) VALUES ('610000', '陕西省', 'PROVINCE', FALSE)",
        "INSERT INTO region (id, name, level, parent_id, local)"
        " VALUES ('610100', '西安市', 'CITY', '610000', FALSE)",
        f"INSERT INTO department (id, name, level) VALUES ('{of}', '省厅', 'PROVINCE')",
        "INSERT INTO person (id, name, phone, role, department_id, active)"
        f" VALUES ('{who}', '韩厅长', '13900000001', 'DEPARTMENT_HEAD', '{of}', TRUE)",
        "INSERT INTO setting (id, region_id, key, value, effective_from, set_at, set_by)"
        f" VALUES ('{one}', '610100', 'SMS_DAILY_CAP', '30', '2026-01-01', '2026-01-01 00:00:00', '{who}')",
        "INSERT INTO setting (id, region_id, key, value, effective_from, set_at)"
        f" VALUES ('{two}', '610100', 'SMS_DAILY_CAP', '40', '2026-01-02', '2026-01-01 00:00:00')",
    ]
    with bare_engine.begin() as connection:
        for row in rows:
            connection.execute(text(row))
    upgrade(bare_engine)
    with bare_engine.connect() as connection:
        kept = connection.execute(text("SELECT value, authority FROM setting ORDER BY value")).all()
    assert [tuple(row) for row in kept] == [("30", "PROVINCE"), ("40", "CITY")]
    add = (
        "INSERT INTO setting (id, region_id, key, value, effective_from, set_at, authority)"
        f" VALUES ('{who}', '610100', 'SMS_DAILY_CAP', '50', '2026-01-02', '2026-01-02 00:00:00', 'PROVINCE')"
    )
    with bare_engine.begin() as connection:
        connection.execute(text(add))
    downgrade(bare_engine, "0005")
    with bare_engine.connect() as connection:
        kept = connection.execute(text("SELECT value FROM setting ORDER BY value")).all()
    assert [tuple(row) for row in kept] == [("30",), ("50",)], "the newest of each place"


def test_nodes_that_start_together_migrate_once() -> None:
    with fresh_postgres() as url:
        engine = make_engine(url)
        failures: list[BaseException] = []

        def start() -> None:
            try:
                upgrade(engine)
            except BaseException as error:  # noqa: BLE001 - handed to the test, which shows it.
                failures.append(error)

        nodes = [Thread(target=start) for _ in range(3)]
        for node in nodes:
            node.start()
        for node in nodes:
            node.join()
        assert failures == []
        assert tables_of(engine) == set(metadata.tables)
        engine.dispose()


def test_the_scripts_are_found_beside_the_package_wherever_it_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from yanbao.adapters.sql import migrations

    moved = tmp_path / "50% of it"
    shutil.copytree(Path(migrations.__file__).parent, moved)
    monkeypatch.setattr(migrations, "__file__", str(moved / "__init__.py"))
    monkeypatch.chdir(tmp_path)
    with fresh_sqlite(tmp_path) as url:
        engine = make_engine(url)
        upgrade(engine)
        assert tables_of(engine) == set(metadata.tables)
        engine.dispose()
