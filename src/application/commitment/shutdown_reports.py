"""Automatic reports of the enterprises in a shutdown period, while others may report the same ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from ...domain.refusals import Conflict
from ...domain.values import EnterpriseId
from ..access import SYSTEM
from ..ports.work import Storage
from .stops import at_work

MOST_LOOKS: Final = 5
"""How often to look at the same enterprises again when others are faster; then the schedule tries later."""


def report_shutdowns(storage: Storage, day: date, *, at: datetime, together: int) -> int:
    """Report as stopped each unreported enterprise in a shutdown period; returns how many.

    `together` is how many are reported in one unit of work. Two jobs of the same midnight do the same, perhaps
    on two nodes, and a person may report at that moment: whoever is second looks again and goes on with the
    rest. Raises Conflict after MOST_LOOKS.
    """
    with storage.work(SYSTEM) as work:
        standing = [commitment.enterprise_id for commitment in work.commitments.in_shutdown(day)]
    return sum(
        _look_again(storage, standing[start : start + together], day, at)
        for start in range(0, len(standing), together)
    )


def _look_again(storage: Storage, chunk: Sequence[EnterpriseId], day: date, at: datetime) -> int:
    for _ in range(MOST_LOOKS - 1):
        try:
            return _report(storage, chunk, day, at)
        except Conflict:
            continue  # Nothing was saved; the next look leaves out what has been reported meanwhile.
    return _report(storage, chunk, day, at)


def _report(storage: Storage, chunk: Sequence[EnterpriseId], day: date, at: datetime) -> int:
    done = 0
    with storage.work(SYSTEM) as work:
        facts = work.facts.take(chunk, day, at=at)
        # Left out: what has been reported since the first query, or is being reported by somebody else.
        working = at_work(work, facts, day)
        for commitment in work.commitments.take_unreported(chunk, day):
            if commitment.enterprise_id in working or facts[commitment.enterprise_id].shutdown is None:
                continue  # It has reported production in its period, or the period was cancelled meanwhile.
            commitment.report_automatically(facts=facts[commitment.enterprise_id], at=at)
            work.commitments.save(commitment)
            done += 1
        work.commit()
    return done
