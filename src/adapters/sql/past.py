"""Write past days in bulk: commitments with their versions and tallies, log-ins and views, without reactions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import Engine, bindparam, func, select
from sqlalchemy import insert as plain_insert

from ...application.access import SYSTEM
from ...application.ports.work import UnitOfWork
from ...domain.commitment.commitment import Commitment
from ...domain.commitment.report import Report
from ...domain.directory.events import EnterpriseViewed
from ...domain.events import Event
from ...domain.exchange.duty import Topic
from ...domain.identity.events import LoggedIn
from . import tally
from .answers import business_event_row
from .codec import dump_report
from .commitments import row_of
from .tables.commitment import commitment, commitment_version
from .tables.operations import enterprise_view, log_in
from .unit_of_work import SqlUnitOfWork

_COMMITMENT: Final = plain_insert(commitment)
_VERSION: Final = plain_insert(commitment_version)
_LOG_IN: Final = plain_insert(log_in)
_VIEW: Final = plain_insert(enterprise_view)
_NEWEST_DAY: Final = select(func.max(commitment.c.business_date)).where(
    commitment.c.business_date < bindparam("before")
)


class SqlPastWork(SqlUnitOfWork):
    """A unit of work for days that are over. Nothing follows from its events; the caller writes what does."""

    def add_commitments(self, written: Sequence[tuple[Commitment, Sequence[Report]]]) -> None:
        """Add new commitments, each with every version of its report, and count them."""
        self._add(_COMMITMENT, [row_of(owed) for owed, _ in written])
        self._add(
            _VERSION,
            [
                {"commitment_id": owed.id, "revision": report.revision, "report": dump_report(report)}
                for owed, versions in written
                for report in versions
            ],
        )
        for owed, _ in written:
            key = (owed.region_id, owed.business_date, owed.kind)
            self._transaction.count(key, tally.counts_of(owed.report))

    def add_visits(self, log_ins: Sequence[LoggedIn], views: Sequence[EnterpriseViewed]) -> None:
        """Add log-ins, and views of enterprises' pages."""
        self._add(_LOG_IN, [business_event_row(one) for one in log_ins])
        self._add(_VIEW, [business_event_row(one) for one in views])

    def newest_day(self, before: date) -> date | None:
        """The newest business date before this one that has commitments."""
        return self._transaction.run(_NEWEST_DAY, {"before": before}).scalar()

    def _add(self, statement: Any, rows: list[dict[str, Any]]) -> None:
        if rows:
            self._transaction.run(statement, rows)


class SqlPast:
    """Gives units of work for days that are over."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def work(self) -> SqlPastWork:
        return SqlPastWork(self._engine, SYSTEM, _no_reactions, _nobody)


def _no_reactions(work: UnitOfWork, events: Sequence[Event]) -> Iterable[Topic]:
    return ()


def _nobody(topics: frozenset[Topic], events: Sequence[Event]) -> None:
    """Do nothing: no worker runs yet."""
