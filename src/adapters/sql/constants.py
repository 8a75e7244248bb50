"""Conditions whose values are written into the SQL text instead of being bound as parameters.

A generic plan cannot use a partial index: it does not know that the parameter will have the index's value.
These values never vary, so they need not be parameters.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Integer, func, literal, select

from ...application.ports.operations import SlotState
from ...domain.alert.workflow import ALERT_OPEN, ALERT_UNFED_BACK, AlertState
from ...domain.exchange.duty import DEAD, DutyState
from ...domain.inspection.form import InspectionKind
from ...domain.inspection.inspection import InspectionState
from ...domain.problem.form import ProblemOrigin
from ...domain.problem.workflow import UNFED_BACK, ProblemState
from .tables.alert import alert
from .tables.commitment import commitment
from .tables.exchange import outbox
from .tables.inspection import inspection
from .tables.operations import job_slot
from .tables.problem import problem


def pending(table: Any = outbox) -> ColumnElement[bool]:
    """Duties that are still to be sent: state PENDING."""
    condition: ColumnElement[bool] = table.c.state == literal(
        DutyState.PENDING, outbox.c.state.type, literal_execute=True
    )
    return condition


def dead(table: Any = outbox) -> ColumnElement[bool]:
    """Dead letters: state PARKED or REFUSED."""
    states = [
        literal(state, outbox.c.state.type, literal_execute=True)
        for state in sorted(DEAD, key=lambda state: state.value)
    ]
    condition: ColumnElement[bool] = table.c.state.in_(states)
    return condition


def slot_due(table: Any = job_slot) -> ColumnElement[bool]:
    """Slots that are not finished: state DUE."""
    condition: ColumnElement[bool] = table.c.state == literal(
        SlotState.DUE, job_slot.c.state.type, literal_execute=True
    )
    return condition


def unreported() -> ColumnElement[bool]:
    """Commitments without a report."""
    return commitment.c.revision == literal(0, Integer, literal_execute=True)


def submitted() -> ColumnElement[bool]:
    """Inspections that are records: state SUBMITTED."""
    return _inspection_is(InspectionState.SUBMITTED)


def drafted() -> ColumnElement[bool]:
    """Inspections that are being filled in: state DRAFT."""
    return _inspection_is(InspectionState.DRAFT)


def inspection_of(kinds: Collection[InspectionKind]) -> ColumnElement[bool]:
    """Inspections of one of these kinds."""
    literals = [
        literal(kind, inspection.c.kind.type, literal_execute=True)
        for kind in InspectionKind
        if kind in kinds
    ]
    return inspection.c.kind == literals[0] if len(literals) == 1 else inspection.c.kind.in_(literals)


def _inspection_is(state: InspectionState) -> ColumnElement[bool]:
    return inspection.c.state == literal(state, inspection.c.state.type, literal_execute=True)


def problem_in(states: Collection[ProblemState]) -> ColumnElement[bool]:
    """Problems in one of these states."""
    literals = [
        literal(state, problem.c.state.type, literal_execute=True)
        for state in sorted(states, key=lambda state: state.value)
    ]
    return problem.c.state.in_(literals)


def problem_from(origins: Collection[ProblemOrigin]) -> ColumnElement[bool]:
    """Problems of one of these origins."""
    literals = [
        literal(origin, problem.c.origin.type, literal_execute=True)
        for origin in ProblemOrigin
        if origin in origins
    ]
    return problem.c.origin == literals[0] if len(literals) == 1 else problem.c.origin.in_(literals)


def unfed_back() -> ColumnElement[bool]:
    """Problems whose addressee still owes the final feedback."""
    return problem_in(UNFED_BACK)


def alert_in(states: Collection[AlertState]) -> ColumnElement[bool]:
    """Alerts in one of these states."""
    return alert.c.state.in_(
        literal(state, alert.c.state.type, literal_execute=True)
        for state in sorted(states, key=lambda state: state.value)
    )


def alert_unfed_back() -> ColumnElement[bool]:
    """Alerts whose enterprise still owes the final feedback."""
    return alert_in(ALERT_UNFED_BACK)


def alert_open() -> ColumnElement[bool]:
    """Alerts that have neither been closed nor ended."""
    return alert_in(ALERT_OPEN)


def open_alerts(enterprise_id: Any) -> ColumnElement[int]:
    """Count the alerts of the enterprise that have neither been closed nor ended."""
    counted: ColumnElement[int] = _of_open_alerts(func.count(), enterprise_id)
    return counted


def gravest_open_alert(enterprise_id: Any) -> ColumnElement[int | None]:
    """The rank of the gravest of these alerts, 1 for RED; NULL without one."""
    gravest: ColumnElement[int | None] = _of_open_alerts(func.min(alert.c.rank), enterprise_id)
    return gravest


def _of_open_alerts(what: Any, enterprise_id: Any) -> Any:
    return (
        select(what)
        .select_from(alert)
        .where(alert.c.enterprise_id == enterprise_id, alert_open())
        .scalar_subquery()
    )


def open_problems(enterprise_id: Any) -> ColumnElement[int]:
    """Count the problems addressed to the enterprise that have not ended; each part uses its partial index."""
    counted: list[Any] = [
        select(func.count())
        .select_from(problem)
        .where(problem.c.enterprise_id == enterprise_id, state)
        .scalar_subquery()
        for state in (unfed_back(), problem_in({ProblemState.FED_BACK}))
    ]
    total: ColumnElement[int] = counted[0] + counted[1]
    return total
