"""Keeps problems in memory, each with its whole history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from ...application.access import Scope
from ...domain.problem.problem import Problem
from ...domain.refusals import Conflict, NotFound
from ...domain.values import ProblemId
from .sight import Sight
from .tables import State, kept, utc
from .unit import Unit


class MemoryProblems:
    """Hands out copies: a change counts only after `save`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def save(self, problem: Problem) -> None:
        state = self._unit.to_write()
        before = state.problems.get(problem.id)
        if problem.version != (0 if before is None else before.version):
            raise Conflict("该问题已被他人修改，请刷新后重试。")
        if before is None:
            _check_references(state, problem)
        problem.version += 1
        stated = replace(problem.statement, category=problem.category)
        state.problems.put(problem.id, kept(replace(problem, statement=stated)))
        if problem.id in state.problem_reminders:
            state.problem_reminders.remove(problem.id)
        self._unit.collect(problem.events)

    def find(self, id: ProblemId) -> Problem | None:
        found = self._unit.reading().problems.get(id)
        return None if found is None else _copy(found)

    def find_all(self, ids: Sequence[ProblemId]) -> Mapping[ProblemId, Problem]:
        problems = self._unit.reading().problems
        return {id: _copy(problems[id]) for id in ids if id in problems}

    def get(self, id: ProblemId, *, within: Scope) -> Problem:
        state = self._unit.reading()
        found = state.problems.get(id)
        if found is None or not Sight(state, within).problem(found):
            raise NotFound("问题")
        return _copy(found)

    def to_remind(self, now: datetime, *, limit: int) -> Sequence[Problem]:
        state = self._unit.to_write()
        unfed_back = [problem for problem in state.problems.values() if problem.is_unfed_back]
        never = sorted((p for p in unfed_back if p.id not in state.problem_reminders), key=lambda p: p.id)
        due = sorted(
            (state.problem_reminders[problem.id], problem.id)
            for problem in unfed_back
            if problem.id in state.problem_reminders and state.problem_reminders[problem.id] <= now
        )
        chosen = [*never, *(state.problems[id] for _, id in due)]
        return [_copy(problem) for problem in chosen[:limit]]

    def remind_again(self, id: ProblemId, at: datetime) -> None:
        state = self._unit.to_write()
        if id in state.problems:
            state.problem_reminders.put(id, utc(at))

    def to_review(self, now: datetime, *, limit: int) -> Sequence[Problem]:
        state = self._unit.to_write()
        due = sorted((at, id) for id, at in state.problem_reviews.items() if at <= now)
        return [_copy(state.problems[id]) for _, id in due[:limit]]

    def check_review(self, id: ProblemId, at: datetime | None) -> None:
        state = self._unit.to_write()
        if at is not None and id in state.problems:
            state.problem_reviews.put(id, utc(at))
            state.problem_review_dues.put(id, utc(at))
        elif id in state.problem_reviews:
            state.problem_reviews.remove(id)


def _check_references(state: State, problem: Problem) -> None:
    """Check what the foreign keys of the database check; raises NotFound."""
    addressee, issuer = problem.addressee, problem.issuer
    known = {addressee.region_id, addressee.city_id, issuer.region_id} <= state.regions.keys()
    known &= issuer.id in state.departments
    known &= addressee.department_id is None or addressee.department_id in state.departments
    known &= addressee.enterprise_id is None or addressee.enterprise_id in state.enterprises
    known &= problem.inspection_id is None or problem.inspection_id in state.inspections
    if not known:
        raise NotFound("关联的数据")


def _copy(problem: Problem) -> Problem:
    return replace(problem, events=[])
