"""The twin and a database agree on everything that happens to alerts, problems and certificates."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import Engine

from yanbao.domain.alert.workflow import AlertAction
from yanbao.domain.notice.notice import MessageKind
from yanbao.domain.problem.workflow import ProblemAction

from .driven import Handled
from .two_stores import numbered_ids

FEW: Final = settings(
    max_examples=12,
    stateful_step_count=16,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
"""The same examples in every run."""


def drive(engine: Engine, examples: settings) -> set[object]:
    """Run the machine; gives what has happened in its examples."""
    with numbered_ids() as numbered:
        machine = type("Driven", (Handled,), {"engine": engine, "numbered": numbered, "seen": set()})
        run_state_machine_as_test(machine, settings=examples)
    seen: set[object] = machine.seen
    return seen


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_the_twin_and_the_database_agree_on_what_is_handled(
    request: pytest.FixtureRequest, database: str
) -> None:
    engine: Engine = request.getfixturevalue(f"{database}_engine")
    seen = drive(engine, FEW)
    print(
        [x for x in [*AlertAction, *ProblemAction, *MessageKind] if x not in seen],
        seen - {*AlertAction, *ProblemAction, *MessageKind},
    )
