"""Read the condition of the database: may it be written, what waits in the outbox, does the schedule run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, bindparam, false, func, literal_column, select, update
from sqlalchemy.exc import DBAPIError

from ....application.ports.condition import Condition
from ....application.ports.unavailable import WritesRefused
from ....application.waiting import bounded
from ....domain.exchange.duty import DEAD, DutyState, Topic
from ....domain.exchange.inbound import RecordState
from ..clock import database_time
from ..connections import connect
from ..constants import pending, slot_due
from ..outages import error_code
from ..tables.exchange import outbox
from ..tables.operations import job_slot
from .inbox import unreadable, waiting
from .paging import Reading

_oldest = [
    select(outbox.c.due_at)
    .where(outbox.c.topic == topic, pending())
    .order_by(outbox.c.due_at)
    .limit(1)
    .scalar_subquery()
    .label(topic.name)
    for topic in Topic
]
_CONDITION: Final = select(
    database_time().label("database_time"),
    select(func.count())
    .where(slot_due(), job_slot.c.slot_at < bindparam("missed_before"))
    .scalar_subquery()
    .label("missed_slots"),
    select(job_slot.c.slot_at)
    .order_by(job_slot.c.slot_at.desc())
    .limit(1)
    .scalar_subquery()
    .label("newest_slot_at"),
    (waiting(RecordState.QUARANTINED) + unreadable()).label("inbox_waiting"),
    *_oldest,
)
_MAY_WRITE: Final[ColumnElement[bool]] = literal_column(
    "current_setting('transaction_read_only') = 'off'"
).label("writable")
_CHANGE_NOTHING: Final = update(job_slot).values(held=job_slot.c.held).where(false())
_DEAD: Final = (
    select(outbox.c.topic, outbox.c.state, func.count().label("number"))
    .where(
        # Every column with each of its values: so the index finds them without reading what lies between.
        outbox.c.topic.in_(list(Topic)),
        outbox.c.business_date.in_(bindparam("days", expanding=True)),
        outbox.c.state.in_(sorted(DEAD, key=lambda state: state.value)),
    )
    .group_by(outbox.c.topic, outbox.c.state)
)


class SqlConditionReader(Reading):
    """Reads on the pool that the requests use, so it finds what they would find."""

    def condition(self, now: datetime, *, missed_after: timedelta) -> Condition:
        statement = _CONDITION.add_columns(_MAY_WRITE) if self.on_postgresql else _CONDITION
        (row,) = self.rows(statement, {"missed_before": now - missed_after})
        return Condition(
            writable=row.writable if self.on_postgresql else self._may_write_file(),
            database_time=row.database_time,
            oldest_due=_oldest_due(row),
            missed_slots=row.missed_slots,
            inbox_waiting=row.inbox_waiting,
            newest_slot_at=row.newest_slot_at,
        )

    def dead_letters(self, since: date, until: date) -> Mapping[tuple[Topic, DutyState], int]:
        days = [since + timedelta(days=number) for number in range((until - since).days + 1)]
        return {(row.topic, row.state): row.number for row in self.rows(_DEAD, {"days": days})}

    def _may_write_file(self) -> bool:
        """Begin to write to SQLite's file and change nothing; who has its lock now is able to write, too."""
        writing = self._engine.execution_options(yanbao_reading=False)
        try:
            with bounded(0), connect(writing) as connection, connection.begin():
                connection.execute(_CHANGE_NOTHING)
        except WritesRefused:
            return False
        except DBAPIError as error:
            if error_code(error.orig) != "SQLITE_BUSY":
                raise
        return True


def _oldest_due(row: Row[Any]) -> dict[Topic, datetime]:
    found = {topic: getattr(row, topic.name) for topic in Topic}
    return {topic: due_at for topic, due_at in found.items() if due_at is not None}
