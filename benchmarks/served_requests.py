"""The reads that are measured through servers and profiled: what screens ask for most, as the province sees it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import repeat
from typing import Final

from . import alerting, inspection_reads, reads
from .asking import Request
from .inspecting import write_days
from .options import Options
from .stage import Stage

NAMED: Final[Mapping[str, tuple[str, int | None]]] = {
    "history-100": ("history, statuses kinds", 100),
    "history-20": ("history, statuses kinds", 20),
    "history-20-anew": ("history, statuses kinds", 20),
    "overview": ("overview of today", None),
    "overview-anew": ("overview of today", None),
    "problems-100": ("problems in sight", 100),
    "problems-20": ("problems in sight", 20),
    "records-100": ("records in sight", 100),
    "alerts-100": ("alerts, newest", 100),
}
"""Each by a short name: the name and the rows of its case."""
ANEW: Final = "-anew"
"""The end of the short names of requests that are never the same twice: our API knows repeated ones by their bytes."""
LEVEL: Final = "PROVINCE"
MOST_DAYS: Final = 30
"""Days of inspections written here, if no other part of the run has written any."""
MOST_ALERTS: Final = 100_000


def fill(stage: Stage, options: Options) -> None:
    """Write inspections, problems and alerts, unless another part of the run has."""
    if _is_empty(stage, "SELECT 1 FROM inspection LIMIT 1"):
        write_days(stage, options, 0, min(MOST_DAYS, options.recent_days))
    if _is_empty(stage, "SELECT 1 FROM alert LIMIT 1"):
        alerting.write_alerts(stage, min(MOST_ALERTS, options.alerts))
    stage.connection.execute("ANALYZE")


def served_requests(stage: Stage, options: Options) -> dict[str, Request]:
    """The request of each name, by somebody who has a session."""
    every = [
        *reads.cases(stage, options.days),
        *inspection_reads.cases(stage, options),
        *alerting.cases(stage),
    ]
    asked = {(case.name, case.rows): case.asked for case in every if case.level == LEVEL}
    found = {}
    for short, named in NAMED.items():
        request = asked[named]
        assert isinstance(request, Request), "readers called directly are no requests to a server"
        found[short] = request
    return found


def _is_empty(stage: Stage, statement: str) -> bool:
    return stage.connection.execute(statement).fetchone() is None


def each_time(short: str, body: bytes, times: int) -> Iterator[bytes]:
    """The body so many times; of a name that ends with ANEW with another number in it each time, which nobody reads."""
    if not short.endswith(ANEW):
        yield from repeat(body, times)
        return
    assert body.endswith(b"}"), "a request is a JSON object"
    for number in range(times):
        yield body[:-1] + b',"extensions":{"number":%d}}' % number
