"""The certificate watch: what a day costs among few certificates and among ten times as many, with as many due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from time import perf_counter
from typing import Final

from psycopg.sql import SQL, Identifier
from rich.progress import Progress

from .asking import Meter
from .bulk import settle
from .options import Options, Part
from .report import Shown
from .stage import Stage

DAYS_LEFT: Final = 60
"""A window of every kind of certificate."""
_FILL: Final = """
INSERT INTO certificate (id, kind, number, enterprise_id, issued_on, expires_on, watch_on)
SELECT md5('watched|' || n)::uuid, 'SAFETY_MANAGER_QUALIFICATION', 'AQ' || n, e.id, %(day)s - 400,
       %(day)s + CASE WHEN n <= %(due)s THEN %(left)s ELSE 400 + n %% 300 END,
       CASE WHEN n <= %(due)s THEN %(day)s ELSE %(day)s + 310 + n %% 300 END
FROM generate_series(1, %(all)s) n
JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM enterprise) e
  ON e.place = n %% (SELECT count(*) FROM enterprise)
"""
_WRITTEN: Final = (
    "alert_feedback",
    "alert_timeline",
    "alert",
    "message",
    "sms",
    "exchange_attempt",
    "outbox",
)


@dataclass(frozen=True, slots=True)
class Watched:
    """One run of the watch. `sql` and `wall` in seconds."""

    certificates: int
    due: int
    reminded: int
    statements: int
    sql: float
    wall: float


def watch(stage: Stage, options: Options, progress: Progress) -> list[Shown]:
    """Run the watch over a tenth of the certificates and over all, with the same number due; then a run with none."""
    if Part.WATCH not in options.parts:
        return []
    bar = progress.add_task("watching certificates", total=2)
    found = []
    for number in (options.certificates // 10, options.certificates):
        _fill(stage, number, options.certificates_due)
        found += [_look(stage, number, options.certificates_due), _look(stage, number, 0)]
        progress.advance(bar)
    _forget(stage)
    return [_table(found)]


def _look(stage: Stage, certificates: int, due: int) -> Watched:
    meter = Meter(stage.system.engine)
    with meter.listening():
        began = perf_counter()
        reminded = stage.system.app.certificate_watch.look()
        wall = perf_counter() - began
        seen = meter.take()
    return Watched(certificates, due, reminded, len(seen), sum(one.seconds for one in seen), wall)


def _fill(stage: Stage, certificates: int, due: int) -> None:
    _forget(stage)
    params = {"day": stage.day, "due": due, "left": DAYS_LEFT, "all": certificates}
    stage.connection.execute(_FILL, params)
    settle(stage.connection)


def _forget(stage: Stage) -> None:
    """Without certificates and without what the watch has written."""
    with stage.connection.transaction():
        for table in _WRITTEN:
            stage.connection.execute(SQL("DELETE FROM {}").format(Identifier(table)))
        stage.connection.execute("DELETE FROM certificate WHERE number LIKE 'AQ%%'")
        later = stage.day + timedelta(days=3650)
        stage.connection.execute("UPDATE certificate SET watch_on = %(later)s", {"later": later})


def _table(found: list[Watched]) -> Shown:
    headings = ("certificates", "due", "reminded of", "statements", "SQL s", "seconds", "per due ms")
    rows = [
        (
            f"{each.certificates:,}",
            f"{each.due:,}",
            f"{each.reminded:,}",
            f"{each.statements:,}",
            f"{each.sql:.2f}",
            f"{each.wall:.2f}",
            f"{1000 * each.wall / each.due:.2f}" if each.due else "",
        )
        for each in found
    ]
    few, many = (each.wall for each in found if each.due)
    return Shown(
        f"The certificate watch of a day; ten times the certificates: {many / few:.2f} times", headings, rows
    )
