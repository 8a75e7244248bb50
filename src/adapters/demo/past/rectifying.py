"""What becomes of the problems of the demo's past: each has a life that is planned when it is issued."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from typing import Final

from ....domain.deadlines import business_date, instant, last_day
from ....domain.directory.organisation import Person
from ....domain.handling.feedback import FeedbackForm
from ....domain.handling.terms import Phase
from ....domain.policy import Policy
from ....domain.problem.form import Severity
from ....domain.problem.problem import Problem
from ....domain.problem.workflow import ProblemAction
from ....domain.signed import Signed
from ....domain.values import SHANGHAI, ProblemId
from .cast import Cast, signed

_OPENING: Final = time(8, 20)
_CLOSING: Final = time(18, 10)
_NEGLECTED: Final = 0.02
"""How many problems are forgotten for good, or lie about until the demo begins."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a problem; `by_issuer`: the inspecting department's person does it, else the addressee's."""

    at: datetime
    problem_id: ProblemId
    action: ProblemAction
    by_issuer: bool = False


def life_of(problem: Problem, seed: int) -> tuple[Step, ...]:
    """The steps of a problem that was just issued, in order of time; some end before the problem does."""
    return tuple(_steps(problem, Random(f"{seed}|problem|{problem.id}")))


def _steps(problem: Problem, dice: Random) -> Iterator[Step]:
    at = problem.issued.at

    def step(after: timedelta, action: ProblemAction, *, by_issuer: bool = False) -> Step:
        nonlocal at
        at = _in_office_hours(at + after)
        return Step(at, problem.id, action, by_issuer)

    days = 1.0 if problem.statement.severity is Severity.MAJOR else 3.0
    if dice.random() < _NEGLECTED:
        return
    late = dice.random() < 0.08
    yield step(_hours(dice, 3, 26) if late else _minutes(dice, 8, 100), ProblemAction.ACKNOWLEDGE)
    if dice.random() < 0.03:
        yield step(_hours(dice, 1, 5), ProblemAction.WITHDRAW, by_issuer=True)
        return
    yield step(_minutes(dice, 20, 200), ProblemAction.RECTIFY)
    if dice.random() < 0.3:
        yield step(_hours(dice, 1, 12), ProblemAction.REPORT_PROGRESS)
    if dice.random() < 0.06:
        yield step(_hours(dice, 2, 10), ProblemAction.REQUEST_EXTENSION)
        granted = dice.random() < 0.7
        decision = ProblemAction.GRANT_EXTENSION if granted else ProblemAction.REFUSE_EXTENSION
        yield step(_hours(dice, 1, 20), decision, by_issuer=True)
        days += 2 if granted else 0
    if dice.random() < _NEGLECTED:
        return
    overdue = dice.random() < 0.09
    yield step(
        timedelta(days=dice.uniform(7.5, 12) if overdue else dice.uniform(0.2, days)), ProblemAction.FEED_BACK
    )
    if dice.random() < 0.08:
        yield step(_hours(dice, 2, 30), ProblemAction.RETURN, by_issuer=True)
        yield step(_hours(dice, 1, 6), ProblemAction.RECTIFY)
        yield step(_hours(dice, 4, 30), ProblemAction.FEED_BACK)
    yield step(_hours(dice, 2, 50), ProblemAction.CLOSE, by_issuer=True)


def take(step: Step, problem: Problem, cast: Cast, policy: Policy) -> Person:
    """Take the step; returns the person who did it. Raises as the problem does."""
    office = cast.offices[problem.issuer.id]
    person = office.inspector if step.by_issuer else cast.addressee(problem.addressee)
    _DEEDS[step.action](problem, signed(person, step.at), policy)
    return person


_Deed = Callable[[Problem, Signed, Policy], None]


def _report_progress(problem: Problem, by: Signed, policy: Policy) -> None:
    planned = business_date(by.at) + timedelta(days=2)
    problem.report_progress(
        FeedbackForm(
            "已核实，情况属实", "已停止相关作业并落实责任人", progress="已完成一半", planned_on=planned
        ),
        by=by,
    )


def _feed_back(problem: Problem, by: Signed, policy: Policy) -> None:
    problem.feed_back(
        FeedbackForm("已核实，情况属实", "已停止相关作业并组织整改", outcome="整改完毕，请予核查"), by=by
    )


def _ask_for_time(problem: Problem, by: Signed, policy: Policy) -> None:
    due = max(last_day(problem.term(Phase.RECTIFY).due), business_date(by.at))
    problem.request_extension(due + timedelta(days=3), "更换配件需要厂家到场", by=by)


_DEEDS: Final[dict[ProblemAction, _Deed]] = {
    ProblemAction.ACKNOWLEDGE: lambda problem, by, policy: problem.acknowledge(by=by),
    ProblemAction.RECTIFY: lambda problem, by, policy: problem.rectify(by=by),
    ProblemAction.REPORT_PROGRESS: _report_progress,
    ProblemAction.FEED_BACK: _feed_back,
    ProblemAction.REQUEST_EXTENSION: _ask_for_time,
    ProblemAction.GRANT_EXTENSION: lambda problem, by, policy: problem.grant_extension("同意延期", by=by),
    ProblemAction.REFUSE_EXTENSION: lambda problem, by, policy: problem.refuse_extension(
        "可以先采取临时措施", by=by
    ),
    ProblemAction.RETURN: lambda problem, by, policy: problem.return_(
        "照片看不清整改部位，请补充", by=by, policy=policy
    ),
    ProblemAction.CLOSE: lambda problem, by, policy: problem.close("现场复核，整改到位", by=by),
    ProblemAction.WITHDRAW: lambda problem, by, policy: problem.withdraw("与已下发的问题重复", by=by),
}


def _in_office_hours(at: datetime) -> datetime:
    """This instant, or the next morning's opening; people work on every day here."""
    local = at.astimezone(SHANGHAI)
    if _OPENING <= local.time() < _CLOSING:
        return at.replace(microsecond=0)
    early = local.time() < _OPENING
    day = local.date() if early else local.date() + timedelta(days=1)
    # The minutes and seconds stay, so that what waits for the morning does not all happen at once.
    return instant(day, _OPENING) + timedelta(minutes=local.minute, seconds=local.second)


def _minutes(dice: Random, least: float, most: float) -> timedelta:
    return timedelta(minutes=dice.uniform(least, most))


def _hours(dice: Random, least: float, most: float) -> timedelta:
    return timedelta(hours=dice.uniform(least, most))
