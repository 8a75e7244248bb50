"""What the database does for our statements: EXPLAIN (ANALYZE, BUFFERS) of the plan that a warm connection uses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, LiteralString, cast

import psycopg

from .asking import Statement

_COLUMNS: Final = re.compile(r"SELECT (?P<columns>.+?)\s+FROM", re.DOTALL)
_NAMED: Final = re.compile(r"%\((\w+)\)s")
_NODE: Final = re.compile(r"\((actual|never) ")
LONGEST_LIST: Final = 160
WARM: Final = 12
"""Runs before a plan is looked at: by then driver and server have decided between one plan for all parameters and
a new one each time.
"""


@dataclass(frozen=True, slots=True)
class Touched:
    """What plans returned, what they read in vain, and how many pages of 8 KiB they looked at."""

    returned: int
    removed: int
    pages: int

    @classmethod
    def by(cls, connection: psycopg.Connection, statements: Sequence[Statement]) -> Touched:
        """By all of these together."""
        returned = removed = pages = 0
        for statement in statements:
            ((found,),) = _explained(connection, statement, "FORMAT JSON")
            plan = found[0]["Plan"]
            returned += int(plan["Actual Rows"])
            pages += plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
            removed += sum(round(_removed(node) * node["Actual Loops"]) for node in _nodes(plan))
        return cls(returned, removed, pages)


def explain(connection: psycopg.Connection, statement: Statement) -> str:
    """The plan as text."""
    rows = _explained(connection, statement, "COSTS OFF")
    return "\n".join(_shortened(str(row[0])) for row in rows)


def skeleton(plan: str) -> str:
    """The nodes of a plan and how they hang together, without figures and values."""
    nodes = (
        line.split("(actual ")[0].split("(never ")[0] for line in plan.splitlines() if _NODE.search(line)
    )
    return "\n".join(nodes)


def shape(statement: Statement) -> str:
    """The statement on one line, without its list of columns."""
    flat = " ".join(statement.text.split())
    return _shortened(_COLUMNS.sub("SELECT … FROM", flat, count=1), 400)


def _explained(connection: psycopg.Connection, statement: Statement, form: str) -> list[tuple[Any, ...]]:
    """EXPLAIN of the statement as it is prepared on this connection: not of one that is planned for the occasion."""
    for _ in range(WARM):
        connection.execute(statement.text, statement.params).fetchall()
    names = list(dict.fromkeys(_NAMED.findall(statement.text)))
    sent = _NAMED.sub(lambda found: f"${names.index(found[1]) + 1}", statement.text).replace("%%", "%")
    prepared = "SELECT name FROM pg_prepared_statements WHERE statement = %s"
    row = connection.execute(prepared, (sent,)).fetchone()
    assert row is not None, sent
    given = f"({', '.join(f'%({name})s' for name in names)})" if names else ""
    asked = f'EXPLAIN (ANALYZE, BUFFERS, {form}) EXECUTE "{row[0]}"{given}'
    return psycopg.ClientCursor(connection).execute(cast("LiteralString", asked), statement.params).fetchall()


def _removed(node: dict[str, Any]) -> float:
    """Rows that the node has read, in one loop, for nothing."""
    lost = ("Rows Removed by Filter", "Rows Removed by Join Filter", "Rows Removed by Index Recheck")
    return float(sum(node.get(name, 0) for name in lost))


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


def _shortened(line: str, most: int = LONGEST_LIST) -> str:
    """Long lists of keys say nothing in a plan."""
    return line if len(line) <= most else f"{line[: most - 2]} …"
