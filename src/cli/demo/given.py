"""Looks at the database and the Redis that the demo is given: are they there, and may the demo use them?"""

from __future__ import annotations

import re
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Final

import redis
from sqlalchemy import Connection, Engine, create_engine, func, inspect, literal, make_url, select
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from ...adapters.sql.tables.directory import region
from ...adapters.sql.tables.identity import account
from ...adapters.sql.tables.metadata import metadata
from ...adapters.sql.tables.operations import audit_entry, job_slot
from ...settings import Settings
from .topology import Topology

CONNECT_SECONDS: Final = 5
MOST_NAMED: Final = 5
HOW_TO_MAKE_A_DATABASE: Final = (
    "建一个空的PostgreSQL数据库，只供演示，例如：\n"
    "  createdb --host=127.0.0.1 --username=postgres yanbao_demo\n"
    "  export YANBAO_DATABASE_URL=postgresql+psycopg://postgres@127.0.0.1:5432/yanbao_demo"
)
HOW_TO_START_REDIS: Final = (
    "启动一个Redis，不必保存数据，例如：\n"
    "  redis-server --port 6379 --save '' --daemonize yes\n"
    "  export YANBAO_REDIS_URL=redis://127.0.0.1:6379/0"
)


class NotUsable(Exception):
    """The demo cannot use what it is given; the text says in Chinese why, and what to do."""


class Owner(Enum):
    """Whose the data in a database are. NOBODY: there are none yet."""

    NOBODY = "NOBODY"
    DEMO = "DEMO"
    SOMEBODY = "SOMEBODY"


def folder_of(topology: Topology, settings: Settings) -> Path:
    """The folder of clock, logs and simulators' stores: `var`, or below it one for each database of FULL.

    They belong together: the clock, the anchor of the audit trail and the simulators' books fit one database.
    """
    var = settings.var.resolve()
    if topology is Topology.SINGLE:
        return var
    return var / re.sub(r"[^\w.-]", "_", make_url(settings.database).database or "demo")


def check_complete(settings: Settings) -> None:
    """Raise NotUsable unless PostgreSQL and Redis are given and answer."""
    missing = {
        "YANBAO_DATABASE_URL": (settings.database_url, HOW_TO_MAKE_A_DATABASE),
        "YANBAO_REDIS_URL": (settings.redis_url, HOW_TO_START_REDIS),
    }
    lacking = {name: how for name, (value, how) in missing.items() if not value}
    if lacking:
        raise NotUsable("\n".join([f"--topology full 还缺少设置：{'、'.join(lacking)}。", *lacking.values()]))
    assert settings.redis_url, "it would be lacking"
    _check_kind(settings.database)
    _check_redis(settings.redis_url)


def check_database(url: str) -> Owner:
    """Whose the data are: NOBODY's or a DEMO's. Raises NotUsable for somebody else's, and without an answer."""
    try:
        parsed = make_url(url)
        waiting = {"connect_timeout": CONNECT_SECONDS} if parsed.get_backend_name() == "postgresql" else {}
        if waiting:
            parsed = parsed.set(drivername="postgresql+psycopg")
        engine = create_engine(parsed, connect_args=waiting)
    except (ArgumentError, NoSuchModuleError) as why:
        raise NotUsable(f"YANBAO_DATABASE_URL不能识别：{why}\n{HOW_TO_MAKE_A_DATABASE}") from None
    try:
        with engine.connect() as connection:
            owner, strange = whose(connection)
    except SQLAlchemyError as why:
        raise NotUsable(f"数据库{shown(url)}不可用：{reason(why)}\n{HOW_TO_MAKE_A_DATABASE}") from None
    finally:
        engine.dispose()
    if owner is Owner.SOMEBODY:
        raise NotUsable(
            f"数据库{shown(url)}里已有不属于演示的数据（{strange}）。演示不改动它。\n{HOW_TO_MAKE_A_DATABASE}"
        )
    return owner


def whose(connection: Connection) -> tuple[Owner, str]:
    """Whose the data are, and the names of some tables with data if they are SOMEBODY's.

    A demo's database began as one: the demo has written its first regions, and the audit trail says so. Without
    regions nothing else can be imported or reported, so nobody's data can be older.
    """
    names = set(inspect(connection).get_table_names())
    ours = names & set(metadata.tables)
    if audit_entry.name in ours:
        began = select(audit_entry.c.id).where(
            audit_entry.c.action == "DirectoryChanged", audit_entry.c.subject.like("Region:demo 1..%")
        )
        if connection.execute(began.limit(1)).first() is not None:
            return Owner.DEMO, ""
    strange = sorted(names - ours - {"alembic_version"})
    filled = [
        table.name
        for table in (region, account, job_slot, audit_entry)
        if table.name in ours and connection.execute(select(literal(1)).select_from(table).limit(1)).first()
    ]
    named = [*filled, *strange]
    if not named:
        return Owner.NOBODY, ""
    return Owner.SOMEBODY, "表" + "、".join(named[:MOST_NAMED]) + ("等" if len(named) > MOST_NAMED else "")


def newest_slot(engine: Engine) -> datetime | None:
    """The instant of the newest slot of the schedule, if any: the demo's clock was there already."""
    with engine.connect() as connection:
        return connection.execute(select(func.max(job_slot.c.slot_at))).scalar()


def _check_kind(url: str) -> None:
    try:
        kind = make_url(url).get_backend_name()
    except ArgumentError as why:
        raise NotUsable(f"YANBAO_DATABASE_URL不能识别：{why}\n{HOW_TO_MAKE_A_DATABASE}") from None
    if kind != "postgresql":
        raise NotUsable(f"--topology full 需要PostgreSQL，现为{kind}。\n{HOW_TO_MAKE_A_DATABASE}")


def _check_redis(url: str) -> None:
    try:
        with redis.Redis.from_url(
            url, socket_connect_timeout=CONNECT_SECONDS, socket_timeout=CONNECT_SECONDS
        ) as it:
            it.ping()
    except (redis.RedisError, ValueError) as why:
        raise NotUsable(f"Redis（{_without_password(url)}）不可用：{why}\n{HOW_TO_START_REDIS}") from None


def _without_password(url: str) -> str:
    return re.sub(r"//[^@/]*@", "//***@", url)


def shown(url: str) -> str:
    """The address without its password."""
    return make_url(url).render_as_string(hide_password=True)


def reason(why: Exception) -> str:
    """The first line of what the database has said."""
    said = str(getattr(why, "orig", None) or why).strip()
    return said.splitlines()[0] if said else type(why).__name__
