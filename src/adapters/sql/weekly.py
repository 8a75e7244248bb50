"""Store the frozen rows of the weekly push."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Final

from sqlalchemy import bindparam, insert, select, text

from ...domain.deadlines import day_end, day_start
from ...domain.inspection.week import Week, WeeklyRow
from .tables.inspection import weekly_row
from .transaction import Transaction

_ONE_AT_A_TIME: Final = text("LOCK TABLE weekly_row IN SHARE ROW EXCLUSIVE MODE")
_ADD: Final = insert(weekly_row)
_OF: Final = (
    select(weekly_row)
    .where(weekly_row.c.closes_at == bindparam("until"))
    .order_by(weekly_row.c.kind, weekly_row.c.region_id)
)
_LAST: Final = (
    select(weekly_row.c.opens_at, weekly_row.c.closes_at).order_by(weekly_row.c.closes_at.desc()).limit(1)
)
_CLOSED_BETWEEN: Final = (
    select(weekly_row.c.opens_at, weekly_row.c.closes_at, weekly_row.c.frozen_at)
    .where(weekly_row.c.closes_at >= bindparam("first"), weekly_row.c.closes_at < bindparam("until"))
    .order_by(weekly_row.c.closes_at.desc())
    .limit(1)
)


class SqlWeeklyRows:
    """Rows frozen once per week. A second freeze waits for the first (table lock) and stores nothing."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def freeze(self, week: Week, rows: Sequence[WeeklyRow], *, at: datetime) -> bool:
        if self._transaction.on_postgresql:
            self._transaction.run(_ONE_AT_A_TIME)
        if self.of(week):
            return False
        frozen = {"opens_at": week.since, "closes_at": week.until, "frozen_at": at}
        if rows:
            self._transaction.run(_ADD, [asdict(row) | frozen for row in rows], missing=("区域", None))
        return True

    def of(self, week: Week) -> Sequence[WeeklyRow]:
        return [
            WeeklyRow(
                region_id=row.region_id,
                kind=row.kind,
                inspected=row.inspected,
                automatic=row.automatic,
                with_problems=row.with_problems,
                rectified_on_site=row.rectified_on_site,
                issued=row.issued,
                withdrawn=row.withdrawn,
                fed_back=row.fed_back,
                unfed_back=row.unfed_back,
                overdue=row.overdue,
            )
            for row in self._transaction.run(_OF, {"until": week.until})
        ]

    def last(self) -> Week | None:
        row = self._transaction.run(_LAST).first()
        return None if row is None else Week(row.opens_at, row.closes_at)

    def closed_on(self, day: date) -> tuple[Week, datetime] | None:
        row = self._transaction.run(_CLOSED_BETWEEN, {"first": day_start(day), "until": day_end(day)}).first()
        return None if row is None else (Week(row.opens_at, row.closes_at), row.frozen_at)
