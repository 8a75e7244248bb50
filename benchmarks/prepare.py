"""Filling the stage: the province, its history with versions, and a business day that is partly reported."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import orjson

from yanbao.adapters.sql.codec import dump_report
from yanbao.domain.commitment.report import Promiser, Report
from yanbao.domain.commitment.text import automatic_form, automatic_text
from yanbao.domain.directory.enterprise import StopReason
from yanbao.domain.signed import Origin, Signed

from . import history, orders
from .bulk import settle
from .options import Options
from .province import fill
from .stage import Stage

MISSING: Final = 300
"""Of a thousand enterprises, so many have not reported yet when the day's overview is looked at."""


def prepare(stage: Stage, options: Options, advance: Callable[[int], None] = lambda days: None) -> None:
    """Write everything that reading and submitting are measured on; `advance` is told how many days are done."""
    connection, day = stage.connection, stage.day
    first = day - timedelta(days=options.days - 1)
    fill(
        stage.system.storage,
        connection,
        enterprises=options.enterprises,
        today=day,
        at=stage.system.clock.now() - timedelta(hours=2),
    )
    history.write_days(connection, first, day - timedelta(days=1), advance=advance)
    history.write_days(connection, day, day, missing=MISSING, advance=advance)
    history.write_versions(connection, first, day, _templates(stage))
    settle(connection)


def _templates(stage: Stage) -> dict[str, str]:
    """A whole report as it is stored, for each kind of enterprise."""
    chosen = stage.connection.execute("SELECT min(id::text)::uuid FROM enterprise GROUP BY kind").fetchall()
    now = stage.system.clock.now()
    found = {}
    for facts in orders.facts_of(stage.system, [id for (id,) in chosen], stage.day).values():
        form = automatic_form(facts, StopReason.HIGH_TEMPERATURE)
        text = automatic_text(facts, StopReason.HIGH_TEMPERATURE)
        promiser = Promiser(None, "系统自动")
        report = Report(1, Origin.AUTO, False, Signed(None, "系统自动", now), form, facts, text, promiser)
        found[facts.kind.value] = orjson.dumps(dump_report(report)).decode()
    return found
