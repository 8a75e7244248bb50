"""What goes into a column comes out of it, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Engine, Integer, MetaData, Table, insert, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from yanbao.adapters.sql.clock import database_time, database_time_plus
from yanbao.adapters.sql.engine import make_engine
from yanbao.adapters.sql.tables.directory import region
from yanbao.adapters.sql.types import ExactDecimal, PlainJson, UtcDateTime

from ...support.databases import fresh_sqlite

HANGING = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
things = Table(
    "thing",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("at", UtcDateTime),
    Column("amount", ExactDecimal),
    Column("plain", PlainJson),
    prefixes=["TEMPORARY"],
)


def there_and_back(engine: Engine, **values: Any) -> Any:
    with engine.begin() as connection:
        things.create(connection)
        connection.execute(insert(things).values(id=1, **values))
        row = connection.execute(select(things)).one()
        things.drop(connection)
        return row


ZONES = [UTC, timezone(timedelta(hours=8)), timezone(timedelta(hours=-11))]
INSTANTS = st.builds(
    lambda us, zone: (datetime(1990, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)).astimezone(zone),
    st.integers(0, 3 * 10**15),
    st.sampled_from(ZONES),
)


@HANGING
@given(at=INSTANTS)
def test_an_instant_comes_back_in_utc_to_the_microsecond(engine: Engine, at: datetime) -> None:
    back = there_and_back(engine, at=at).at
    assert back == at
    assert back.utcoffset() == timedelta(0)


def test_a_naive_time_is_refused(engine: Engine) -> None:
    with pytest.raises(StatementError, match="naive"):
        there_and_back(engine, at=datetime(2026, 11, 24, tzinfo=UTC).replace(tzinfo=None))


@HANGING
@given(amount=st.decimals(min_value=0, max_value=10**12, places=3))
def test_a_decimal_comes_back_digit_for_digit(engine: Engine, amount: Decimal) -> None:
    back = there_and_back(engine, amount=amount).amount
    assert isinstance(back, Decimal)
    assert str(back) == f"{amount:f}"


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc键", max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@HANGING
@given(plain=st.dictionaries(st.text("abc键", max_size=4), PLAIN, max_size=4))
def test_plain_json_comes_back(engine: Engine, plain: Any) -> None:
    assert there_and_back(engine, plain=plain).plain == plain


def test_the_database_has_a_clock_that_can_be_compared(engine: Engine) -> None:
    with engine.connect() as connection:
        now = connection.execute(select(database_time())).scalar_one()
        later = connection.execute(select(database_time_plus("seconds")), {"seconds": 90.5}).scalar_one()
        assert connection.execute(
            select(database_time() < database_time_plus("seconds")), {"seconds": 0.01}
        ).scalar_one()
    assert abs(now - datetime.now(UTC)) < timedelta(minutes=5)
    assert timedelta(seconds=90) < later - now < timedelta(minutes=5)


def test_a_value_that_is_none_of_the_enum_is_refused_by_the_database(engine: Engine) -> None:
    with engine.connect() as connection, pytest.raises(IntegrityError, match="ck_region_level"):
        connection.execute(
            text("INSERT INTO region (id, name, level, local) VALUES ('610000', '陕西省', 'VILLAGE', false)")
        )


def test_an_unknown_enum_member_does_not_reach_the_database(engine: Engine) -> None:
    with engine.connect() as connection, pytest.raises(StatementError):
        connection.execute(insert(region).values(id="610000", name="陕西省", level="VILLAGE", local=False))


def test_sqlite_is_opened_so_that_it_keeps_its_word(tmp_path: Path) -> None:
    expected = {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 2, "busy_timeout": 30_000}
    with fresh_sqlite(tmp_path) as url:
        engine = make_engine(url)
        with engine.connect() as connection:
            found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in expected}
        engine.dispose()
    assert found == expected
