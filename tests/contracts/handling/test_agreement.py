"""The twin and a database agree on everything that happens to alerts, problems and certificates."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import Engine

from yanbao.domain.alert.workflow import AlertAction
from yanbao.domain.notice.notice import MessageKind
from yanbao.domain.problem.workflow import ProblemAction

from ...support.examples import HANDLING
from .driven import Handled
from .two_stores import numbered_ids

AS_FOUND: Final = [Phase.generate]
"""A failure is shown as it was found, because making it smaller takes minutes."""
FEW: Final = HANDLING.of("sqlite", stateful_step_count=14, phases=AS_FOUND)
FEWER: Final = HANDLING.of("postgres", stateful_step_count=14, phases=AS_FOUND)
MANY: Final = HANDLING.soaking(stateful_step_count=40, phases=AS_FOUND)

MUST_HAPPEN: Final = {
    *(AlertAction.ACKNOWLEDGE, AlertAction.HANDLE, AlertAction.FEED_BACK, AlertAction.END),
    *(ProblemAction.ACKNOWLEDGE, ProblemAction.RECTIFY, ProblemAction.FEED_BACK),
    *(MessageKind.ALERT_OPENED, MessageKind.ALERT_OVERDUE, MessageKind.CERTIFICATE_EXPIRING),
    *("CONFLICT", "FORBIDDEN", "ACTION_NOT_ALLOWED"),
}


def drive(engine: Engine, examples: settings) -> set[object]:
    """Run the machine; gives what has happened in its examples."""
    with numbered_ids() as numbered:
        machine = type("Driven", (Handled,), {"engine": engine, "numbered": numbered, "seen": set()})
        run_state_machine_as_test(machine, settings=examples)
    seen: set[object] = machine.seen
    return seen


def test_the_twin_and_sqlite_agree_on_what_is_handled(sqlite_engine: Engine) -> None:
    assert drive(sqlite_engine, FEW) >= MUST_HAPPEN, "what never happens has not been compared"


def test_the_twin_and_postgresql_agree_on_what_is_handled(postgres_engine: Engine) -> None:
    drive(postgres_engine, FEWER)


@pytest.mark.soak
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_they_agree_for_a_long_time(request: pytest.FixtureRequest, database: str) -> None:
    engine: Engine = request.getfixturevalue(f"{database}_engine")
    seen = drive(engine, MANY)
    assert seen >= MUST_HAPPEN | {*AlertAction, *ProblemAction} - {ProblemAction.WITHDRAW}
