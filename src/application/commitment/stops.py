"""Keeps an enterprise's own shutdown periods in step with what its people report."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from ...domain.commitment.commitment import Commitment
from ...domain.commitment.form import Facts
from ...domain.commitment.stop import concerns_stops, periods_after
from ...domain.directory.events import DirectoryChanged, ShutdownDeclared
from ...domain.directory.shutdown import ShutdownPeriod
from ...domain.signed import Signed
from ...domain.values import EnterpriseId
from ..ports.work import UnitOfWork


def keep_stops(work: UnitOfWork, commitment: Commitment, by: Signed) -> None:
    """Save the shutdown periods that the report just made declares, ends or withdraws.

    Raises StopAnnulled. A usual report in production reads nothing here.
    """
    report = commitment.report
    assert report is not None, "called after a report was made"
    if not concerns_stops(report):
        return
    known = work.shutdown_periods.applying_to(commitment.enterprise_id, since=commitment.business_date)
    before = {period.id for period in known}
    for period in periods_after(commitment, known):
        work.shutdown_periods.save(period)
        if period.id not in before:
            work.note(
                ShutdownDeclared(
                    period_id=period.id,
                    enterprise_id=commitment.enterprise_id,
                    first_day=period.first_day,
                    last_day=period.last_day,
                    at=by.at,
                )
            )
        else:
            work.note(DirectoryChanged("ShutdownPeriod", str(period.id), _summary(period), by.at))


def _summary(period: ShutdownPeriod) -> str:
    return "withdrawn" if period.cancelled else f"ends {period.last_day}"


def at_work(work: UnitOfWork, facts: Mapping[EnterpriseId, Facts], day: date) -> frozenset[EnterpriseId]:
    """Those whose newest report by a person within the period that covers the day states production."""
    periods = {id: fact.shutdown_period for id, fact in facts.items() if fact.shutdown_period is not None}
    since = min((period.first_day for period in periods.values()), default=day)
    if since >= day:
        return frozenset()
    resumed = work.commitments.resumed(tuple(periods), since, day)
    return frozenset(id for id, at in resumed.items() if at >= periods[id].first_day)
