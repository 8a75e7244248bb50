"""Problems on the write side: every field comes back through every step, and of two who decide at once one is first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from yanbao.domain.problem_workflow import PROBLEM_TRANSITIONS, ProblemAction, ProblemState

from .conftest import Rig
from .problems import DO, change, keep, later, ready_for, settle_parties, stored


@pytest.fixture
def rig(rig: Rig) -> Rig:
    settle_parties(rig.storage)
    return rig


@pytest.mark.parametrize(("state", "action"), PROBLEM_TRANSITIONS, ids=lambda part: part.value)
def test_every_step_comes_back_as_it_was_taken(rig: Rig, state: ProblemState, action: ProblemAction) -> None:
    problem = ready_for(action, state)
    keep(rig.storage, problem)
    assert stored(rig.storage, problem.id) == problem
    changed = change(rig.storage, problem.id, lambda p: DO[action](p, later()))
    assert changed.version == 2
    assert changed.timeline[-1].signed == later()
    assert stored(rig.storage, problem.id) == changed != replace(problem)
