"""Records the outcome of a claimed duty in the transaction of its effect."""

from __future__ import annotations

import logging
from datetime import datetime

from ...domain.exchange.duty import DutyState
from ..ports.exchange import Claim, Outcome
from ..ports.work import UnitOfWork

log = logging.getLogger(__name__)


def settle(
    work: UnitOfWork,
    claim: Claim,
    state: DutyState,
    now: datetime,
    *,
    code: str,
    answer: str = "",
    due_at: datetime | None = None,
    sent: bool = False,
) -> bool:
    """Record a claim's outcome in the transaction of its effect; False when another worker has the lease.

    Do not commit the effect then: it would overwrite what the other worker records.
    """
    outcome = Outcome(
        claim=claim, state=state, code=code, answer=answer, due_at=due_at, sent_at=now if sent else None
    )
    stored = work.outbox.settle([outcome], at=now) == 1
    if not stored:
        log.warning("the lease of a duty had gone to somebody else", extra={"duty": str(claim.duty.id)})
    return stored
