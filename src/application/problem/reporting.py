"""Reports every handling state of a problem of the ministry up, in the transaction of the change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from ...domain.deadlines import last_day
from ...domain.exchange.duty import Topic
from ...domain.problem.events import ProblemEvent
from ...domain.problem.form import ProblemOrigin
from ...domain.problem.history import ExtensionOutcome, TimelineEntry
from ...domain.problem.problem import Problem
from ...domain.problem.workflow import ProblemAction
from ..access import EVERYTHING
from ..handling.reporting import day_text, last_final, moment, result_facts, state_duty
from ..policies import PolicyBook
from ..ports.work import UnitOfWork

RECEIVED: Final = "RECEIVED"
"""The action of the record that says that the problem was received."""

OWN_WORDS: Final = frozenset({ProblemAction.REQUEST_EXTENSION})
"""Actions whose note is the addressee's own words: nobody has reviewed them, so they do not go up."""

DELAYING: Final = frozenset({ProblemAction.GRANT_EXTENSION, ProblemAction.RETURN})
"""Decisions of the province that can move the deadline beyond the ministry's."""


def report_problem(work: UnitOfWork, event: ProblemEvent, policies: PolicyBook) -> Iterable[Topic]:
    """Queue this state for the ministry; problems of our own are not reported."""
    if event.origin is not ProblemOrigin.MINISTRY:
        return ()
    problem = work.problems.find(event.problem_id)
    assert problem is not None and problem.external_id is not None, "the ministry's problem has been saved"
    credit_code = None
    if problem.addressee.enterprise_id is not None:
        enterprise = work.enterprises.get(problem.addressee.enterprise_id, within=EVERYTHING)
        credit_code = enterprise.credit_code.text
    duty = state_duty(
        work,
        Topic.MINISTRY_PROBLEM,
        object_id=problem.id,
        external_id=problem.external_id,
        revision=event.revision,
        at=event.at,
        facts=problem_facts(problem, event.revision, credit_code),
        policies=policies,
    )
    work.outbox.add([duty])
    return (Topic.MINISTRY_PROBLEM,)


def problem_facts(problem: Problem, revision: int, credit_code: str | None) -> dict[str, Any]:
    """One state of a problem: enums by value, instants ISO with +08:00, days as YYYY-MM-DD.

    `handler` is the name of the department or enterprise that has the problem. `delay_date` is the last day
    for rectification if it lies beyond the ministry's deadline, `delay_info` says why. `late`: the final
    feedback was late, or a deadline is missed. The result is filled in only in the record of CLOSE, which the
    province has reviewed; the notes of the addressee do not go up either.
    """
    entry, addressee = problem.timeline[revision - 1], problem.addressee
    final = last_final(problem.answers)
    return {
        "external_id": problem.external_id,
        "kind": "PATROL" if addressee.enterprise_id is None else "SPOT_CHECK",
        "revision": revision,
        "action": RECEIVED if entry.action is None else entry.action.value,
        "state": entry.state.value,
        "at": moment(entry.signed.at),
        "handler": addressee.name,
        "region_code": str(addressee.region_id),
        "credit_code": credit_code,
        "note": "" if entry.action in OWN_WORDS else entry.note,
        "rectify_due": moment(entry.rectify_due),
        **result_facts(final if entry.action is ProblemAction.CLOSE else None),
        **_delay(problem, entry),
        "late": problem.overdue(entry.signed.at) or (final is not None and final.late),
    }


def _delay(problem: Problem, entry: TimelineEntry) -> dict[str, Any]:
    if problem.ministry_due is None or entry.rectify_due <= problem.ministry_due:
        return {"delay_info": None, "delay_date": None}
    decisions = [one for one in problem.timeline if one.action in DELAYING]
    why = decisions[-1].note if decisions else ""
    if decisions and decisions[-1].action is ProblemAction.GRANT_EXTENSION:
        granted = [one for one in problem.extensions if one.outcome is ExtensionOutcome.GRANTED]
        why = granted[-1].reason
    return {"delay_info": why, "delay_date": day_text(last_day(entry.rectify_due))}
