"""Problems for a storage: everything that can be done to one, and the parties that it needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

from yanbao.application.access import EVERYTHING, SYSTEM, Scope
from yanbao.application.ports.paging import Page
from yanbao.application.ports.problem import ProblemFilter, ProblemRow
from yanbao.application.ports.readers import Readers
from yanbao.application.ports.work import Storage
from yanbao.domain.directory.organisation import Role
from yanbao.domain.problem.form import ProblemCategory, Severity
from yanbao.domain.problem.problem import Problem
from yanbao.domain.problem.workflow import (
    OF_THE_MINISTRY,
    OPEN,
    PROBLEM_TRANSITIONS,
    ProblemAction,
    ProblemState,
)
from yanbao.domain.signed import Signed
from yanbao.domain.values import ProblemId

from ...support.builders import DAY, NOW, a_person, an_enterprise, an_id
from ...support.inspections import (
    RESPONSIBLE,
    USUAL,
    a_feedback_form,
    a_problem_in,
    an_attachment,
    asking_for_more_time,
    by,
)
from ...support.ministry_problems import a_ministry_problem, hand_over, restate
from ...support.settling import settle_in
from ..inspection.inspections import settle_inspectors

FEEDBACK: Final = a_feedback_form(attachments=(an_attachment("整改后"), an_attachment("验收单")))

DECISIONS: Final = frozenset({ProblemAction.GRANT_EXTENSION, ProblemAction.REFUSE_EXTENSION})

STAYS: Final = frozenset(action for (state, action), to in PROBLEM_TRANSITIONS.items() if state is to)
MOVES: Final = frozenset(ProblemAction) - STAYS - {ProblemAction.WITHDRAW}
"""What leaves a problem in its state, and what carries it on."""


def settle_parties(storage: Storage) -> None:
    """The factory, the bureaus' inspectors, and who answers for the factory, beside the trees of `builders`."""
    settle_inspectors(storage)
    person = a_person("孙责任", Role.ENTERPRISE_HEAD, of=an_enterprise())
    settle_in(storage, SYSTEM, replace(person, id=RESPONSIBLE))


def keep(storage: Storage, *problems: Problem) -> None:
    with storage.work(SYSTEM) as work:
        for problem in problems:
            work.problems.save(problem)
        work.commit()


def stored(storage: Storage, id: ProblemId) -> Problem:
    with storage.work(SYSTEM) as work:
        return work.problems.get(id, within=EVERYTHING)


def change(storage: Storage, id: ProblemId, act: Callable[[Problem], None]) -> Problem:
    """In one unit of work; gives back what was saved."""
    with storage.work(SYSTEM) as work:
        problem = work.problems.get(id, within=EVERYTHING)
        act(problem)
        work.problems.save(problem)
        work.commit()
    return problem


def made(name: str, state: ProblemState = ProblemState.ISSUED, **detail: Any) -> Problem:
    """A problem of its own, not yet kept."""
    return replace(a_problem_in(state, **detail), id=ProblemId(an_id(name)))


def ready_for(action: ProblemAction, state: ProblemState) -> Problem:
    """A problem in the state to which this can be done; where it is a decision, more time is asked for."""
    assert (state, action) in PROBLEM_TRANSITIONS
    after_feedback = state in (ProblemState.FED_BACK, ProblemState.RETURNED)
    if action in OF_THE_MINISTRY or (action is ProblemAction.WITHDRAW and after_feedback):
        return a_ministry_problem(state)
    problem = a_problem_in(state)
    return asking_for_more_time(problem) if action in DECISIONS else problem


def all_pages(readers: Readers, where: ProblemFilter, scope: Scope, size: int) -> Sequence[ProblemRow]:
    """One page after the other, to the last."""
    rows: list[ProblemRow] = []
    after: tuple[str, ...] | None = None
    while True:
        page = readers.problems.page(where, scope, Page(size, after))
        rows += page.rows
        if not page.has_next:
            return rows
        after = page.keys[-1]


def later(name: str = "李后来", minutes: int = 1) -> Signed:
    return by(None, at=NOW + timedelta(minutes=minutes), name=name)


def take(action: ProblemAction, *, name: str = "李后来", minutes: int = 1) -> Callable[[Problem], None]:
    """The step, to be taken so long after NOW."""
    return a_step(action, later(name, minutes))


def a_step(
    action: ProblemAction,
    signed: Signed,
    *,
    until: date = DAY + timedelta(days=30),
    on: date | None = DAY + timedelta(days=3),
) -> Callable[[Problem], None]:
    """The step; `until` is the day asked for and planned, `on` the one that a return sets."""
    match action:
        case ProblemAction.ACKNOWLEDGE:
            return lambda problem: problem.acknowledge(by=signed)
        case ProblemAction.RECTIFY:
            return lambda problem: problem.rectify(by=signed)
        case ProblemAction.REPORT_PROGRESS:
            return lambda problem: problem.report_progress(replace(FEEDBACK, planned_on=until), by=signed)
        case ProblemAction.FEED_BACK:
            return lambda problem: problem.feed_back(replace(FEEDBACK, planned_on=None), by=signed)
        case ProblemAction.CLOSE:
            return lambda problem: problem.close("已核实", by=signed)
        case ProblemAction.RETURN:
            return lambda problem: problem.return_("照片不清楚", by=signed, rectify_on=on)
        case ProblemAction.REQUEST_EXTENSION:
            return lambda problem: problem.request_extension(until, "配件未到货", by=signed)
        case ProblemAction.GRANT_EXTENSION:
            return lambda problem: problem.grant_extension("同意", by=signed)
        case ProblemAction.REFUSE_EXTENSION:
            return lambda problem: problem.refuse_extension("可先行整改", by=signed)
        case ProblemAction.WITHDRAW:
            return lambda problem: problem.withdraw("下发有误", by=signed)
        case ProblemAction.HAND_OVER:
            return lambda problem: hand_over(problem, signed=signed)
        case ProblemAction.RESTATE:
            return lambda problem: state_anew(problem, signed, until, on)
        case ProblemAction.REOPEN:
            return lambda problem: problem.reopen(by=signed, policy=USUAL)


def state_anew(problem: Problem, signed: Signed, until: date, on: date | None) -> None:
    """Everything that the ministry can change; what has ended is withdrawn again, for else it is reopened."""
    restate(
        problem,
        signed=signed,
        withdrawn=None if problem.state in OPEN else "重复下发",
        category=ProblemCategory.CERTIFICATE,
        severity=Severity.MAJOR if until.day % 2 else Severity.GENERAL,
        description=f"至{until}未整改",
        rectify_on=on,
    )
