"""The statements that claim duties: what has crashed alone, or a batch of the rest, oldest due first."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Integer,
    and_,
    bindparam,
    case,
    cast,
    exists,
    literal,
    null,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from ...domain.exchange.duty import CRASHED, MOST_CRASHES, DutyState
from .clock import database_time, database_time_plus
from .constants import pending
from .tables.exchange import outbox

_earlier = outbox.alias("earlier")
_now = bindparam("now", type_=outbox.c.due_at.type)
_due = (
    select(outbox.c.id)
    .where(
        outbox.c.topic == bindparam("asked_topic"),
        pending(),
        outbox.c.due_at <= _now,
        ~exists().where(
            _earlier.c.topic == outbox.c.topic,
            _earlier.c.object_key == outbox.c.object_key,
            pending(_earlier),
            or_(
                _earlier.c.revision < outbox.c.revision,
                and_(
                    _earlier.c.revision == outbox.c.revision,
                    _earlier.c.due_at <= _now,
                    tuple_(_earlier.c.created_at, _earlier.c.id) < tuple_(outbox.c.created_at, outbox.c.id),
                ),
            ),
        ),
    )
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True, of=outbox)
)
_crashes = outbox.c.crashes + cast(outbox.c.leased_until.is_not(None), Integer)
_parked = _crashes >= MOST_CRASHES


def _state(state: DutyState) -> ColumnElement[DutyState]:
    return literal(state, outbox.c.state.type)


def _claiming(which: ColumnElement[bool], *order: ColumnElement[Any]) -> ReturningUpdate[Any]:
    """Lease those of the due duties in this order, or park them when they have crashed too often."""
    picked = _due.where(which).order_by(*order, outbox.c.due_at, outbox.c.id).cte("picked")
    return (
        update(outbox)
        .where(outbox.c.id.in_(select(picked.c.id)))
        .values(
            crashes=_crashes,
            state=case((_parked, _state(DutyState.PARKED)), else_=_state(DutyState.PENDING)),
            settled_at=case((_parked, _now), else_=outbox.c.settled_at),
            attempts=case((_parked, outbox.c.attempts), else_=outbox.c.attempts + 1),
            fence=case((_parked, outbox.c.fence), else_=outbox.c.fence + 1),
            answer_code=case((_parked, CRASHED), else_=outbox.c.answer_code),
            answer=case((_parked, ""), else_=outbox.c.answer),
            leased_until=case((_parked, null()), else_=database_time_plus("lease")),
        )
        .returning(outbox)
    )


CLAIM_CRASHED: Final = _claiming(
    and_(outbox.c.leased_until.is_not(None), outbox.c.leased_until <= database_time()),
    outbox.c.leased_until,
)
CLAIM: Final = _claiming(outbox.c.leased_until.is_(None))
