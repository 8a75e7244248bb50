"""docs/benchmarks.md: the tables of one run, what it ran on, and the plans of our statements."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import psycopg

from yanbao.domain.values import SHANGHAI

from .plans import explain, shape, skeleton
from .reads import Found
from .report import Shown

FILE: Final = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"

_DIGITS: Final = re.compile(r"\d+")
_HEAD: Final = """\
# Benchmarks

Written by `{command}` on {day}; no figure on this page is typed by hand. The machine was shared: read the ratios of one
run, not the milliseconds of two.

{machine}

{data}

## How to read it

- *SQL ms* is the time in the driver for the statements of one request, one after the other on a warm connection; *by
  hand* is the fastest hand-written SQL for the same answer, through psycopg alone, in alternating rounds. The two answers are
  compared value by value before anything is measured. Both include asking whose session it is; *without session* leaves
  that out on both sides. The ratio is the median of the rounds' ratios. Both run on connections that are set as the
  system's are, without compiling statements (*jit off*).
- *removed by filters* counts rows that the plans have read and not used; *pages* are the 8 KiB that they looked at, of
  short and long history. A plan is the one that a warm connection uses: the driver has prepared the statement, and the
  server has decided between one plan for all parameters and one for these.
- *request CPU ms* is the whole process for the whole GraphQL request, threads included, without a socket; *by hand CPU
  ms* is SQL, rows, the same structure and its JSON.
- *Hostile requests* are those of `benchmarks/hostile`, each sent to the production's application in this process, with a
  new document each time. *loop CPU* is that of the event loop's thread, for which all others wait; *all threads* adds
  the worker threads. A log-in includes checking a password with argon2id, which takes as long as it should, once in a
  request and rarely for one address.
- *yardstick* is what lets two pages be compared: how fast the machine was for plain Python when this one was written.
- *Reads as served* are real HTTP over sixteen connections to one process each, which take turns in every round: our API
  without background work; *by hand* the bare server of reads (`benchmarks/bare_reads.py`), an ASGI application of psycopg
  and orjson with the same hand-written SQL, which checks neither document nor session; and the Node servers of
  `benchmarks/peer`, which check no session either. All answers are compared value by value before; PostGraphile's after
  its ids and instants are brought into one form. *CPU ms each* is the server's process with its threads, the median of
  the rounds; the ratio is the median of the rounds' ratios. Servers that wait for the load say less in *per second*.
  Screens send the same request again and again, and our API knows such a one by its bytes; of *anew* no two are alike.
- *Reads at one and at two processes*: two processes of the load, with half of the connections each, send to one API
  process or to two. Database, load and API share the cores of this machine: *cores* says how many each of them used.
  *a core each* is an estimate by CPU time: what these API processes would answer if each had a core of its own and
  nothing else ran there. It does not know of anything that they might wait for; *times* beside it does.
- A load is real HTTP to one API process with its background work inside; *by hand* to one process of the bare server
  (`benchmarks/bare.py`), which asks whose session it is, writes the same rows by hand-written SQL through psycopg alone, and
  leaves out what it names. The two take turns, with other enterprises each; the ratios are medians over the turns. *CPU ms
  each* is the whole process's, its background work included, for each accepted request. *not accepted* counts answers that saved nothing;
  *lost* counts accepted ones that the tables do not hold. *books* are right when the tables hold every accepted report once,
  with one version and one outbox row, late exactly when it came at or after the deadline, and the roll-up of the day
  equals its recount.
"""


def write(
    command: str,
    machine: Mapping[str, str],
    data: Mapping[str, tuple[int, int]],
    tables: Sequence[Shown],
    found: Sequence[Found],
    connection: psycopg.Connection,
) -> Path:
    """Write the page; the plans are taken now."""
    parts = [
        _HEAD.format(
            command=command,
            day=datetime.now(SHANGHAI).date().isoformat(),
            machine="\n".join(f"- {name}: {value}" for name, value in machine.items()),
            data="\n".join(
                f"- {name}: {rows:,} rows, {size / 2**20:,.0f} MiB with indexes"
                for name, (rows, size) in data.items()
            ),
        )
    ]
    parts += [f"## {table.title}\n\n{table.markdown()}\n" for table in tables]
    parts.append("## Plans\n")
    parts += _plans(found, connection)
    FILE.write_text("\n".join(parts), encoding="utf-8")
    return FILE


def _plans(found: Sequence[Found], connection: psycopg.Connection) -> Iterator[str]:
    """Every plan once: one that differs from an earlier one in its figures alone is only said to be the same."""
    known: dict[tuple[str, str], str] = {}
    for each in found:
        rows = "" if each.case.rows is None else f", {each.case.rows} rows"
        title = f"{each.case.name}, {each.case.level.lower()}{rows}"
        yield f"### {title}\n"
        for statement in each.captured:
            if statement.of_session:
                continue
            plan, asked = explain(connection, statement), shape(statement)
            first = known.setdefault((_DIGITS.sub("", asked), skeleton(plan)), title)
            yield f"`{asked}`\n"
            yield f"```\n{plan}\n```\n" if first == title else f"Planned as under *{first}*.\n"
