"""Keep the roll-up of commitments per region, day and kind; a change adds deltas in its own transaction."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, Select, bindparam, case, func, select
from sqlalchemy.dialects.postgresql import insert

from ...domain.commitment.form import ProductionStatus
from ...domain.commitment.report import Report
from ...domain.signed import Origin
from .kept import Kept
from .tables.commitment import commitment, commitment_tally
from .transaction import Counts, TallyKey, Transaction, added

COUNTS: Final = ("expected", "in_production", "stopped", "unreported", "on_time", "late", "automatic")
NONE: Final[Counts] = (0, 0, 0, 0, 0, 0, 0)

_new = insert(commitment_tally)
_ADD: Final = _new.on_conflict_do_update(
    index_elements=[commitment_tally.c.region_id, commitment_tally.c.business_date, commitment_tally.c.kind],
    set_={name: commitment_tally.c[name] + _new.excluded[name] for name in COUNTS},
)
_ADD_ONE: Final = Kept(_ADD)


def counts_of(report: Report | None) -> Counts:
    """Return what one commitment adds to the roll-up; None: not reported yet."""
    if report is None:
        return (1, 0, 0, 1, 0, 0, 0)
    return reported_counts(report.form.status, report.late, report.origin)


def reported_counts(status: ProductionStatus, late: bool, origin: Origin) -> Counts:
    working = status is ProductionStatus.IN_PRODUCTION
    return (1, int(working), int(not working), 0, int(not late), int(late), int(origin is Origin.AUTO))


def negative(counts: Counts) -> Counts:
    a, b, c, d, e, f, g = counts
    return (-a, -b, -c, -d, -e, -f, -g)


def flush(transaction: Transaction) -> None:
    """Write the collected deltas, in key order so that two units of work never deadlock.

    Call it last before the commit: the row lock on a county is then held only for the commit.
    """
    deltas = sorted(
        ((key, counts) for key, counts in transaction.deltas.items() if counts != NONE),
        key=lambda delta: (delta[0][0], delta[0][1], delta[0][2].value),
    )
    transaction.deltas = {}
    if len(deltas) == 1:
        transaction.later(_ADD_ONE, _row(*deltas[0]))
    elif deltas:
        transaction.run(_ADD, [_row(key, counts) for key, counts in deltas])


def _row(key: TallyKey, counts: Counts) -> dict[str, Any]:
    region, day, kind = key
    return {
        "region_id": region,
        "business_date": day,
        "kind": kind,
        **dict(zip(COUNTS, counts, strict=True)),
    }


def _sum(condition: Any) -> Any:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


COUNTED_FROM_ROWS: Final = (
    func.count().label("expected"),
    _sum(commitment.c.status == ProductionStatus.IN_PRODUCTION).label("in_production"),
    _sum(commitment.c.status == ProductionStatus.STOPPED).label("stopped"),
    _sum(commitment.c.revision == 0).label("unreported"),
    _sum(commitment.c.late.is_(False)).label("on_time"),
    _sum(commitment.c.late.is_(True)).label("late"),
    _sum(commitment.c.origin == Origin.AUTO).label("automatic"),
)
"""The columns of the roll-up, counted from the rows of `commitment`."""

_KEPT: Final[Select[Any]] = select(commitment_tally).where(
    commitment_tally.c.business_date == bindparam("day")
)
_COUNTED: Final[Select[Any]] = (
    select(commitment.c.region_id, commitment.c.business_date, commitment.c.kind, *COUNTED_FROM_ROWS)
    .where(commitment.c.business_date == bindparam("day"))
    .group_by(commitment.c.region_id, commitment.c.business_date, commitment.c.kind)
)


def kept(connection: Connection, day: date) -> dict[TallyKey, Counts]:
    """Return the stored roll-up of a day, without rows of zeros."""
    return _table(connection, _KEPT, day)


def recount(connection: Connection, day: date) -> dict[TallyKey, Counts]:
    """Return the same, counted from the commitments; always equal to `kept`."""
    return _table(connection, _COUNTED, day)


def _table(connection: Connection, statement: Select[Any], day: date) -> dict[TallyKey, Counts]:
    table: dict[TallyKey, Counts] = {}
    for row in connection.execute(statement, {"day": day}):
        counts: Counts = tuple(int(getattr(row, name)) for name in COUNTS)  # type: ignore[assignment]
        if counts != NONE:
            table[row.region_id, row.business_date, row.kind] = added(NONE, counts)
    return table
