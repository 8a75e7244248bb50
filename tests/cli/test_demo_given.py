"""What the demo is given: what is missing or not there is said in Chinese, and nobody's data are touched."""

from __future__ import annotations

import io
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import create_engine, insert, inspect, select, text

from yanbao.adapters.demo.departments import regions
from yanbao.adapters.demo.province import build_province
from yanbao.adapters.demo.seeding import seed
from yanbao.adapters.sql.engine import make_engine
from yanbao.adapters.sql.tables.directory import region
from yanbao.adapters.sql.tables.operations import job_slot
from yanbao.application.access import SYSTEM
from yanbao.application.ports.operations import SlotState
from yanbao.cli.demo import run
from yanbao.cli.demo.filling import fill
from yanbao.cli.demo.given import NotUsable, Owner, check_complete, check_database, folder_of
from yanbao.cli.demo.run import Wish, run_demo
from yanbao.cli.demo.topology import Addresses, Topology, plans
from yanbao.settings import Profile, Settings
from yanbao.wiring import opened

from ..support.databases import add_tables, fresh_postgres, fresh_sqlite, migrated_postgres, migrated_sqlite
from ..support.dates import TEST_NOW, TODAY, start_clock
from ..support.redis import real_redis

NOBODY_LISTENS = "127.0.0.1:9"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with fresh_sqlite(tmp_path) if request.param == "sqlite" else fresh_postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def migrated(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database with tables and no rows."""
    with migrated_sqlite(tmp_path) if request.param == "sqlite" else migrated_postgres() as url:
        yield url


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=300)


def printed(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def wish(topology: Topology = Topology.FULL) -> Wish:
    with socket.socket() as one, socket.socket() as two, socket.socket() as three:
        for probe in (one, two, three):
            probe.bind(("127.0.0.1", 0))
        ports = [probe.getsockname()[1] for probe in (one, two, three)]
    return Wish(topology, Addresses(*ports), enterprises=3, seed_number=2026, password="a password")


# ---------------------------------------------------------------- what is missing, or does not answer


@pytest.mark.parametrize(
    ("given", "missing", "told"),
    [
        ({}, "YANBAO_DATABASE_URL、YANBAO_REDIS_URL。", ["createdb", "redis-server"]),
        ({"redis_url": "redis://127.0.0.1"}, "YANBAO_DATABASE_URL。", ["createdb"]),
        ({"database_url": "postgresql://127.0.0.1/x"}, "YANBAO_REDIS_URL。", ["redis-server"]),
    ],
)
def test_what_the_full_topology_lacks_is_named_with_how_to_make_it(
    given: dict[str, str], missing: str, told: list[str], tmp_path: Path, console: Console
) -> None:
    assert run_demo(Settings(var=tmp_path, **given), console, wish()) == run.NOT_USABLE
    assert f"还缺少设置：{missing}" in printed(console)
    assert [word for word in ("createdb", "redis-server") if word in printed(console)] == told
    assert list(tmp_path.iterdir()) == [], "nothing has been written"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("sqlite:///x.sqlite", "需要PostgreSQL，现为sqlite"),
        ("mysql://127.0.0.1/x", "需要PostgreSQL，现为mysql"),
        ("no address", "不能识别"),
        (
            f"postgresql://someone:geheim@{NOBODY_LISTENS}/x",
            f"postgresql://someone:***@{NOBODY_LISTENS}/x不可用",
        ),
    ],
)
def test_a_database_that_cannot_be_used_is_told_without_its_password(
    url: str, why: str, tmp_path: Path, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("yanbao.cli.demo.given._check_redis", lambda url: None)
    settings = Settings(var=tmp_path, database_url=url, redis_url="redis://127.0.0.1")
    assert run_demo(settings, console, wish()) == run.NOT_USABLE
    assert why in printed(console)
    assert "geheim" not in printed(console)
    assert "createdb" in printed(console)


def test_a_redis_that_does_not_answer_is_told_without_its_password() -> None:
    settings = Settings(
        database_url="postgresql://127.0.0.1/x", redis_url=f"redis://:geheim@{NOBODY_LISTENS}/0"
    )
    with pytest.raises(NotUsable) as refused:
        check_complete(settings)
    assert f"Redis（redis://***@{NOBODY_LISTENS}/0）不可用" in str(refused.value)
    assert "geheim" not in str(refused.value)
    assert "redis-server" in str(refused.value)


def test_a_redis_that_answers_is_enough() -> None:
    with real_redis() as url:
        if url is None:
            pytest.skip("no Redis answers and no redis-server is on the path: set YANBAO_TEST_REDIS")
        check_complete(Settings(database_url="postgresql://127.0.0.1/x", redis_url=url))


@pytest.mark.postgres
def test_a_database_that_does_not_exist_is_told_as_the_server_says_it() -> None:
    with fresh_postgres() as url, pytest.raises(NotUsable, match=r"_no_such.*不可用：.*does not exist"):
        check_database(f"{url}_no_such")


def test_taken_ports_are_named(tmp_path: Path, console: Console) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        asked = Wish(Topology.SINGLE, Addresses(sms_port=port), enterprises=3, seed_number=1, password="x")
        assert run_demo(Settings(var=tmp_path), console, asked) == run.NOT_USABLE
    assert f"短信模拟 {port}" in printed(console)


def test_the_settings_of_a_production_are_not_used(tmp_path: Path, console: Console) -> None:
    settings = Settings(var=tmp_path).model_copy(update={"profile": Profile.PRODUCTION})
    assert run_demo(settings, console, wish(Topology.SINGLE)) == run.NOT_USABLE
    assert "YANBAO_PROFILE为production" in printed(console)
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------- whose data these are


def test_an_empty_database_is_nobody_s(database: str) -> None:
    assert check_database(database) is Owner.NOBODY


def test_tables_without_rows_are_nobody_s(migrated: str) -> None:
    assert check_database(migrated) is Owner.NOBODY


def test_what_a_demo_has_filled_is_a_demo_s_also_when_it_was_interrupted(
    migrated: str, tmp_path: Path
) -> None:
    start_clock(tmp_path)
    province = build_province(enterprises=1, today=TODAY)

    def interrupt(done: int, total: int) -> None:
        raise InterruptedError

    with (
        opened(Settings(var=tmp_path, database_url=migrated)) as system,
        pytest.raises(InterruptedError),
    ):
        seed(system.storage, province, password_digest="digest", at=TEST_NOW, progress=interrupt)
    assert check_database(migrated) is Owner.DEMO


def test_somebody_s_directory_is_left_alone(migrated: str, tmp_path: Path, console: Console) -> None:
    start_clock(tmp_path)
    settings = Settings(var=tmp_path, database_url=migrated)
    with opened(settings) as system, system.storage.work(SYSTEM) as work:
        work.regions.save(regions()[0])
        work.commit()
    assert run_demo(settings, console, wish(Topology.SINGLE)) == run.NOT_USABLE
    assert "已有不属于演示的数据（表region）" in printed(console)
    engine = make_engine(migrated)
    with engine.connect() as connection:
        assert len(connection.execute(select(region.c.id)).all()) == 1
    engine.dispose()


def test_a_clock_that_has_run_makes_an_empty_database_somebody_s(migrated: str) -> None:
    engine = make_engine(migrated)
    slot = {
        "job": "x",
        "slot_at": TEST_NOW,
        "state": SlotState.DONE,
        "attempts": 1,
        "note": "",
        "held": False,
    }
    with engine.begin() as connection:
        connection.execute(insert(job_slot).values(**slot, fence=1))
    engine.dispose()
    with pytest.raises(NotUsable, match="表job_slot"):
        check_database(migrated)


def test_tables_of_another_program_are_left_alone(database: str, tmp_path: Path, console: Console) -> None:
    engine = create_engine(database)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE invoices (id INTEGER)"))
    assert (
        run_demo(Settings(var=tmp_path, database_url=database), console, wish(Topology.SINGLE))
        == run.NOT_USABLE
    )
    assert "已有不属于演示的数据（表invoices）" in printed(console)
    assert inspect(engine).get_table_names() == ["invoices"]
    engine.dispose()


# ---------------------------------------------------------------- clock, folder, processes


def test_the_clock_catches_up_with_a_database_that_is_further(tmp_path: Path, console: Console) -> None:
    start_clock(tmp_path)
    settings = Settings(var=tmp_path)
    later = TEST_NOW + timedelta(days=3)
    engine = make_engine(settings.database)
    add_tables(engine)
    slot = {"job": "x", "slot_at": later, "state": SlotState.DONE, "attempts": 1, "note": "", "held": False}
    with engine.begin() as connection:
        connection.execute(insert(job_slot).values(**slot, fence=1))
    engine.dispose()
    fill(
        *(settings, console),
        enterprises=1,
        seed_number=2026,
        password="a password",
        check=lambda: None,
        history_days=0,
    )
    assert f"演示时钟随数据库拨到{later:%Y-%m-%d %H:%M}" in printed(console)
    with opened(settings) as system:
        assert system.clock.now() >= later


def test_each_database_of_the_full_topology_has_a_folder_of_its_own(tmp_path: Path) -> None:
    first = Settings(var=tmp_path, database_url="postgresql+psycopg://u:p@h/yanbao_demo")
    odd = Settings(var=tmp_path, database_url="postgresql+psycopg://u:p@h/..%2Fetc")
    assert folder_of(Topology.SINGLE, first) == tmp_path
    assert folder_of(Topology.FULL, first) == tmp_path / "yanbao_demo"
    assert folder_of(Topology.FULL, odd).parent == tmp_path


def test_the_processes_of_the_full_topology_share_database_redis_clock_and_simulators(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path, database_url="postgresql://h/d", redis_url="redis://h")
    full = {plan.name: plan for plan in plans(Topology.FULL, settings, Addresses())}
    assert list(full) == ["ministry-simulator", "sms-simulator", "api", "worker", "clock"]
    ours = [full[name] for name in ("api", "worker", "clock")]
    assert [plan.arguments for plan in ours] == [
        ("yanbao", "serve"),
        ("yanbao", "worker"),
        ("yanbao", "clock"),
    ]
    assert {plan.environment["YANBAO_EMBEDDED"] for plan in ours} == {"false"}
    without_heart = [
        {name: value for name, value in plan.environment.items() if name != "YANBAO_HEARTBEAT"}
        for plan in ours
    ]
    assert without_heart[0] == without_heart[1] == without_heart[2]
    single = plans(Topology.SINGLE, Settings(var=tmp_path), Addresses())
    assert [plan.name for plan in single] == ["ministry-simulator", "sms-simulator", "api"]
    assert single[-1].environment["YANBAO_EMBEDDED"] == "true"
