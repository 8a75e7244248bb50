"""One suite, three storages: every test here runs on the in-memory twin, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

import pytest
from sqlalchemy import Engine

from yanbao.adapters.memory.storage import MemoryStorage
from yanbao.adapters.sql.engine import make_engine
from yanbao.adapters.sql.storage import SqlStorage
from yanbao.adapters.sql.tables.metadata import metadata
from yanbao.application.access import SYSTEM
from yanbao.application.ports.readers import Readers
from yanbao.application.ports.work import Storage, UnitOfWork
from yanbao.domain.events import Event
from yanbao.domain.exchange.duty import Topic

from ..support.builders import a_department_tree, a_region_tree
from ..support.databases import empty, execute, migrated_postgres, migrated_sqlite, spare_the_disk
from ..support.settling import settle_in


@dataclass
class Reacting:
    """Reactions that a test can look at, and give something to do."""

    seen: list[list[Event]] = field(default_factory=list)
    topics: Iterable[Topic] = ()
    do: Callable[[UnitOfWork, Sequence[Event]], None] = lambda work, events: None

    def __call__(self, work: UnitOfWork, events: Sequence[Event]) -> Iterable[Topic]:
        self.seen.append(list(events))
        self.do(work, events)
        return self.topics


@dataclass
class Listening:
    """Who is told after a commit; a test can look at what it was told, and give it something to do."""

    told: list[tuple[frozenset[Topic], list[Event]]] = field(default_factory=list)
    do: Callable[[], None] = lambda: None

    def __call__(self, topics: frozenset[Topic], events: Sequence[Event]) -> None:
        self.told.append((topics, list(events)))
        self.do()


@dataclass
class World:
    """A storage under test, its reactions, who is told after each commit, and a hand that cheats."""

    name: str
    storage: Storage
    readers: Readers
    reacting: Reacting
    listening: Listening
    falsify_audit: Callable[[UUID, str], None]
    """Changes the actor's name of an audit entry behind the storage's back."""
    anew: Callable[[], World]
    """An empty storage of the same sort; on a database this empties the one at hand."""


def memory_world() -> World:
    reacting, listening = Reacting(), Listening()
    storage = MemoryStorage(reactions=reacting, after_commit=listening)

    def falsify(entry_id: UUID, actor_name: str) -> None:
        state = storage.landed.fork()
        state.audit.put(entry_id, replace(state.audit[entry_id], actor_name=actor_name))
        storage.landed = state

    return World("memory", storage, storage.readers(), reacting, listening, falsify, memory_world)


def sql_world(engine: Engine) -> World:
    reacting, listening = Reacting(), Listening()
    storage = SqlStorage(engine, reactions=reacting, after_commit=listening)

    def falsify(entry_id: UUID, actor_name: str) -> None:
        falsify_sql_audit(engine, entry_id, actor_name)

    def anew() -> World:
        return sql_world(emptied(engine))

    return World(engine.dialect.name, storage, storage.readers(), reacting, listening, falsify, anew)


def falsify_sql_audit(engine: Engine, entry_id: UUID, actor_name: str) -> None:
    """What somebody with all rights on the database could do."""
    table = metadata.tables["audit_entry"]
    with engine.begin() as connection:
        connection.execute(table.update().where(table.c.id == entry_id).values(actor_name=actor_name))


@pytest.fixture(scope="session")
def sqlite_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with migrated_sqlite(tmp_path_factory.mktemp("contracts")) as url:
        engine = spare_the_disk(make_engine(url))
        yield engine
        engine.dispose()


@pytest.fixture(scope="session")
def postgres_engine() -> Iterator[Engine]:
    with migrated_postgres() as url:
        engine = make_engine(url)
        yield engine
        engine.dispose()


def emptied(engine: Engine) -> Engine:
    """The database without a row in any table."""
    empty(engine, metadata)
    return engine


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def bare(request: pytest.FixtureRequest) -> World:
    """An empty storage."""
    if request.param == "memory":
        return memory_world()
    return sql_world(emptied(request.getfixturevalue(f"{request.param}_engine")))


@pytest.fixture
def world(bare: World, request: pytest.FixtureRequest) -> World:
    """A storage with the trees of regions and departments of `builders`."""
    if bare.name == "memory":
        settle_trees(bare)
        return bare
    engine: Engine = request.getfixturevalue(f"{'sqlite' if bare.name == 'sqlite' else 'postgres'}_engine")
    kept = _TREES.get(engine)
    if kept is None:
        settle_trees(bare)
        _TREES[engine] = (kept_apart(engine), list(bare.reacting.seen))
        return bare
    inserts, seen = kept
    execute(engine, inserts)
    bare.reacting.seen += seen
    return bare


_TREES: dict[Engine, tuple[list[str], list[list[Event]]]] = {}
"""How each database gets the trees again, and the events of settling them, which takes fifty statements."""


def settle_trees(world: World) -> None:
    settle_in(world.storage, SYSTEM, *a_region_tree(), *a_department_tree())
    world.listening.told.clear()


def kept_apart(engine: Engine) -> list[str]:
    """Copy every table that has rows; gives the statements that bring them back, each with all rows of a table."""
    with engine.begin() as connection:
        tables = [t.name for t in metadata.sorted_tables if connection.execute(t.select().limit(1)).first()]
        for name in tables:
            connection.exec_driver_sql(f'CREATE TABLE "kept_{name}" AS SELECT * FROM "{name}"')
    return [f'INSERT INTO "{name}" SELECT * FROM "kept_{name}"' for name in tables]


@pytest.fixture
def storage(world: World) -> Storage:
    return world.storage


@pytest.fixture
def readers(world: World) -> Readers:
    return world.readers
