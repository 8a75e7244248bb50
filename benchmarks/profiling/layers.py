"""Which layer a stack of frames belongs to: one table of paths, looked up from the innermost frame outwards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from linecache import getline
from types import CodeType, FrameType
from typing import Final

import yanbao


class Layer(StrEnum):
    """The layers of a request, from the socket to the rows."""

    TRANSPORT = "event loop, HTTP, ASGI and transport"
    THREADS = "threads and hops"
    AUTHENTICATION = "authentication"
    GRAPHQL = "strawberry and graphql-core"
    RESOLVERS = "resolvers and types"
    COMPLETION = "compiled completion"
    USE_CASE = "use case and access"
    BUILDING = "SQL building"
    SQLALCHEMY = "SQLAlchemy, execution"
    PSYCOPG = "psycopg"
    ROWS = "row making"
    ORJSON = "orjson"
    OTHER = "other"


_SOURCES: Final = yanbao.__path__[0]
_ANY: Final = re.compile("")

_TABLE: Final[tuple[tuple[str, re.Pattern[str], Layer], ...]] = (
    ("<compiled selection>", _ANY, Layer.COMPLETION),
    ("<rows by position>", _ANY, Layer.ROWS),
    ("/psycopg", _ANY, Layer.PSYCOPG),
    ("/sqlalchemy/engine/result.py", _ANY, Layer.ROWS),
    ("/sqlalchemy/engine/row.py", _ANY, Layer.ROWS),
    ("/sqlalchemy/engine/cursor.py", re.compile("fetch|row|result"), Layer.ROWS),
    ("/sqlalchemy/engine/_", _ANY, Layer.ROWS),
    ("/sqlalchemy/sql/sqltypes.py", re.compile("^process"), Layer.ROWS),
    ("/sqlalchemy/sql/type_api.py", re.compile("^process"), Layer.ROWS),
    ("/sqlalchemy/sql/", _ANY, Layer.BUILDING),
    ("/sqlalchemy/dialects/", _ANY, Layer.BUILDING),
    ("/sqlalchemy/", _ANY, Layer.SQLALCHEMY),
    ("/strawberry/", _ANY, Layer.GRAPHQL),
    ("/site-packages/graphql/", _ANY, Layer.GRAPHQL),
    ("/anyio/", _ANY, Layer.THREADS),
    ("/concurrent/futures/", _ANY, Layer.THREADS),
    ("/threading.py", _ANY, Layer.THREADS),
    ("/queue.py", _ANY, Layer.THREADS),
    ("/uvicorn/", _ANY, Layer.TRANSPORT),
    ("/starlette/", _ANY, Layer.TRANSPORT),
    ("/asyncio/", _ANY, Layer.TRANSPORT),
    ("yanbao/graphql/threads.py", _ANY, Layer.THREADS),
    ("yanbao/graphql/execution/", _ANY, Layer.COMPLETION),
    ("yanbao/graphql/transport/", _ANY, Layer.TRANSPORT),
    ("yanbao/graphql/", _ANY, Layer.RESOLVERS),
    ("yanbao/adapters/metrics/", _ANY, Layer.TRANSPORT),
    ("yanbao/adapters/sql/bounded.py", _ANY, Layer.PSYCOPG),
    ("yanbao/adapters/sql/outages.py", _ANY, Layer.SQLALCHEMY),
    ("yanbao/adapters/sql/engine.py", _ANY, Layer.SQLALCHEMY),
    ("yanbao/adapters/sql/codec.py", _ANY, Layer.ROWS),
    ("yanbao/adapters/sql/plain.py", _ANY, Layer.PSYCOPG),
    ("yanbao/adapters/sql/reading/layout.py", _ANY, Layer.ROWS),
    ("yanbao/adapters/sql/types.py", _ANY, Layer.ROWS),
    ("yanbao/adapters/sql/", _ANY, Layer.BUILDING),
    ("yanbao/adapters/", _ANY, Layer.USE_CASE),
    ("yanbao/application/", _ANY, Layer.USE_CASE),
    ("yanbao/domain/", _ANY, Layer.USE_CASE),
)
"""Part of a file's path, what its function's name holds, and the layer. The first that fits counts.

A file that is not in it (the standard library, `<string>` of a dataclass) belongs to whoever called it.
"""

_WHOLE: Final[tuple[tuple[str, re.Pattern[str], Layer], ...]] = (
    ("yanbao/application/identity/", _ANY, Layer.AUTHENTICATION),
    ("yanbao/adapters/sql/reading/identity.py", _ANY, Layer.AUTHENTICATION),
    ("yanbao/adapters/identity.py", _ANY, Layer.AUTHENTICATION),
    ("yanbao/graphql/transport/asker.py", _ANY, Layer.AUTHENTICATION),
    ("yanbao/adapters/sql/", re.compile("_row$|^slice_of$|^region_of$|^load_"), Layer.ROWS),
)
"""What such a function calls belongs to its layer as well: the SQL of a session, the values of a row."""

PARTS: Final = tuple(part for part, _, _ in (*_TABLE, *_WHOLE))
"""Every path of the tables."""


def layer_of(frame: FrameType | None) -> Layer:
    """The layer of a stack, from its innermost frame."""
    # A function of C has no frame, so the line that calls it is read.
    if frame is not None and "orjson." in getline(frame.f_code.co_filename, frame.f_lineno or 0):
        return Layer.ORJSON
    found = None
    for code in _codes(frame):
        if whole := _whole(code):
            return whole
        found = found or _layer(code)
    return found or Layer.OTHER


def waits(frame: FrameType | None) -> bool:
    """Whether the thread of this stack waits for work: a worker for its queue, the event loop for a socket."""
    while frame is not None:
        path = frame.f_code.co_filename
        if path.endswith(("/threading.py", "/queue.py", "/asyncio/runners.py", "/uvicorn/server.py")):
            return True
        if not path.endswith("/selectors.py"):
            return False
        frame = frame.f_back
    return True


def waits_for_database(frame: FrameType) -> bool:
    """Whether the thread of this stack waits for the answer to a statement."""
    return frame.f_code.co_name == "wait" and frame.f_code.co_filename.endswith("/psycopg/connection.py")


def _codes(frame: FrameType | None) -> Iterator[CodeType]:
    while frame is not None:
        yield frame.f_code
        frame = frame.f_back


@cache
def _layer(code: CodeType) -> Layer | None:
    return _first(_TABLE, code)


@cache
def _whole(code: CodeType) -> Layer | None:
    return _first(_WHOLE, code)


def _first(table: tuple[tuple[str, re.Pattern[str], Layer], ...], code: CodeType) -> Layer | None:
    path = _of_package(code.co_filename)
    for part, name, layer in table:
        if part in path and name.search(code.co_name):
            return layer
    return None


@cache
def _of_package(path: str) -> str:
    """The path with our own package by its name, wherever its folder lies."""
    return path.replace(_SOURCES, "yanbao", 1) if path.startswith(_SOURCES) else path
