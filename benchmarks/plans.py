"""What the database does for our statements: EXPLAIN (ANALYZE, BUFFERS), as it was at the time of the run."""

from __future__ import annotations

import re
from typing import Final

import psycopg

from .asking import Statement

_COLUMNS: Final = re.compile(r"SELECT (?P<columns>.+?)\s+FROM", re.DOTALL)
LONGEST_LIST: Final = 160


def explain(connection: psycopg.Connection, statement: Statement) -> str:
    """The plan as text, after the statement has been run a few times so that its pages are in memory."""
    for _ in range(3):
        connection.execute(statement.text, statement.params).fetchall()
    asked = f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {statement.text}"
    rows = connection.execute(asked, statement.params).fetchall()
    return "\n".join(_shortened(str(row[0])) for row in rows)


def shape(statement: Statement) -> str:
    """The statement on one line, without its list of columns."""
    flat = " ".join(statement.text.split())
    return _shortened(_COLUMNS.sub("SELECT … FROM", flat, count=1), 400)


def _shortened(line: str, most: int = LONGEST_LIST) -> str:
    """Long lists of keys say nothing in a plan."""
    return line if len(line) <= most else f"{line[: most - 2]} …"
